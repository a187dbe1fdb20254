"""Books, and the runs on their databases."""

import pytest

from press.book.book import Book, PressError, run_by_url


@pytest.mark.parametrize(
    ("url", "database"),
    [
        (None, "sqlite"),
        ("", "sqlite"),
        ("sqlite+aiosqlite:///pond.db", "sqlite"),
        ("postgresql+asyncpg://localhost/pond", "postgresql"),
        ("mysql+aiomysql://localhost/pond", "mysql"),
        ("mariadb+aiomysql://localhost/pond", "mysql"),
    ],
)
def test_run_by_url(book: Book, url: str | None, database: str) -> None:
    """DATABASE_URL tells the run, and SQLite is the default."""
    variables = {} if url is None else {"DATABASE_URL": url}
    assert run_by_url(book, variables).database == database


def test_no_run(book: Book) -> None:
    """Another database's URL is refused with the way to write one, unshown."""
    with pytest.raises(PressError, match=r"write sqlite\+aiosqlite") as caught:
        run_by_url(
            book, {"DATABASE_URL": "postgres://me:secret@localhost/pond"}
        )
    assert "secret" not in str(caught.value)
