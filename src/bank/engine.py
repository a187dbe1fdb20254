"""From a database URL to an engine that is right for its database."""

import asyncio
import math
import time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Dialect, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bank.errors import DatabaseUnavailable, DatabaseURLError, error_code

ASYNC_DRIVERS = {
    "sqlite": "aiosqlite",
    "postgresql": "asyncpg",
    "mysql": "aiomysql",
    "mariadb": "aiomysql",
}
"""The driver that this project takes for each database."""

BEGIN_IMMEDIATE = {"sqlite_begin": "IMMEDIATE"}
"""Execution options of a transaction that is going to write.

SQLite then takes its one write lock at BEGIN and waits for it in a queue.
A transaction that reads first and writes later cannot wait: it fails at once
with "database is locked", whatever the busy timeout says:
https://www.sqlite.org/lang_transaction.html. Other databases ignore it.
"""


def make_engine(
    url: str | URL,
    *,
    statement_timeout: float | None = None,
    **overrides: Any,
) -> AsyncEngine:
    """Make the engine for a database; make one per process.

    Connecting is lazy: the first statement opens the first connection, so
    use :func:`ping` to learn early whether the database answers.

    Args:
        url: The database URL, with an async driver, as in
            ``postgresql+asyncpg://user:password@host/database``.
        statement_timeout: After how many seconds the database gives a
            statement up, which :mod:`bank.errors` calls ``TimedOut``; by
            default never. MySQL 8 gives up no more than a ``SELECT``.
        **overrides: Arguments of ``create_async_engine`` that win over
            :func:`engine_options`. ``connect_args`` are merged.

    Returns:
        The engine. Dispose of it before its event loop ends.

    Raises:
        DatabaseURLError: The URL cannot work; the message names the mend.
    """
    url = parse_url(url)
    options = engine_options(url)
    connect_args = options.pop("connect_args", {}) | overrides.pop(
        "connect_args", {}
    )
    engine = create_async_engine(
        url, connect_args=connect_args, **(options | overrides)
    )
    event.listen(engine.sync_engine, "do_connect", _connect)
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _set_pragmas)
        event.listen(engine.sync_engine, "begin", _begin)
        event.listen(engine.sync_engine, "invalidate", _roll_back)
    if statement_timeout is not None:
        limit = _limit_sqlite if is_sqlite else _limit_server
        limited = partial(limit, engine.dialect, statement_timeout)
        event.listen(engine.sync_engine, "connect", limited)
    return engine


def engine_options(url: str | URL) -> dict[str, Any]:
    """Tell the options with which a database's engine is made.

    Args:
        url: The database URL.

    Returns:
        Arguments for ``create_async_engine``, by name.

    Raises:
        DatabaseURLError: The URL cannot work; the message names the mend.
    """
    if parse_url(url).get_backend_name() == "sqlite":
        return _sqlite_options()
    return _server_options()


async def ping(engine: AsyncEngine, *, seconds: float = 10) -> None:
    """Connect once, to learn now whether the database answers.

    Args:
        engine: The engine to try.
        seconds: How long to wait for an answer.

    Raises:
        DatabaseUnavailable: It does not; the message says why, in one
            sentence, and names the mend.
    """
    try:
        async with asyncio.timeout(seconds), engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (DBAPIError, OSError) as error:
        raise DatabaseUnavailable(
            _why_unavailable(engine.url, error)
        ) from error


