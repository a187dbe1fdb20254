"""Stage a book: copy what pages are made of into a scratch folder.

Only what differs is written, so that Sphinx reads again only those pages.
"""

from collections.abc import Iterator
from pathlib import Path

import yaml

from press.book import CONFIG, Book, Edition, PressError
from press.notebook import Notebooks, read

LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}


def stage(edition: Edition) -> Notebooks:
    """Bring an edition's staged copy up to date, and read the notebooks.

    Notebooks are read here and nowhere else, so that those that are executed,
    checked and put on pages are the same, even if somebody edits meanwhile.
    `press.execute` and `press.pages` write them into the copy.

    Args:
        edition: The edition.

    Returns:
        The notebooks, by their names.

    Raises:
        PressError: The book has no notebooks, or a file is none.
    """
    book, tree = edition.book, edition.tree
    notebooks = {
        path.relative_to(book.root).as_posix(): read(path)
        for path in book.sources()
    }
    if not notebooks:
        raise PressError(
            f"There is no notebook in {book.root / book.notebooks}."
        )
    wanted = {path.relative_to(book.root): path for path in _parts(book)}
    for relative, path in wanted.items():
        content = path.read_bytes()
        if relative == Path(CONFIG):
            content = _without_execution(content)
        write_if_changed(tree / relative, content)
    kept = wanted.keys() | {Path(name) for name in notebooks}
    for path in sorted(tree.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(tree) not in kept:
            path.unlink()
    return notebooks


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file, unless it has this content already.

    A file that is written gets a new time of modification, whatever the
    original's: Sphinx goes by it.

    Args:
        path: The file, whose folder is made where it is missing.
        content: What it is to hold.

    Returns:
        Whether the file was written.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def _parts(book: Book) -> Iterator[Path]:
    """List the files that are staged as they are."""
    for part in book.parts:
        for path in book.root.glob(part):
            yield from _files(path)
    for path in _files(book.root / book.notebooks):
        if path.suffix != ".ipynb":
            yield path


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for inner in path.rglob("*"):
        if inner.is_file() and not LEFT_OUT & set(inner.parts):
            yield inner


def _without_execution(config: bytes) -> bytes:
    """Switch execution off: the notebooks have been executed by then."""
    settings = yaml.safe_load(config) or {}
    settings.setdefault("execute", {})["execute_notebooks"] = "off"
    return yaml.safe_dump(settings, sort_keys=False).encode()
