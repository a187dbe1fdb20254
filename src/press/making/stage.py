"""Stage a book: copy what pages are made of into a scratch folder.

Only what differs is written, so that Sphinx reads again only those pages.
"""

from pathlib import Path

import yaml

from press.book.book import CONFIG, NOTEBOOKS, Book, PressError
from press.book.notebook import Notebooks, read


def read_all(book: Book) -> Notebooks:
    """Read a book's notebooks.

    They are read here and nowhere else, so that those that are executed,
    checked and put on pages are the same, even if somebody edits meanwhile.

    Raises:
        PressError: The book has no notebooks, or a file is none.
    """
    notebooks = {
        path.relative_to(book.root).as_posix(): read(path)
        for path in book.sources()
    }
    if not notebooks:
        raise PressError(f"There is no notebook in {book.root / NOTEBOOKS}.")
    return notebooks


def stage(book: Book, tree: Path, notebooks: Notebooks) -> None:
    """Bring the copy of a book in `tree` up to date, but for its notebooks.

    `press.making.execute` and `press.making.pages` write those.
    """
    wanted = {path.relative_to(book.root): path for path in book.parts()}
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


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file, unless it has this content already.

    A file that is written gets a new time of modification, whatever the
    original's: Sphinx goes by it. Its folder is made where it is missing.
    Whether the file was written is returned.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def _without_execution(config: bytes) -> bytes:
    """Switch execution off: the notebooks have been executed by then."""
    settings = yaml.safe_load(config) or {}
    settings.setdefault("execute", {})["execute_notebooks"] = "off"
    return yaml.safe_dump(settings, sort_keys=False).encode()