def parse_url(url: str | URL) -> URL:
    """Read a database URL and refuse one that cannot work.

    Args:
        url: The database URL.

    Returns:
        The URL, whose ``repr`` masks its password.

    Raises:
        DatabaseURLError: The URL cannot work; the message names the mend and
            hides the password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseURLError(
            "The database URL cannot be read: write it as"
            " dialect+driver://user:password@host:port/database."
        ) from None
    _require_async_driver(parsed)
    _require_readable_parts(parsed)
    return parsed


def _require_async_driver(url: URL) -> None:
    """Refuse a dialect or driver that is unknown, absent, or not async."""
    backend, _, driver = url.drivername.partition("+")
    if backend == "postgres":
        raise DatabaseURLError(
            "SQLAlchemy knows no 'postgres': write postgresql+asyncpg://..."
        )
    mend = f"write {backend}+{ASYNC_DRIVERS.get(backend, 'driver')}://..."
    if not driver and backend in ASYNC_DRIVERS:
        # 2.1 would take psycopg for a bare postgresql:// and say nothing:
        # https://docs.sqlalchemy.org/en/21/changelog/migration_21.html
        raise DatabaseURLError(f"'{backend}://' names no async driver: {mend}")
    try:
        dialect = url.get_dialect().get_async_dialect_cls(url)
    except NoSuchModuleError:
        known = ", ".join(
            f"{name}+{driver}" for name, driver in ASYNC_DRIVERS.items()
        )
        raise DatabaseURLError(
            f"SQLAlchemy knows no '{url.drivername}': take one of {known}."
        ) from None
    if not dialect.is_async:
        raise DatabaseURLError(
            f"The driver of '{url.drivername}://' is not async: {mend}"
        )
    try:
        dialect.import_dbapi()
    except ImportError as error:
        raise DatabaseURLError(
            f"The driver of '{url.drivername}://' is not installed: say"
            f" 'pip install {error.name or driver}'."
        ) from None


def _require_readable_parts(url: URL) -> None:
    """Refuse what a driver would misread or only stumble over later."""
    if "@" in (url.host or ""):
        # The part before the '@' is a piece of the password: show no URL.
        raise DatabaseURLError(
            "The password in the database URL holds an '@': write it as %40."
        )
    if url.drivername == "postgresql+asyncpg" and "sslmode" in url.query:
        raise DatabaseURLError(
            "asyncpg does not know 'sslmode=': write"
            f" 'ssl={url.query['sslmode']}'."
        )
    if url.get_backend_name() == "sqlite":
        _require_file(url)


def _require_file(url: URL) -> None:
    """Refuse a SQLite database in memory, or in a folder that is missing."""
    name = url.database or ":memory:"
    if ":memory:" in name or "mode" in url.query:
        # All sessions would share one connection, and so one transaction:
        # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#aiosqlite
        raise DatabaseURLError(
            "In memory, all sessions would share one transaction: name a"
            " file, as in sqlite+aiosqlite:///bank.db."
        )
    folder = Path(name.removeprefix("file:")).parent
    if not folder.is_dir():
        raise DatabaseURLError(
            f"There is no folder '{folder}' for the SQLite file: make it, or"
            " name another file."
        )


def _server_options() -> dict[str, Any]:
    """Options for PostgreSQL, MySQL and MariaDB.

    ``pool_pre_ping`` asks a pooled connection for a sign of life before each
    use, so that a restarted server costs a round trip and no failed request:
    https://docs.sqlalchemy.org/en/21/core/pooling.html#pool-disconnects.
    ``pool_recycle`` (seconds) renews connections that are older, since
    firewalls and MySQL's ``wait_timeout`` cut idle ones silently.
    """
    return {"pool_pre_ping": True, "pool_recycle": 1800}


def _sqlite_options() -> dict[str, Any]:
    """Options for a SQLite file.

    ``timeout`` (seconds) is how long a writer waits for the one before it:
    https://docs.python.org/3/library/sqlite3.html#sqlite3.connect.
    ``isolation_level=None`` keeps Python's driver from opening transactions
    by itself, too late and not around SAVEPOINT; :func:`_begin` opens them:
    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#pysqlite-serializable.
    """
    return {"connect_args": {"timeout": 30, "isolation_level": None}}


def _connect(
    dialect: Dialect,
    _record: ConnectionPoolEntry,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
) -> Any:
    """Connect, and tell a failure as every other one is told.

    A server that is away is a bare ``OSError`` with asyncpg, which
    SQLAlchemy leaves as it is:
    https://github.com/sqlalchemy/sqlalchemy/issues/11956.
    """
    try:
        return dialect.connect(*arguments, **options)
    except OSError as error:
        raise dialect.loaded_dbapi.OperationalError(str(error)) from error


def _set_pragmas(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Set what a SQLite connection does not do by itself.

    Foreign keys are off unless each connection turns them on:
    https://www.sqlite.org/foreignkeys.html#fk_enable. The write-ahead log
    lets readers and the writer work at the same time, and is safe with
    ``synchronous=NORMAL``: https://www.sqlite.org/wal.html.
    """
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _limit_server(
    dialect: Dialect,
    seconds: float,
    connection: Any,
    _record: ConnectionPoolEntry,
) -> None:
    """Tell a server's connection how long a statement may take.

    PostgreSQL counts the wait for a lock as well, and so does MariaDB:
    https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT,
    https://mariadb.com/kb/en/aborting-statements/. MySQL stops a SELECT and
    nothing else:
    https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_execution_time.
    """
    milliseconds = math.ceil(seconds * 1000)  # 0 would mean "no limit"
    match dialect.name, getattr(dialect, "is_mariadb", False):
        case "postgresql", _:
            limit = f"statement_timeout = {milliseconds}"
        case _, True:
            limit = f"max_statement_time = {milliseconds / 1000}"
        case _:
            limit = f"max_execution_time = {milliseconds}"
    cursor = connection.cursor()
    cursor.execute(f"SET {limit}")
    cursor.close()
    connection.commit()  # PostgreSQL takes a SET back with a rollback


