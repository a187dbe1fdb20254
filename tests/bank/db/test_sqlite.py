"""What a SQLite file needs before it behaves like a server."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from functools import partial

import pytest
from sqlalchemy import text

from bank.db.engine import make_engine, ping
from bank.db.errors import TimedOut
from bank.db.session import make_session_factory
from bank.db.sqlite import BEGIN_IMMEDIATE


@pytest.fixture
async def sqlite(tmp_path):
    """An engine on a SQLite file with one table."""
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path}/bank.db")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE parent (id INT UNIQUE)"))
        await connection.execute(
            text("CREATE TABLE t (n INT REFERENCES parent (id))")
        )
    yield engine
    await engine.dispose()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("foreign_keys", 1),
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL
        ("busy_timeout", 5_000),
    ],
)
async def test_pragmas(sqlite, pragma, value):
    """Each SQLite connection has foreign keys, the log, and patience."""
    async with sqlite.connect() as one, sqlite.connect() as other:
        for connection in (one, other):
            result = await connection.exec_driver_sql(f"PRAGMA {pragma}")
            assert result.scalar_one() == value


async def test_savepoint_rolls_back_with_its_transaction(sqlite):
    """What a released savepoint wrote is gone with the outer rollback."""
    async with sqlite.connect() as connection:
        async with connection.begin_nested():
            await connection.execute(text("INSERT INTO t VALUES (NULL)"))
        await connection.rollback()
        result = await connection.execute(text("SELECT count(*) FROM t"))
        assert result.scalar_one() == 0


async def test_ddl_rolls_back(sqlite):
    """A table that was made in a transaction is gone with it."""
    async with sqlite.connect() as connection:
        await connection.execute(text("CREATE TABLE gone (n INT)"))
        await connection.rollback()
        result = await connection.execute(
            text("SELECT count(*) FROM sqlite_master WHERE name = 'gone'")
        )
        assert result.scalar_one() == 0


async def test_reads_do_not_wait_for_a_writer(sqlite):
    """A plain BEGIN reads while another transaction holds the write lock."""
    async with sqlite.connect() as writer, sqlite.connect() as reader:
        await writer.execution_options(**BEGIN_IMMEDIATE)
        await writer.execute(text("INSERT INTO t VALUES (NULL)"))
        async with asyncio.timeout(5):
            result = await reader.execute(text("SELECT count(*) FROM t"))
        assert result.scalar_one() == 0
        await writer.rollback()


async def test_lock_ends_with_its_connection(sqlite):
    """A connection that is given up in mid-query holds no lock any more."""
    async with sqlite.connect() as connection:
        await connection.execute(text("INSERT INTO t VALUES (NULL), (NULL)"))
        raw = await connection.get_raw_connection()
        cursor = await raw.driver_connection.execute("SELECT n FROM t")
        await connection.invalidate()
    impatient = make_engine(sqlite.url, connect_args={"timeout": 0.01})
    async with impatient.begin() as other:
        await other.execute(text("INSERT INTO t VALUES (NULL)"))
        result = await other.execute(text("SELECT count(*) FROM t"))
        assert result.scalar_one() == 1
    await impatient.dispose()
    del cursor  # as long as it lives, SQLite does not quite close


async def test_readers_overlap(sqlite):
    """Readers do not queue: ten waits take far less than their sum."""

    async def read():
        async with sqlite.connect() as connection:
            raw = await connection.get_raw_connection()
            await raw.driver_connection.create_function("wait", 1, time.sleep)
            await connection.execute(text("SELECT wait(0.1)"))

    began = time.monotonic()
    await asyncio.gather(*(read() for _ in range(10)))
    assert time.monotonic() - began < 0.7


async def test_first_connections_do_not_collide(tmp_path):
    """Many tasks may open a new file at the same moment."""
    engine = make_engine(
        f"sqlite+aiosqlite:///{tmp_path}/new.db", pool_size=20
    )

    async def look():
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    await asyncio.gather(*(look() for _ in range(20)))
    await engine.dispose()


async def test_first_connection_waits_for_a_writer(tmp_path):
    """A file that is written to keeps its journal: SQLite does not wait."""
    path = tmp_path / "bank.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE t (n)")
        writer.execute("BEGIN IMMEDIATE")
        engine = make_engine(f"sqlite+aiosqlite:///{path}")
        first = asyncio.create_task(ping(engine))
        await asyncio.sleep(0.2)
        assert not first.done()
        writer.execute("COMMIT")
        await first
        async with engine.connect() as connection:
            journal = await connection.scalar(text("PRAGMA journal_mode"))
        assert journal == "wal"
        await engine.dispose()


async def test_cancelled_statement_ends_at_once(sqlite):
    """A task that is cancelled does not wait for its statement's end."""
    endless = text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT max(i) FROM n"
    )
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2), sqlite.connect() as connection:
            await connection.execute(endless)
    assert time.monotonic() - began < 5
    async with sqlite.begin() as connection:
        await connection.execute(text("INSERT INTO t VALUES (NULL)"))


