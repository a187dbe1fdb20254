"""What the press works on: a book, and one edition of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONFIG = "_config.yml"
EDITIONS = ("sqlite", "postgresql", "mysql")  # the first one is the site's `/`
DIALECTS = {name: name for name in EDITIONS} | {"mariadb": "mysql"}


class PressError(Exception):
    """Something that stops the press, said for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Book:
    """A book's source.

    Attributes:
        root: The folder with ``_config.yml`` and ``_toc.yml``.
        notebooks: The folder with the notebooks, from `root`.
        parts: What else pages are made of: files, patterns or folders, from
            `root`. Pages include code from ``src`` and ``tests``.
    """

    root: Path
    notebooks: str = "notebooks"
    parts: tuple[str, ...] = (
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

    @property
    def work(self) -> Path:
        """The folder that the press keeps its intermediate files in."""
        return self.root / ".stage"

    @property
    def html(self) -> Path:
        """The folder of the finished site."""
        return self.root / "_build" / "html"

    def sources(self) -> list[Path]:
        """List the notebooks, in the order of their names."""
        return sorted((self.root / self.notebooks).glob("*.ipynb"))


@dataclass(frozen=True, slots=True)
class Edition:
    """A book on one database.

    Attributes:
        book: The book.
        name: The database: ``sqlite``, ``postgresql`` or ``mysql``.
        variables: The environment that notebooks run in.
        server: What its server is, where its URL changes from run to run.
    """

    book: Book
    name: str
    variables: Mapping[str, str]
    server: str = ""

    @property
    def url(self) -> str:
        """The notebooks' database, or nothing for their own default."""
        return self.variables.get("DATABASE_URL", "")

    @property
    def tree(self) -> Path:
        """The staged copy of the book."""
        return self.book.work / self.name

    @property
    def executed(self) -> Path:
        """The folder of the executed notebooks, which are used again."""
        return self.book.work / "executed" / self.name

    @property
    def site(self) -> Path:
        """The folder that Sphinx works in."""
        return self.book.work / "site" / self.name


def open_book(root: Path) -> Book:
    """Make sure that a folder holds a book.

    Args:
        root: The folder.

    Returns:
        The book.

    Raises:
        PressError: There is no ``_config.yml``.
    """
    if not (root / CONFIG).exists():
        raise PressError(
            f"There is no {CONFIG} in {root}: run this in the book's folder, "
            "or name it with --root."
        )
    return Book(root)


def edition(book: Book, variables: Mapping[str, str]) -> Edition:
    """Tell by ``DATABASE_URL`` which edition is meant.

    Args:
        book: The book.
        variables: The environment that notebooks are to run in.

    Returns:
        The edition; SQLite's where the variable is not set.

    Raises:
        PressError: The URL names no database that there is an edition for.
    """
    url = variables.get("DATABASE_URL", "") or "sqlite"
    dialect = url.partition(":")[0].partition("+")[0]
    if dialect not in DIALECTS:
        raise PressError(
            "DATABASE_URL names no database that this book runs on: write "
            "sqlite+aiosqlite:///..., postgresql+asyncpg://... or "
            "mysql+aiomysql://..."
        )
    return Edition(book, DIALECTS[dialect], variables)
