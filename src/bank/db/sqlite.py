"""What a SQLite file needs before it behaves like a database server."""

import asyncio
import math
import sqlite3
import threading
import time
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

BEGIN_IMMEDIATE = {"sqlite_begin": "IMMEDIATE"}
"""Execution options of a transaction that is going to write.

SQLite then takes its one write lock at BEGIN, and waits for it as long as the
busy timeout allows. A transaction that reads first and writes later cannot
wait: it fails at once with "database is locked", whatever that timeout is:
https://www.sqlite.org/lang_transaction.html. Other databases ignore it.
"""

_GIVEN_UP = "given_up"


def sqlite_options(lock_timeout: float) -> dict[str, Any]:
    """Give the options for the engine of a SQLite file.

    ``timeout`` is how long a writer waits for the one before it:
    https://docs.python.org/3/library/sqlite3.html#sqlite3.connect.
    ``isolation_level=None`` stops Python's driver from opening transactions,
    which it does too late and not around SAVEPOINT; :func:`prepare_sqlite`
    opens them instead:
    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#pysqlite-serializable.

    Args:
        lock_timeout: Seconds that a writer waits for the write lock.

    Returns:
        Arguments for ``create_async_engine``, by name.
    """
    return {"connect_args": {"timeout": lock_timeout, "isolation_level": None}}


def prepare_sqlite(
    engine: AsyncEngine,
    *,
    isolation_level: str | None = None,
    statement_timeout: float | None = None,
) -> None:
    """Set an engine's hooks: pragmas, transactions, and cancelled statements.

    Args:
        engine: The engine of a SQLite file.
        isolation_level: The isolation level that it was made with, if any.
        statement_timeout: Seconds that a statement may compute; by default
            without limit.
    """

    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level", isolation_level) == "AUTOCOMMIT":
            return
        mode = options.get("sqlite_begin", "")
        connection.exec_driver_sql(f"BEGIN {mode}".rstrip())

    sync = engine.sync_engine
    event.listen(sync, "connect", _set_pragmas)
    event.listen(sync, "connect", partial(_watch, seconds=statement_timeout))
    event.listen(sync, "begin", begin)
    event.listen(sync, "invalidate", _let_go)


def _watch(
    connection: Any, record: ConnectionPoolEntry, *, seconds: float | None
) -> None:
    """Stop a statement that is late, or whose task is gone.

    SQLite itself has no such limit. It calls ``begin`` when a statement
    begins, and ``must_stop`` every few thousand steps of it:
    https://www.sqlite.org/c3ref/progress_handler.html. The clock is the
    thread's own, so it stands still while the program pauses between two
    rows; a trigger starts it anew. The wait for the write lock has its own
    limit, the driver's ``timeout``.
    """
    is_given_up = record.info[_GIVEN_UP] = threading.Event()
    deadline = math.inf

    def begin(_statement: str) -> None:
        nonlocal deadline
        deadline = time.thread_time() + (seconds or math.inf)

    def must_stop() -> bool:
        return is_given_up.is_set() or time.thread_time() > deadline

    async def watch(driver: Any) -> None:
        if seconds is not None:
            await driver.set_trace_callback(begin)
        await driver.set_progress_handler(must_stop, 5_000)

    connection.run_async(watch)


def _set_pragmas(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Turn on what is off by default in a SQLite connection."""
    try:
        connection.run_async(_run_pragmas)
    except BaseException:
        connection.close()  # SQLAlchemy does it from 2.0.53 on
        raise


async def _run_pragmas(driver: Any) -> None:
    """Turn on foreign keys and the write-ahead log.

    Foreign keys are off unless each connection turns them on:
    https://www.sqlite.org/foreignkeys.html#fk_enable. The write-ahead log
    lets readers and the writer work at the same time:
    https://www.sqlite.org/wal.html. With ``synchronous=FULL`` a commit
    survives a power cut; NORMAL is faster, and may lose the last commits:
    https://www.sqlite.org/pragma.html#pragma_synchronous.
    """
    await driver.execute_fetchall("PRAGMA foreign_keys = ON")
    await _use_write_ahead_log(driver)
    await driver.execute_fetchall("PRAGMA synchronous = FULL")


async def _use_write_ahead_log(driver: Any) -> None:
    """Change the journal mode, and wait until that is possible.

    SQLite needs exclusive access to the file at that moment, and does not wait
    for it: the change fails at once if another process opens the file, too. A
    read-only file keeps its journal mode.
    """
    [[patience]] = await driver.execute_fetchall("PRAGMA busy_timeout")
    deadline = time.monotonic() + patience / 1000
    while True:
        try:
            await driver.execute_fetchall("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            name = error.sqlite_errorname
            if name.startswith("SQLITE_READONLY"):
                return
            is_late = time.monotonic() > deadline
            if is_late or not name.startswith("SQLITE_BUSY"):
                raise
        else:
            return
        await asyncio.sleep(0.01)


def _let_go(
    connection: Any,
    record: ConnectionPoolEntry,
    _error: BaseException | None,
) -> None:
    """End the statement and the transaction of a connection that is given up.

    Without that, a cancelled task waits for the end of its statement. Closing
    alone keeps the write lock as long as a cursor has not fetched all its
    rows: https://www.sqlite.org/c3ref/close.html. ``sqlite3_interrupt`` is no
    help: as long as there is such a cursor, it stops the rollback as well.
    """
    record.info[_GIVEN_UP].set()
    with suppress(sqlite3.Error):  # it is closed already
        connection.rollback()
