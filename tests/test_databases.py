"""How the suite deals with its databases."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)

from bank.db.session import SessionFactory, transaction
from bank.models import User
from tests.conftest import by_chosen_driver, empty, pytest_configure

ROOT = Path(__file__).parent.parent

SUITE = """
import pytest

def test_on_each_database(server_url):
    assert "://" in server_url

@pytest.mark.parametrize("number", range(3))
def test_on_none(number):
    assert number < 3
"""

NO_SERVER = """
import servers

servers.PROGRAMS = {"postgresql": (), "mysql": ()}
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a suite with this project's fixtures, and no server installed."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "no_server.py").write_text(NO_SERVER)
    for name in ("POSTGRESQL", "MYSQL"):
        monkeypatch.delenv(f"TEST_{name}_URL", raising=False)

    def run(
        *arguments: str, require: str = ""
    ) -> subprocess.CompletedProcess[str]:
        monkeypatch.setenv("REQUIRE_DATABASES", require)
        return subprocess.run(
            [
                sys.executable,
                *("-m", "pytest", "--disable-plugin-autoload"),
                *("-p", "pytest_asyncio.plugin", "-p", "xdist.plugin"),
                *("-p", "no_server", "test_suite.py"),
                *arguments,
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_missing_databases_are_skipped_loudly(run: Run) -> None:
    """Each is counted and named with the way to get it, and the run passes.

    Two workers count together; the other tests below count alone.
    """
    done = run("-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed, 2 skipped" in done.stdout
    assert re.search(r"^sqlite +1 of 1 tests ran.$", done.stdout, re.MULTILINE)
    for name, package in ("postgresql", "postgresql"), ("mysql", "mariadb"):
        assert re.search(
            rf"^{name} +0 of 1 tests ran. .*apt-get install {package}",
            done.stdout,
            re.MULTILINE,
        )


def test_required_database_that_is_missing_fails(run: Run) -> None:
    """What REQUIRE_DATABASES names must be there; the rest is skipped."""
    done = run(require="sqlite, mysql")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "4 passed, 1 skipped, 1 error" in done.stdout
    assert "set TEST_MYSQL_URL" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("REQUIRE_DATABASES", "sqlite,postgres", "names postgres;"),
        (
            "TEST_DRIVERS",
            "mysql+asyncmy, postgres+psycopg",
            "names a driver of postgres;",
        ),
    ],
)
def test_unknown_database_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    """A name that is misspelt would otherwise never be required, or tried."""
    monkeypatch.setenv(name, value)
    with pytest.raises(pytest.UsageError, match=f"^{name} {words}"):
        pytest_configure()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql+aiomysql://u:p@h/d", "mysql+asyncmy://u:p@h/d"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
    ],
)
def test_chosen_driver(
    monkeypatch: pytest.MonkeyPatch, url: str, expected: str
) -> None:
    """A database gets the driver that is chosen for it, or keeps its own."""
    monkeypatch.setenv("TEST_DRIVERS", "mysql+asyncmy")
    assert by_chosen_driver(url) == expected


def test_run_without_database_names_none(run: Run) -> None:
    """Tests that need no database end without a word on databases."""
    done = run("-k", "test_on_none")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "databases" not in done.stdout


async def count_users(engine: AsyncEngine) -> int:
    """Count the users that a separate connection sees."""
    async with engine.connect() as connection:
        counted = await connection.execute(select(func.count(User.id)))
        return counted.scalar_one()


async def test_session_commits_nothing(
    session: AsyncSession, engine: AsyncEngine
) -> None:
    """A commit in ``session`` is visible to it, and to nobody else."""
    session.add(User(email="ada@example.org", name="Ada"))
    await session.commit()
    assert await session.scalar(select(func.count(User.id))) == 1
    assert await count_users(engine) == 0


async def test_rolled_back_factory_keeps_what_came_before_an_error(
    rolled_back_factory: SessionFactory, engine: AsyncEngine
) -> None:
    """One unit of work fails; the one before it stays, until the test ends."""
    async with transaction(rolled_back_factory) as session:
        session.add(User(email="ada@example.org", name="Ada"))
    with pytest.raises(ZeroDivisionError):
        async with transaction(rolled_back_factory) as session:
            session.add(User(email="bob@example.org", name="Bob"))
            await session.flush()
            1 / 0  # noqa: B018  any error will do
    async with rolled_back_factory() as session:
        assert (await session.scalars(select(User.name))).all() == ["Ada"]
    assert await count_users(engine) == 0


async def test_factory_commits(
    factory: SessionFactory, committing_engine: AsyncEngine
) -> None:
    """What is committed through ``factory`` is there for everybody."""
    async with transaction(factory) as session:
        session.add(User(email="ada@example.org", name="Ada"))
    assert await count_users(committing_engine) == 1


async def test_committing_engine_begins_empty(
    committing_engine: AsyncEngine,
) -> None:
    """No test finds what another has committed."""
    assert await count_users(committing_engine) == 0


async def test_spare_database_is_emptied(spare_url: str | None) -> None:
    """Nothing is left in it, and nobody is connected to it any more."""
    if spare_url is None:
        pytest.skip("PostgreSQL's alone is used again.")
    engine = create_async_engine(spare_url)
    async with engine.connect() as left_open:
        for statement in (
            "CREATE SCHEMA other",
            "CREATE TABLE other.things (id int)",
            "CREATE TABLE things (id int)",
        ):
            await left_open.execute(text(statement))
        await left_open.commit()
        await left_open.execute(text("LOCK TABLE things"))
        await empty(spare_url)
        with pytest.raises(DBAPIError):
            await left_open.execute(text("SELECT 1"))
    async with engine.connect() as connection:
        left = "SELECT to_regclass('things'), to_regnamespace('other')"
        assert (await connection.execute(text(left))).one() == (None, None)
    await engine.dispose()
