"""Staging: the copy follows the book, and changes no more than it must."""

import pytest
import yaml

from press.book.book import Edition, PressError
from press.making.stage import stage, write_if_changed


def test_copy(edition: Edition) -> None:
    """The copy holds what pages are made of, and no compiled code."""
    root = edition.book.root
    compiled = root / "src" / "pond" / "__pycache__" / "pond.pyc"
    compiled.parent.mkdir()
    compiled.touch()
    (root / "notebooks" / "fish.csv").write_text("carp\n")
    (root / "notes.txt").write_text("mine\n")
    stage(edition)
    staged = {
        path.relative_to(edition.tree).as_posix()
        for path in edition.tree.rglob("*")
        if path.is_file()
    }
    assert staged == {
        "_config.yml",
        "_toc.yml",
        "index.md",
        "book/depth.md",
        "notebooks/fish.csv",
        "requirements.lock",
        "src/pond/__init__.py",
    }


def test_no_notebooks(edition: Edition) -> None:
    """A book without notebooks is not taken for one that passed."""
    for path in edition.book.sources():
        path.unlink()
    with pytest.raises(PressError, match="There is no notebook in /"):
        stage(edition)


def test_execution_off(edition: Edition) -> None:
    """Only the staged configuration switches execution off."""
    stage(edition)
    configs = [
        yaml.safe_load((folder / "_config.yml").read_text())
        for folder in (edition.book.root, edition.tree)
    ]
    assert [
        config["execute"].pop("execute_notebooks") for config in configs
    ] == ["force", "off"]
    assert configs[0] == configs[1]


def test_unchanged(edition: Edition) -> None:
    """Staging again touches only the file that changed."""
    stage(edition)
    before = times(edition)
    (edition.book.root / "book" / "depth.md").write_text("# Shallow\n")
    stage(edition)
    after = times(edition)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"book/depth.md"}
    assert (edition.tree / "book" / "depth.md").read_text() == "# Shallow\n"


def test_gone(edition: Edition) -> None:
    """What is gone from the book is gone from its copy, notebooks too."""
    stage(edition)
    staged = edition.tree / "notebooks" / "02-frog.ipynb"
    staged.parent.mkdir()
    staged.touch()
    stage(edition)
    assert staged.exists()
    (edition.book.root / "notebooks" / "02-frog.ipynb").unlink()
    (edition.book.root / "book" / "depth.md").unlink()
    stage(edition)
    assert not staged.exists()
    assert not (edition.tree / "book").exists()


def test_write_if_changed(edition: Edition) -> None:
    """A file is written when it is new or differs, and only then."""
    path = edition.book.root / "new" / "file"
    assert write_if_changed(path, b"one")
    assert not write_if_changed(path, b"one")
    assert write_if_changed(path, b"two")
    assert path.read_bytes() == b"two"


def times(edition: Edition) -> dict[str, int]:
    """Tell when each staged file was written."""
    return {
        path.relative_to(edition.tree).as_posix(): path.stat().st_mtime_ns
        for path in edition.tree.rglob("*")
        if path.is_file()
    }
