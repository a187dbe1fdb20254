"""The editions that can be made, and the one site they become."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from press.book.book import Book, Edition, PressError
from press.book.notebook import Notebooks
from press.making import editions, flow
from servers import ServerError, Servers

POSTGRESQL = "postgresql+asyncpg://postgres@127.0.0.1:5000/postgres"
SERVERS = Servers(
    {"postgresql": POSTGRESQL},
    {"mysql": "Install MariaDB."},
    {"postgresql": "postgres 15"},
)


@pytest.fixture(autouse=True)
def servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have PostgreSQL at hand, and MySQL missing."""

    @contextmanager
    def running() -> Iterator[Servers]:
        yield SERVERS

    monkeypatch.setattr(editions, "running", running)


def test_editions_are_those_at_hand(book: Book) -> None:
    """SQLite's edition is first, a server's has its URL, a missing none."""
    variables = {"DATABASE_URL": "mysql+aiomysql://elsewhere", "A": "1"}
    assert editions.among(book, variables, SERVERS) == [
        Edition(book, "sqlite", {"A": "1"}),
        Edition(
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
    """A database that must be at hand and is not stops the press."""
    variables = {"REQUIRE_DATABASES": required}
    with (
        pytest.raises(PressError, match=message),
        editions.at_hand(variables),
    ):
        pytest.fail("It went on.")


def test_failing_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not start is an error of the press, in its words."""

    @contextmanager
    def running() -> Iterator[Servers]:
        if SERVERS.urls:
            raise ServerError("PostgreSQL does not start.")
        yield SERVERS

    monkeypatch.setattr(editions, "running", running)
    with (
        pytest.raises(PressError, match=r"^PostgreSQL does not start\.$"),
        editions.at_hand({}),
    ):
        pytest.fail("It went on.")


def test_make_says_what_is_left_out(
    book: Book,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every edition at hand is proven and bound, and the others are named."""
    done: list[str] = []

    def prove(edition: Edition) -> Notebooks:
        done.append(edition.name)
        return {}

    def bind(book: Book, proven: list[tuple[Edition, Notebooks]]) -> Path:
        done.append(f"{[edition.name for edition, _ in proven]}")
        return book.html

    monkeypatch.setattr(flow, "prove", prove)
    monkeypatch.setattr(editions, "bind", bind)
    assert editions.make(book, {}) == book.html
    assert done == ["sqlite", "postgresql", "['sqlite', 'postgresql']"]
    said = capsys.readouterr().out
    assert said.endswith("Left out: the edition on mysql. Install MariaDB.\n")


def test_bind(edition: Edition) -> None:
    """The first edition is at the root, the next in a folder, or none is."""
    other = replace(edition, name="postgresql", server="one")
    both = [(each, flow.prove(each)) for each in (edition, other)]
    html = edition.book.html
    assert editions.bind(edition.book, both) == html / "index.html"
    for page in ("index.html", "notebooks/02-frog.html"):
        assert (html / page).exists()
        assert (html / "postgresql" / page).exists()

    # The last one does not build: nothing is published.
    before = (html / "index.html").stat().st_ino
    index = edition.book.root / "index.md"
    index.write_text("# The pond\n")
    both[0] = (edition, flow.prove(edition))
    broken = "# The pond\n\n[gone](#gone)\n"
    index.write_text(broken)
    both[1] = (other, flow.prove(other))
    with pytest.raises(PressError, match="does not build"):
        editions.bind(edition.book, both)
    assert (html / "index.html").stat().st_ino == before
    assert (html / "postgresql" / "index.html").exists()
