"""The order of the whole run, and what it does about missing databases."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from press.book.book import Book, PressError, Run
from press.gates import suite
from servers import Servers

POSTGRESQL = "postgresql+asyncpg://postgres@127.0.0.1:5000/postgres"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the steps in the order that they are taken; none does anything."""
    taken: list[str] = []

    @contextmanager
    def running() -> Iterator[Servers]:
        try:
            yield Servers({"postgresql": POSTGRESQL}, {"mysql": "Install it."})
        finally:
            taken.append("stop")

    def run(command: list[str], env: Mapping[str, str], **_: object) -> int:
        where = command[-1]
        taken.append(f"{where} {env.get('TEST_POSTGRESQL_URL')}")
        return int("FAIL" in env)

    def prove(run: Run) -> str:
        taken.append(f"{run.name} {run.url}")
        return f"notebooks on {run.name}"

    def bind(_: Book, proven: list[tuple[Run, str]]) -> str:
        taken.append(f"site of {[notebooks for _, notebooks in proven]}")
        return "index.html"

    monkeypatch.setattr(suite, "lint", lambda *_: taken.append("lint"))
    monkeypatch.setattr(suite.editions, "running", running)
    monkeypatch.setattr(suite, "run", run)
    monkeypatch.setattr(suite.flow, "prove", prove)
    monkeypatch.setattr(suite.editions, "bind", bind)
    return taken


def test_order(
    book: Book, steps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every step runs, notebooks on each database, and the end names them."""
    suite.test(book, {"DATABASE_URL": "mysql+aiomysql://elsewhere"})
    assert steps == [
        "lint",
        f"tests/bank {POSTGRESQL}",
        f"tests {POSTGRESQL}",
        "sqlite ",
        f"postgresql {POSTGRESQL}",
        "site of ['notebooks on sqlite', 'notebooks on postgresql']",
        f"tests/site {POSTGRESQL}",
        f"tests/controls {POSTGRESQL}",
        "stop",
    ]
    said = capsys.readouterr().out
    assert "All passed, on sqlite, postgresql, in" in said
    assert said.endswith("Not on mysql. Install it.\n")


def test_first_failure(
    book: Book, steps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A step that fails is the last, and the servers are stopped."""
    with pytest.raises(PressError, match="Tests failed"):
        suite.test(book, {"FAIL": "1"})
    assert steps == ["lint", f"tests/bank {POSTGRESQL}", "stop"]
    said = capsys.readouterr().out
    assert "== Unit tests, with their coverage: FAILED after" in said


def test_required(book: Book, steps: list[str]) -> None:
    """A database that must be at hand and is not stops the run."""
    with pytest.raises(PressError, match=r"^Install it\.$"):
        suite.test(book, {"REQUIRE_DATABASES": "sqlite,postgresql,mysql"})
    assert steps == ["lint", "stop"]
