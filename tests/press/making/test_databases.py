"""The databases that are installed, and a book on each of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from press.book.book import Book, PressError, Run
from press.book.notebook import Notebooks
from press.making import databases, flow
from press.making.databases import at_hand, runs_on
from servers import ServerError, Servers

POSTGRESQL = "postgresql+asyncpg://postgres@127.0.0.1:5000/postgres"
SERVERS = Servers(
    {"postgresql": POSTGRESQL},
    {"mysql": "Install MariaDB."},
    {"postgresql": "postgres 15"},
)


@pytest.fixture(autouse=True)
def servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have PostgreSQL available, and MySQL missing."""

    @contextmanager
    def running() -> Iterator[Servers]:
        yield SERVERS

    monkeypatch.setattr(databases, "running", running)


def test_runs_are_on_the_databases_at_hand(book: Book) -> None:
    """SQLite's run is first, a server's has its URL, a missing one none."""
    variables = {"DATABASE_URL": "mysql+aiomysql://elsewhere", "A": "1"}
    assert runs_on(book, variables, SERVERS) == [
        Run(book, "sqlite", {"A": "1"}),
        Run(
            book,
            "postgresql",
            {"A": "1", "DATABASE_URL": POSTGRESQL},
            "postgres 15",
        ),
    ]


@pytest.mark.parametrize(
    ("required", "message"),
    [
        ("sqlite,postgresql,mysql", r"^Install MariaDB\.$"),
        ("sqlite, oracle", "^REQUIRE_DATABASES names oracle: it takes sqlite"),
    ],
)
def test_required_database_is_missing(required: str, message: str) -> None:
    """A database that must be available and is not stops the press."""
    variables = {"REQUIRE_DATABASES": required}
    with pytest.raises(PressError, match=message), at_hand(variables):
        pytest.fail("It did not stop.")


def test_failing_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not start is an error of the press, in its words."""

    @contextmanager
    def running() -> Iterator[Servers]:
        if SERVERS.urls:
            raise ServerError("PostgreSQL does not start.")
        yield SERVERS

    monkeypatch.setattr(databases, "running", running)
    with (
        pytest.raises(PressError, match=r"^PostgreSQL does not start\.$"),
        at_hand({}),
    ):
        pytest.fail("It did not stop.")


def test_site_says_what_is_left_out(
    book: Book,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All runs at hand are proven and on the site, the others are named."""
    done: list[str] = []

    def prove(run: Run, _notebooks: Notebooks) -> None:
        done.append(run.database)

    def render(book: Book, _notebooks: Notebooks, runs: Sequence[Run]) -> Path:
        done.append(f"{[run.database for run in runs]}")
        return book.html

    monkeypatch.setattr(flow, "prove", prove)
    monkeypatch.setattr(flow, "render", render)
    assert flow.make_site(book, {}) == book.html
    assert done == ["sqlite", "postgresql", "['sqlite', 'postgresql']"]
    assert capsys.readouterr().out == "Not on mysql. Install MariaDB.\n"
