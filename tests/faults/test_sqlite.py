"""What may befall a file: a lock that does not end, and a killed writer."""

import asyncio
import signal
import sqlite3
import sys
from contextlib import closing

import pytest

from bank.db.engine import make_engine
from bank.db.errors import Retryable
from bank.db.session import make_session_factory, transaction
from tests.bank.build import move, read
from tests.faults.load import PATIENCE
from tests.faults.server import ROOT

IMPATIENT = 0.1
"""Seconds that a writer waits for the one before it."""

TOLD = 5
"""After how many transfers the writer is killed."""

WRITER = """
import asyncio, itertools, sys
from bank.db.engine import make_engine
from bank.db.session import make_session_factory
from tests.bank.build import move

async def main(url, one, two):
    factory = make_session_factory(make_engine(url))
    async def client(name):
        for n in itertools.count():
            await move(factory, f"{name}-{n}", 1, int(one), int(two))
            print(f"{name}-{n}", flush=True)
    await asyncio.gather(client("a"), client("b"))

asyncio.run(main(*sys.argv[1:]))
"""

pytestmark = pytest.mark.parametrize("server_url", ["sqlite"], indirect=True)


async def test_locked_for_too_long(committing_engine, pair):
    """A writer that waits too long may retry, and then succeeds."""
    url = committing_engine.url
    engine = make_engine(url, connect_args={"timeout": IMPATIENT})
    factory = make_session_factory(engine)
    with closing(sqlite3.connect(url.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Retryable, match="database is locked"):
            async with transaction(factory):
                pass
        assert engine.pool.checkedout() == 0
        waiting = asyncio.create_task(move(factory, "late", 1, *pair))
        await asyncio.wait([waiting], timeout=2 * IMPATIENT)
        assert not waiting.done()
        other.rollback()
        await waiting
    assert (await read(factory))[pair[0]] == 999
    assert engine.pool.checkedout() == 0
    await engine.dispose()


async def test_writer_killed(committing_engine, factory, pair):
    """What a killed process has told is stored, and nothing is half."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", WRITER, str(committing_engine.url), *map(str, pair)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        told = [await writer.stdout.readline() for _ in range(TOLD)]
        writer.send_signal(signal.SIGKILL)
        told += (await writer.stdout.read()).splitlines()
        await writer.wait()
    told = [line.decode().strip() for line in told]
    stored = await read(factory)
    # Each of the two clients may have been killed before it could tell.
    moved = 1_000 - stored[pair[0]]
    assert len(told) <= moved <= len(told) + 2
    for reference in told:
        await move(factory, reference, 1, *pair)
    assert (await read(factory))[pair[0]] == stored[pair[0]]
    assert committing_engine.pool.checkedout() == 0
