"""Books and their editions."""

import pytest

from press.book.book import Book, PressError, run


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (None, "sqlite"),
        ("", "sqlite"),
        ("sqlite+aiosqlite:///pond.db", "sqlite"),
        ("postgresql+asyncpg://localhost/pond", "postgresql"),
        ("mysql+aiomysql://localhost/pond", "mysql"),
        ("mariadb+aiomysql://localhost/pond", "mysql"),
    ],
)
def test_edition(book: Book, url: str | None, name: str) -> None:
    """DATABASE_URL tells the run, and SQLite is the default."""
    variables = {} if url is None else {"DATABASE_URL": url}
    assert run(book, variables).name == name


def test_no_edition(book: Book) -> None:
    """A URL of no run is refused with the way to write one, unshown."""
    with pytest.raises(PressError, match=r"write sqlite\+aiosqlite") as caught:
        run(book, {"DATABASE_URL": "postgres://me:secret@localhost/pond"})
    assert "secret" not in str(caught.value)
