"""The stamp: what it depends on, and what it names."""

import platform
import re
from importlib.metadata import version

from press.book.book import Book
from press.book.stamp import source_hash, versions


def test_source_hash(book: Book) -> None:
    """Code, its place, its data and the lock are in it; no other file is."""
    package = book.root / "src" / "pond"
    first = source_hash(book.root)
    assert re.fullmatch("[0-9a-f]{12}", first)
    (book.root / "index.md").write_text("# Other\n")
    (package / "notes.txt").write_text("mine\n")
    assert source_hash(book.root) == first
    (package / "__init__.py").rename(package / "water.py")
    moved = source_hash(book.root)
    (package / "water.py").write_text("DEPTH = 3\n")
    edited = source_hash(book.root)
    (package / "depths.toml").write_text("east = 3\n")
    read = source_hash(book.root)
    (book.root / "requirements.lock").write_text("pond==2\n")
    locked = source_hash(book.root)
    assert len({first, moved, edited, read, locked}) == 5


def test_versions() -> None:
    """Python and the installed packages are named, others left out."""
    assert versions(["SQLAlchemy", "no-such-package"]) == {
        "Python": platform.python_version(),
        "SQLAlchemy": version("SQLAlchemy"),
    }
