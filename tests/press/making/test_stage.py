"""Staging: the copy follows the book, and changes no more than it must."""

import pytest
import yaml

from press.book.book import PressError, Run
from press.making.stage import write_if_changed
from tests.press.samples import staged


def test_copy(run: Run) -> None:
    """The copy holds what pages are made of, and no compiled code."""
    root = run.book.root
    compiled = root / "src" / "pond" / "__pycache__" / "pond.pyc"
    compiled.parent.mkdir()
    compiled.touch()
    (root / "notebooks" / "fish.csv").write_text("carp\n")
    (root / "notes.txt").write_text("mine\n")
    staged(run)
    copied = {
        path.relative_to(run.tree).as_posix()
        for path in run.tree.rglob("*")
        if path.is_file()
    }
    assert copied == {
        "_config.yml",
        "_toc.yml",
        "index.md",
        "book/depth.md",
        "notebooks/fish.csv",
        "requirements.lock",
        "src/pond/__init__.py",
    }


def test_no_notebooks(run: Run) -> None:
    """A book without notebooks is not taken for one that passed."""
    for path in run.book.sources():
        path.unlink()
    with pytest.raises(PressError, match="There is no notebook in /"):
        staged(run)


def test_execution_off(run: Run) -> None:
    """Only the staged configuration switches execution off."""
    staged(run)
    configs = [
        yaml.safe_load((folder / "_config.yml").read_text())
        for folder in (run.book.root, run.tree)
    ]
    assert [
        config["execute"].pop("execute_notebooks") for config in configs
    ] == ["force", "off"]
    assert configs[0] == configs[1]


def test_unchanged(run: Run) -> None:
    """Staging again touches only the file that changed."""
    staged(run)
    before = times(run)
    (run.book.root / "book" / "depth.md").write_text("# Shallow\n")
    staged(run)
    after = times(run)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"book/depth.md"}
    assert (run.tree / "book" / "depth.md").read_text() == "# Shallow\n"


def test_gone(run: Run) -> None:
    """What is gone from the book is gone from its copy, notebooks too."""
    staged(run)
    copy = run.tree / "notebooks" / "02-frog.ipynb"
    copy.parent.mkdir()
    copy.touch()
    staged(run)
    assert copy.exists()
    (run.book.root / "notebooks" / "02-frog.ipynb").unlink()
    (run.book.root / "book" / "depth.md").unlink()
    staged(run)
    assert not copy.exists()
    assert not (run.tree / "book").exists()


def test_write_if_changed(run: Run) -> None:
    """A file is written when it is new or differs, and only then."""
    path = run.book.root / "new" / "file"
    assert write_if_changed(path, b"one")
    assert not write_if_changed(path, b"one")
    assert write_if_changed(path, b"two")
    assert path.read_bytes() == b"two"


def times(run: Run) -> dict[str, int]:
    """Tell when each staged file was written."""
    return {
        path.relative_to(run.tree).as_posix(): path.stat().st_mtime_ns
        for path in run.tree.rglob("*")
        if path.is_file()
    }
