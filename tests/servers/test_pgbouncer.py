"""PgBouncer, started before the PostgreSQL of the run."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from servers import ServerError, companion, pgbouncer
from tests.conftest import required
from tests.servers.test_servers import eventually, listens

OWNER = """
import json, sys, time
from servers import companion
kept = companion.start("servers.pgbouncer", url=sys.argv[1])
print(json.dumps(kept.facts), flush=True)
time.sleep(600)
"""

postgresql = pytest.mark.parametrize(
    "server_url", ["postgresql"], indirect=True
)


@pytest.fixture
def installed() -> None:
    """Skip where PgBouncer is missing, or fail if it may not be."""
    if pgbouncer.find():
        return
    if "postgresql" in required():
        pytest.fail(pgbouncer.MISSING, pytrace=False)
    pytest.skip(pgbouncer.MISSING)


@pytest.fixture
def url(installed: None, server_url: str) -> Iterator[str]:  # noqa: ARG001  asked for first
    """Give the URL of a PgBouncer with one connection for all."""
    kept = companion.start(
        "servers.pgbouncer",
        url=server_url,
        pool_mode="transaction",
        default_pool_size=1,
    )
    yield kept.facts["url"]
    kept.stop()
    assert not listens(kept.facts["url"])


async def backend(url: str, **options: Any) -> int:
    """Ask which server process answers."""
    engine = create_async_engine(url, **options)
    try:
        async with engine.connect() as connection:
            found = await connection.scalar(text("SELECT pg_backend_pid()"))
            return int(found)
    finally:
        await engine.dispose()


@postgresql
async def test_clients_share_a_connection(url: str) -> None:
    """Two clients, one after the other, meet the same server process."""
    first, second = [
        await backend(url, connect_args={"statement_cache_size": 0})
        for _ in range(2)
    ]
    assert first == second


@postgresql
@pytest.mark.usefixtures("installed")
def test_it_ends_with_its_owner(server_url: str) -> None:
    """A killed owner leaves no PgBouncer behind."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, server_url],
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout
        url = json.loads(owner.stdout.readline())["url"]
        assert listens(url)
        owner.send_signal(signal.SIGKILL)
        assert eventually(lambda: not listens(url))


@postgresql
@pytest.mark.usefixtures("installed")
def test_a_wrong_setting_is_named(server_url: str) -> None:
    """What PgBouncer refuses comes with the end of its log."""
    with pytest.raises(ServerError, match="pool_mode"):
        companion.start("servers.pgbouncer", url=server_url, pool_mode="x")


async def test_a_missing_program_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without PgBouncer, the error says how to install it."""
    monkeypatch.setattr(pgbouncer, "find", lambda: None)
    assert pgbouncer.version() is None
    with pytest.raises(ServerError) as error:
        async with pgbouncer.run({}, tmp_path):
            pass
    assert "'apt-get install pgbouncer'" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("PgBouncer 1.18.0\nlibevent 2.1.12-stable\n", (1, 18)),
        ("PgBouncer 1.25.2\nlibevent 2.1.12-stable\n", (1, 25)),
    ],
)
def test_version_is_read(
    said: str,
    version: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The program's own words tell its version."""
    program = tmp_path / "pgbouncer"
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert pgbouncer.version() == version
