"""The order of the whole run, and what it does about missing databases."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain

import pytest

from press.book.book import Book, PressError, Run
from press.book.notebook import Notebooks
from press.gates import suite
from press.making import databases
from servers import Servers

POSTGRESQL = "postgresql+asyncpg://postgres@127.0.0.1:5000/postgres"
NAMES = ["notebooks/01-still.ipynb", "notebooks/02-frog.ipynb"]
STEPS = {
    "lint": ["lint"],
    "tests": [f"tests without site {POSTGRESQL}"],
    "notebooks": ["sqlite ", f"postgresql {POSTGRESQL}"],
    "site": [
        f"{NAMES} of ['sqlite', 'postgresql']",
        f"tests/site {POSTGRESQL}",
    ],
}


ALONE = STEPS | {
    "bank": [f"tests/bank tests/faults {POSTGRESQL}"],
    "rest": [f"tests without bank, faults, site {POSTGRESQL}"],
}


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

    def start(command: list[str], env: Mapping[str, str], **_: object) -> int:
        folders = [part for part in command if part.startswith("tests")]
        ignored = [
            part.removeprefix("--ignore=tests/")
            for part in command
            if part.startswith("--ignore=")
        ]
        without = [f"without {', '.join(ignored)}"] if ignored else []
        where = " ".join([*folders, *without])
        taken.append(f"{where} {env.get('TEST_POSTGRESQL_URL')}")
        return int("FAIL" in env)

    def prove(run: Run, notebooks: Notebooks) -> None:
        assert [*notebooks] == NAMES
        taken.append(f"{run.database} {run.url}")

    def render(_: Book, notebooks: Notebooks, runs: Sequence[Run]) -> str:
        names = [run.database for run in runs]
        taken.append(f"{[*notebooks]} of {names}")
        return "index.html"

    monkeypatch.setattr(suite, "lint", lambda *_: taken.append("lint"))
    monkeypatch.setattr(databases, "running", running)
    monkeypatch.setattr(suite, "start", start)
    monkeypatch.setattr(suite.flow, "prove", prove)
    monkeypatch.setattr(suite.flow, "render", render)
    return taken


def test_order(
    book: Book, steps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every step runs, notebooks on each database, and the end names them."""
    suite.check_all(book, {"DATABASE_URL": "mysql+aiomysql://elsewhere"})
    assert steps == [*chain.from_iterable(STEPS.values()), "stop"]
    said = capsys.readouterr().out
    assert "All passed, on sqlite, postgresql, in" in said
    assert said.endswith("Not on mysql. Install it.\n")


@pytest.mark.parametrize("name", suite.STEPS)
def test_one_step_alone(book: Book, steps: list[str], name: str) -> None:
    """A step that is asked for takes with it only what it needs."""
    suite.check_all(book, {}, [name])
    needed = STEPS["notebooks"] if name == "site" else []
    stop = [] if name == "lint" else ["stop"]
    assert steps == [*needed, *ALONE[name], *stop]


def test_first_failure(
    book: Book, steps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A step that fails is the last, and the servers are stopped."""
    with pytest.raises(PressError, match="Tests failed"):
        suite.check_all(book, {"FAIL": "1"})
    assert steps == ["lint", *STEPS["tests"], "stop"]
    said = capsys.readouterr().out
    assert "== Tests: FAILED after" in said


def test_required(book: Book, steps: list[str]) -> None:
    """A database that must be available and is not stops the run."""
    with pytest.raises(PressError, match=r"^Install it\.$"):
        suite.check_all(book, {"REQUIRE_DATABASES": "sqlite,postgresql,mysql"})
    assert steps == ["lint", "stop"]