def _limit_sqlite(
    _dialect: Dialect,
    seconds: float,
    connection: Any,
    _record: ConnectionPoolEntry,
) -> None:
    """Stop SQLite's statements by a clock, since it has no limit itself.

    It calls the one function when a statement begins, and the other every
    few thousand steps of it: https://www.sqlite.org/c3ref/progress_handler.html.
    The wait for the write lock is no step; it has a limit of its own, the
    driver's ``timeout``.
    """
    deadline = math.inf

    def begin(_statement: str) -> None:
        nonlocal deadline
        deadline = time.monotonic() + seconds

    def is_late() -> bool:
        return time.monotonic() > deadline

    async def watch(driver: Any) -> None:
        await driver.set_trace_callback(begin)
        await driver.set_progress_handler(is_late, 5_000)

    connection.run_async(watch)


def _begin(connection: Connection) -> None:
    """Open a transaction for real, as :data:`BEGIN_IMMEDIATE` asks."""
    mode = connection.get_execution_options().get("sqlite_begin", "")
    connection.exec_driver_sql(f"BEGIN {mode}".rstrip())


def _roll_back(
    connection: Any,
    _record: ConnectionPoolEntry,
    _error: BaseException | None,
) -> None:
    """Let go of the write lock when a connection is given up.

    Closing alone does not, while a cursor is left that has not fetched all
    its rows, as a task's is that was cancelled before it could:
    https://www.sqlite.org/c3ref/close.html.
    """
    connection.rollback()


def _why_unavailable(url: URL, error: Exception) -> str:
    """Say in one sentence why no connection could be had, and the mend."""
    cause = getattr(error, "orig", None) or error
    where = f"{url.host or 'localhost'}" + (f":{url.port}" if url.port else "")
    match error_code(cause):
        case "28P01" | "28000" | 1044 | 1045 | 1698:
            return (
                f"The server at {where} refused the login of user"
                f" '{url.username}': check the user and the password."
            )
        case "3D000" | 1049:
            return (
                f"The server at {where} has no database '{url.database}':"
                " create it, or correct its name."
            )
        case "53300" | 1040 | 1203 | 1226:
            return (
                f"The server at {where} has no connection left: raise its"
                " limit of connections, or lower the pools."
            )
        case "SQLITE_BUSY":
            return (
                f"The SQLite file '{url.database}' is locked by a writer that"
                " does not end: find it and stop it."
            )
    if url.get_backend_name() == "sqlite":
        return (
            f"SQLite cannot open '{url.database}' ({cause}): check the file"
            " and its rights."
        )
    return (
        f"No database answers at {where}: check the host and the port, and"
        " that the server runs."
    )
