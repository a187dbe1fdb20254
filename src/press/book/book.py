"""What the press works on: a book, and its runs, one on each database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CONFIG = "_config.yml"
NOTEBOOKS = "notebooks"
DATABASES = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
}
"""The databases that notebooks run on, in readers' order and words."""

# What else pages are made of. They include code from `src` and `tests`.
_MADE_OF = (
    CONFIG,
    "_toc.yml",
    "*.md",
    "LICENSE",
    "pyproject.toml",
    "requirements.lock",
    "book",
    "src",
    "tests",
)
_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}
DIALECTS = {name: name for name in DATABASES} | {"mariadb": "mysql"}
"""What URLs and engines call them, each with the name above."""


class PressError(Exception):
    """Something that stops the press, said for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Book:
    """A book's source, and where the press works on it.

    Attributes:
        root: The folder with ``_config.yml`` and ``_toc.yml``.
    """

    root: Path

    @property
    def work(self) -> Path:
        """The folder that the press keeps its intermediate files in."""
        return self.root / ".stage"

    @property
    def source(self) -> Path:
        """The copy of the book that the site is built from."""
        return self.work / "book"

    @property
    def site(self) -> Path:
        """The folder that Sphinx works in."""
        return self.work / "site"

    @property
    def html(self) -> Path:
        """The folder of the finished site."""
        return self.root / "_build" / "html"

    def pages(self) -> list[Path]:
        """List the pages that are no notebooks."""
        return sorted(
            [*self.root.glob("index.md"), *self.root.glob("book/**/*.md")]
        )

    def sources(self) -> list[Path]:
        """List the notebooks, in the order of their paths."""
        found = own_files(self.root / NOTEBOOKS)
        return sorted(path for path in found if path.suffix == ".ipynb")

    def parts(self) -> list[Path]:
        """List all other files that pages are made of."""
        found = [
            path
            for part in _MADE_OF
            for place in self.root.glob(part)
            for path in own_files(place)
        ]
        beside = own_files(self.root / NOTEBOOKS)
        return found + [path for path in beside if path.suffix != ".ipynb"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a book's notebooks on one database.

    Attributes:
        database: One of `DATABASES`.
        variables: The environment that notebooks run in.
        server: What its server is, where its URL changes from run to run.
    """

    book: Book
    database: str
    variables: Mapping[str, str]
    server: str = ""

    @property
    def url(self) -> str:
        """The notebooks' database, or nothing for their own default."""
        return self.variables.get("DATABASE_URL", "")

    @property
    def tree(self) -> Path:
        """The copy of the book that notebooks run in."""
        return self.book.work / "runs" / self.database

    @property
    def executed(self) -> Path:
        """The folder of the executed notebooks, which are used again."""
        return self.book.work / "executed" / self.database


def open_book(root: Path) -> Book:
    """Give the book in a folder.

    Raises:
        PressError: There is no ``_config.yml``.
    """
    if not (root / CONFIG).exists():
        raise PressError(
            f"There is no {CONFIG} in {root}: run this in the book's folder, "
            "or name it with --root."
        )
    return Book(root)


def run_by_url(book: Book, variables: Mapping[str, str]) -> Run:
    """Describe the run on ``DATABASE_URL``, or on SQLite without it.

    Raises:
        PressError: The URL names no database that the book runs on.
    """
    url = variables.get("DATABASE_URL", "") or "sqlite"
    dialect = url.partition(":")[0].partition("+")[0]
    if dialect not in DIALECTS:
        raise PressError(
            "DATABASE_URL names no database that this book runs on: write "
            "sqlite+aiosqlite:///..., postgresql+asyncpg://... or "
            "mysql+aiomysql://..."
        )
    return Run(book, DIALECTS[dialect], variables)


def own_files(path: Path) -> Iterator[Path]:
    """List a file, or all files in a folder that are its own."""
    if path.is_file():
        yield path
        return
    for inner in path.rglob("*"):
        if inner.is_file() and not _LEFT_OUT & set(inner.parts):
            yield inner
