"""A primary and a replica that a page starts, and may kill."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from servers import ServerError, companion, replica
from tests.faults.load import until


def is_installed() -> bool:
    """Tell whether PostgreSQL is here, with what copies it."""
    try:
        replica.programs()
    except ServerError:
        return False
    return True


installed = pytest.mark.skipif(not is_installed(), reason=replica.MISSING)


@pytest.fixture
def pair() -> Iterator[companion.Companion]:
    """Start a primary and its replica."""
    started = companion.start("servers.replica")
    yield started
    started.stop()


@asynccontextmanager
async def engine_of(
    pair: companion.Companion, name: str
) -> AsyncIterator[AsyncEngine]:
    """Make an engine that commits each statement by itself."""
    engine = create_async_engine(
        pair.facts[name]["url"], isolation_level="AUTOCOMMIT"
    )
    yield engine
    await engine.dispose()


async def ask(engine: AsyncEngine, statement: str) -> list[object]:
    """Execute a statement, and read the first column of what it gives."""
    async with engine.connect() as connection:
        result = await connection.execute(text(statement))
        return list(result.scalars()) if result.returns_rows else []


@installed
@pytest.mark.long  # the page on a replica shows the same
async def test_replica_takes_over(pair: companion.Companion) -> None:
    """It gets each row, refuses writes, and is a primary once promoted."""
    async with (
        engine_of(pair, "primary") as primary,
        engine_of(pair, "replica") as other,
    ):
        await ask(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        await ask(primary, "SELECT pg_reload_conf()")

        async def is_synchronous() -> bool:
            states = "SELECT sync_state FROM pg_stat_replication"
            return await ask(primary, states) == ["sync"]

        await until(is_synchronous)
        await ask(primary, "SET synchronous_commit = remote_apply")
        await ask(primary, "CREATE TABLE rows (id int)")
        await ask(primary, "INSERT INTO rows VALUES (1)")
        assert await ask(other, "SELECT id FROM rows") == [1]
        with pytest.raises(DBAPIError, match="in a read-only transaction"):
            await ask(other, "INSERT INTO rows VALUES (2)")

        os.kill(pair.facts["primary"]["pid"], signal.SIGKILL)
        assert await ask(other, "SELECT pg_promote()") == [True]
        await ask(other, "INSERT INTO rows VALUES (2)")
        assert await ask(other, "SELECT id FROM rows") == [1, 2]


@installed
@pytest.mark.long
def test_both_end_when_they_are_stopped() -> None:
    """Neither process is left, even where one was killed before."""
    started = companion.start("servers.replica")
    pids = [server["pid"] for server in started.facts.values()]
    os.kill(pids[0], signal.SIGKILL)
    started.stop()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_what_is_not_installed_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL without the program that copies it is not enough."""
    for name in ("postgres", "initdb"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerError) as error:
        companion.start("servers.replica")
    assert str(error.value) == replica.MISSING
    assert "apt-get install postgresql" in replica.MISSING
