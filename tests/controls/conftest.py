"""Copies of this book, with the executed notebooks that `make book` left."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from press.book.book import Book, Edition
from press.book.notebook import dump, read
from press.making.execute import kept_key, notebook_key, state_key
from press.making.stage import stage
from press.system.environment import environment

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".stage", ".venv", "_build", "__pycache__", ".*_cache"),
    ".coverage*",
)
Edit = Callable[..., None]


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the book once, and make sure that nothing is left to execute."""
    root = tmp_path_factory.mktemp("original") / "book"
    shutil.copytree(ROOT, root, ignore=LEFT_OUT)
    executed = Path(".stage", "executed", "sqlite")
    if (ROOT / executed).exists():
        shutil.copytree(ROOT / executed, root / executed)
    (root / "_build" / "html").mkdir(parents=True)  # README names it
    edition = edition_of(root)
    notebooks = stage(edition)
    state = state_key(edition)
    stale = [
        name
        for name, notebook in notebooks.items()
        if kept_key(edition.executed / name) != notebook_key(notebook, state)
    ]
    if stale:
        pytest.fail(f"Not executed: {', '.join(stale)}. Run `make book`.")
    return root


@pytest.fixture
def book(original: Path, tmp_path: Path) -> Book:
    """Give a copy of the book, to plant a fault in."""
    return Book(shutil.copytree(original, tmp_path / "book"))


@pytest.fixture
def edition(book: Book) -> Edition:
    """Give the copy's edition on SQLite."""
    return edition_of(book.root)


@pytest.fixture
def edit(book: Book) -> Edit:
    """Give a function that replaces words in a file, or in one cell."""

    def edit(name: str, old: str, new: str, cell: str = "") -> None:
        path = book.root / name
        if not cell:
            text = path.read_text(encoding="utf-8")
            assert old in text, f"{old!r} is no longer in {name}"
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
            return
        notebook = read(path)
        [found] = [each for each in notebook.cells if each.id == cell]
        assert old in found.source, f"{old!r} is no longer in {name}, {cell}"
        found.source = found.source.replace(old, new, 1)
        path.write_bytes(dump(notebook))

    return edit


def edition_of(root: Path) -> Edition:
    """Give the edition on SQLite of a copy, which imports its own code."""
    variables = environment() | {"PYTHONPATH": str(root / "src")}
    variables.pop("DATABASE_URL", None)
    return Edition(Book(root), "sqlite", variables)


def own_tests(book: Book, *tests: str) -> tuple[int, str]:
    """Run some of a copy's own tests; give pytest's status and words."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *tests,
        ],
        cwd=book.root,
        env={**edition_of(book.root).variables, "COLUMNS": "200"},
        capture_output=True,
        check=False,
        text=True,
    )
    return done.returncode, done.stdout
