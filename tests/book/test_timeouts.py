"""The page on time-outs says what the code does."""

import asyncio
import inspect
import re
from pathlib import Path

from asgi_lifespan import LifespanManager

from bank import limits, serve, tables
from bank.app import create_app
from bank.db import engine, session
from bank.settings import Settings

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