async def test_statement_that_ends_as_it_is_interrupted(sqlite):
    """A task is cancelled as such, whenever its statement ends."""
    begun, gate = threading.Event(), threading.Event()

    def hold():
        begun.set()
        return gate.wait(10)

    async with sqlite.connect() as connection:
        raw = await connection.get_raw_connection()
        await raw.driver_connection.create_function("hold", 0, hold)

    async def ask():
        async with sqlite.connect() as connection:
            await connection.execute(text("INSERT INTO t VALUES (NULL)"))
            await connection.execute(text("SELECT hold()"))

    task = asyncio.create_task(ask())
    await asyncio.to_thread(begun.wait)
    task.cancel()
    await asyncio.sleep(0.2)
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with sqlite.begin() as connection:
        await connection.execute(text("INSERT INTO t VALUES (NULL)"))
        stored = await connection.execute(text("SELECT count(*) FROM t"))
        assert stored.scalar_one() == 1


async def compute():
    """Keep the program itself busy for as long as the limit allows."""
    end = time.thread_time() + 0.4
    while time.thread_time() < end:
        pass


@pytest.mark.parametrize("pause", [partial(asyncio.sleep, 0.4), compute])
async def test_limit_leaves_the_reader_time(sqlite, pause):
    """A statement's limit counts its own time, not its reader's pauses."""
    limited = make_engine(sqlite.url, statement_timeout=0.3)
    numbers = text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 30000) SELECT i FROM n"
    )
    async with make_session_factory(limited)() as session:
        options = {"yield_per": 1_000}
        rows = await session.stream(numbers, execution_options=options)
        read = len(await rows.fetchmany(1_000))
        await pause()
        read += len(await rows.all())
    assert read == 30_000
    await limited.dispose()


async def test_limit_begins_anew_with_each_statement(sqlite):
    """A statement that was too late costs the next ones no time."""
    limited = make_engine(sqlite.url, statement_timeout=0.1)
    count = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT max(i) FROM n"
    )
    short = text(count.replace("FROM n)", "FROM n WHERE i < 10000)"))
    async with limited.connect() as connection:
        with pytest.raises(TimedOut):
            await connection.execute(text(count))
        assert await connection.scalar(short) == 10_000
    await limited.dispose()


async def test_failed_first_statement_closes_the_file(tmp_path):
    """A connection that cannot be set up is closed, not forgotten."""
    file = tmp_path / "letter.txt"
    file.write_text("This is not a database. " * 100)
    engine = make_engine(f"sqlite+aiosqlite:///{file}")
    with no_thread_left(), pytest.raises(Exception, match="not a database"):
        async with engine.connect():
            pass
    assert engine.pool.checkedout() == 0
    await engine.dispose()


async def test_cancelled_first_statement_closes_the_file(tmp_path):
    """A connection whose task is gone before it is set up is closed."""
    path = tmp_path / "bank.db"
    with closing(sqlite3.connect(path)) as writer, no_thread_left():
        writer.execute("CREATE TABLE t (n)")
        writer.execute("INSERT INTO t VALUES (1)")
        engine = make_engine(f"sqlite+aiosqlite:///{path}")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await engine.connect()
        await engine.dispose()


@contextmanager
def no_thread_left():
    """Require that each thread of a connection ends that the block began."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()
