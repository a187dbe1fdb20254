"""The page on time-outs says what the code does."""

import asyncio
import inspect
import re
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from asgi_lifespan import LifespanManager
from sqlalchemy import text

from bank import limits, serve, tables
from bank.app import create_app
from bank.db import engine, errors, session
from bank.settings import Settings

ENDLESS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT max(i) FROM n"
)
PAGE = (Path(__file__).parents[2] / "book/timeouts.md").read_text()


def default(function, name):
    """Give the default of a parameter."""
    return inspect.signature(function).parameters[name].default


def test_each_number_is_the_codes():
    """Each row's number is the value of what its third column names."""
    settings = Settings(_env_file=None)
    values = {
        "CONNECT_TIMEOUT": engine.CONNECT_TIMEOUT,
        "pool_timeout": engine.make_engine(
            "postgresql+asyncpg://h/d"
        ).pool.timeout(),
        "bank.db.session": session.PATIENCE,
        "DATABASE_LOCK_TIMEOUT": settings.database_lock_timeout,
        "DATABASE_STATEMENT_TIMEOUT": settings.database_statement_timeout,
        "of `retry`": default(session.retry, "seconds"),
        "BODY_TIMEOUT": limits.BODY_TIMEOUT,
        "KEEP_ALIVE": serve.KEEP_ALIVE,
        "GRACE": serve.GRACE,
        "of `ping`": default(engine.ping, "seconds"),
        "bank.tables": tables.PATIENCE,
    }
    rows = re.findall(
        r"^\| .+ \| (\d+) s.* \| (.+) \| .+ \|$", PAGE, re.MULTILINE
    )
    assert len(rows) == len(values)
    for number, where in rows:
        [value] = [value for name, value in values.items() if name in where]
        assert float(number) == value, where
    assert f"{default(session.retry, 'attempts')} tries" in PAGE


async def test_writers_leave_connections_to_readers(tmp_path):
    """Of ten connections, units of work that write use eight."""
    assert "of ten, they use at most eight." in PAGE
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    app = create_app(Settings(database_url=url, database_pool_size=10))
    over = asyncio.Event()

    async def write(factory):
        async with session.transaction(factory):
            await over.wait()

    async with LifespanManager(app), asyncio.TaskGroup() as tasks:
        factory = app.state.session_factory
        pool = factory.kw["bind"].pool
        for _ in range(10):
            tasks.create_task(write(factory))
        async with asyncio.timeout(5):
            while pool.checkedout() < 8:  # noqa: ASYNC110 - a pool has no event
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # another would have come by now
        in_use = pool.checkedout()
        over.set()
    assert in_use == 8


async def no_connection(short):
    """Ask a pool of two for a third connection."""
    async with AsyncExitStack() as held:
        for _ in range(3):
            await held.enter_async_context(short.connect())


async def no_end(short):
    """Run a statement that ends never."""
    async with short.connect() as connection:
        await connection.execute(ENDLESS)


async def no_lock(short):
    """Write while another one does."""
    factory = session.make_session_factory(short)
    async with session.transaction(factory):
        await asyncio.create_task(write(factory))


async def no_turn(short):
    """Write while the only writer does."""
    factory = session.make_session_factory(short, writers=1)
    async with session.transaction(factory):
        await asyncio.create_task(write(factory))


async def write(factory):
    """Begin to write, and end."""
    async with session.transaction(factory):
        pass


async def no_greeting(_short):
    """Connect to what never answers."""
    with silent() as server:
        await engine.make_engine(
            f"postgresql+asyncpg://u@127.0.0.1:{server.getsockname()[1]}/d",
            connect_args={"timeout": 0.1},
        ).connect()


async def no_pong(_short):
    """Ping what never answers."""
    with silent() as server:
        there = engine.make_engine(
            f"mysql+aiomysql://u@127.0.0.1:{server.getsockname()[1]}/d"
        )
        await engine.ping(there, seconds=0.1)


def silent():
    """Give a socket that takes connections and never answers."""
    return socket.create_server(("127.0.0.1", 0))


@pytest.mark.parametrize(
    ("what", "wait"),
    [
        ("connecting to a server", no_greeting),
        ("a task that needs a connection from the pool", no_connection),
        ("a unit of work that waits for its turn to write", no_turn),
        ("a statement that waits for a lock", no_lock),
        ("a statement", no_end),
        ("`ping` at the start", no_pong),
    ],
)
async def test_each_error_is_the_one_that_comes(
    what, wait, tmp_path, monkeypatch
):
    """What a row says one gets is what the wait ends with.

    It ends soon, by what the row says that it is set by.
    """
    [(set_by, told)] = re.findall(
        rf"^\| {what} \| .+ \| (.+) \| `(\w+)`[^|]*\|$", PAGE, re.MULTILINE
    )
    short = {
        "`CONNECT_TIMEOUT` in `bank.db.engine`": {},
        "`pool_timeout` of `make_engine`": {"pool_timeout": 0.1},
        "`PATIENCE` in `bank.db.session`": {},
        "`DATABASE_LOCK_TIMEOUT`": {"lock_timeout": 0.1},
        "`DATABASE_STATEMENT_TIMEOUT`": {"statement_timeout": 0.1},
        "`seconds` of `ping`": {},
    }[set_by]
    if "PATIENCE" in set_by:
        monkeypatch.setattr(session, "PATIENCE", 0.1)
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    hurried = engine.make_engine(url, pool_size=2, max_overflow=0, **short)
    with pytest.raises(errors.DatabaseError) as met, errors.translated():
        async with asyncio.timeout(3):
            await wait(hurried)
    assert type(met.value).__name__ == told
    await hurried.dispose()
