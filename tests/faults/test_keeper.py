"""The servers of these tests end with them, however they end."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from bank.db.engine import make_engine, ping
from bank.db.errors import DatabaseUnavailable
from tests.faults.conftest import programs_of
from tests.faults.load import until
from tests.faults.server import ROOT

OWNER = """
import signal, sys
from servers import find
from tests.faults.server import own_server

with own_server(sys.argv[1], find(sys.argv[1])) as server:
    print(server.url, flush=True)
    signal.pause()
"""


@pytest.mark.parametrize("name", ["postgresql", "mysql"])
async def test_server_of_a_killed_owner(name):
    """When the process that owns a server is killed, the server ends."""
    programs_of(name)
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", OWNER, name),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    engine = make_engine((await owner.stdout.readline()).decode().strip())
    await ping(engine)
    await engine.dispose()
    owner.send_signal(signal.SIGKILL)
    await owner.wait()

    async def is_gone():
        try:
            await ping(engine)
        except DatabaseUnavailable:
            return True
        return False

    await until(is_gone)
    await engine.dispose()


@pytest.mark.parametrize("server_url", ["mysql"], indirect=True)
async def test_temporary_tables_are_the_servers_own(committing_engine):
    """Servers that start at the same time do not meet in one folder."""
    async with committing_engine.connect() as connection:
        folder = await connection.scalar(text("SELECT @@tmpdir"))
        data = await connection.scalar(text("SELECT @@datadir"))
    assert Path(folder) == Path(data).parent


@pytest.mark.parametrize(
    ("require", "url", "outcome"),
    [
        ("", "", pytest.skip.Exception),
        ("sqlite,mysql", "", pytest.fail.Exception),
        ("sqlite,mysql", "mysql+aiomysql://h/d", pytest.skip.Exception),
    ],
)
def test_server_that_is_not_installed(monkeypatch, require, url, outcome):
    """It is a loud skip, and a failure where nothing stands in for it."""
    monkeypatch.setattr("servers.PROGRAMS", {"mysql": ()})
    monkeypatch.setenv("REQUIRE_DATABASES", require)
    monkeypatch.setenv("TEST_MYSQL_URL", url)
    with pytest.raises(outcome, match=r"apt-get install mariadb.*start their"):
        programs_of("mysql")
