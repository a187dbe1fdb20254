"""From a database URL to an engine that is right for its database."""

import asyncio
import math
import re
import time
from functools import partial
from typing import Any

from sqlalchemy import URL, Dialect, event, text
from sqlalchemy.exc import InvalidatePoolError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import (
    AsyncAdaptedQueuePool,
    ConnectionPoolEntry,
    NullPool,
    Pool,
    PoolProxiedConnection,
    QueuePool,
)

from .errors import (
    DatabaseError,
    DatabaseUnavailable,
    TimedOut,
    driver_words,
    error_code,
    translate_in_engine,
)
from .sqlite import prepare_sqlite, sqlite_options
from .url import parse_url

LOCK_TIMEOUT = 5.0
"""Seconds that a statement waits for a lock, by default.

Keep it well below the time that :func:`~.session.retry` has, or there is no
second try.
"""

POOL_SIZE = 10
"""Connections that an engine keeps open, by default."""

IDLE = 1.0
"""Seconds without use after which a pooled connection is pinged first.

SQLAlchemy's ``pool_pre_ping`` pings before each use, which takes asyncpg three
round trips, as many as the read itself.
"""

CONNECT_TIMEOUT = 10
"""Seconds to wait for a server that does not answer while connecting."""

_TIMEOUT_BY_DRIVER = {
    "asyncpg": "timeout",
    "psycopg": "connect_timeout",
    "aiomysql": "connect_timeout",
    "asyncmy": "connect_timeout",
}
_RETURNED = "returned"
_POOL_SIZES = ("pool_size", "max_overflow", "pool_timeout", "pool_use_lifo")


def make_engine(
    url: str | URL,
    *,
    lock_timeout: float = LOCK_TIMEOUT,
    statement_timeout: float | None = None,
    **overrides: Any,
) -> AsyncEngine:
    """Make the engine for a database; make one per process.

    Connecting is lazy: the first statement opens the first connection, so
    use :func:`ping` to learn early whether the database answers.

    Whoever uses the engine gets a :class:`~.errors.DatabaseError` in place of
    a driver's error. Values stay out of errors and logs unless ``echo`` is on.

    Args:
        url: The database URL, with an async driver, as in
            ``postgresql+asyncpg://user:password@host/database``.
        lock_timeout: Seconds that a statement waits for a lock before it
            raises ``Retryable``. MySQL and MariaDB count whole seconds.
        statement_timeout: Seconds after which the database stops a
            statement, which then raises ``TimedOut``; by default never.
            MySQL 8 stops only a ``SELECT``.
        **overrides: Arguments of ``create_async_engine`` that win over
            :func:`engine_options`. ``connect_args`` are merged, and win over
            the URL's parameters, which win over the options.

    Returns:
        The engine. Dispose of it before its event loop ends.

    Raises:
        DatabaseURLError: The URL cannot work; the message says how to fix it.
    """
    url = parse_url(url)
    options = engine_options(url, lock_timeout=lock_timeout)
    connect_args = {
        name: value
        for name, value in options.pop("connect_args").items()
        if name not in url.query
    } | overrides.pop("connect_args", {})
    options |= {"hide_parameters": not overrides.get("echo")} | overrides
    if options["poolclass"] is NullPool:  # it keeps nothing that has a size
        options = {
            name: value
            for name, value in options.items()
            if name not in _POOL_SIZES
        }
    engine = create_async_engine(url, connect_args=connect_args, **options)
    sync = engine.sync_engine
    event.listen(sync, "do_connect", _connect)
    event.listen(sync, "handle_error", translate_in_engine, retval=True)
    if url.get_backend_name() == "sqlite":
        prepare_sqlite(
            engine,
            isolation_level=options.get("isolation_level"),
            statement_timeout=statement_timeout,
        )
    else:
        set_limits = partial(
            _set_limits, sync.dialect, lock_timeout, statement_timeout
        )
        event.listen(sync, "connect", set_limits)
        event.listen(sync, "checkin", _note_return)
        event.listen(sync, "checkout", partial(_require_life, sync.dialect))
    return engine


def engine_options(
    url: str | URL, *, lock_timeout: float = LOCK_TIMEOUT
) -> dict[str, Any]:
    """Choose the options of a database's engine.

    The pool keeps all its connections. With an overflow, many requests under
    load open and close a connection, which costs more than a short wait.
    ``pool_recycle`` (seconds) replaces older connections, since firewalls and
    MySQL's ``wait_timeout`` cut idle ones silently.

    Args:
        url: The database URL.
        lock_timeout: Seconds that a statement waits for a lock.

    Returns:
        Arguments for ``create_async_engine``, by name.

    Raises:
        DatabaseURLError: The URL cannot work; the message says how to fix it.
    """
    url = parse_url(url)
    options: dict[str, Any] = {
        "poolclass": _Pool,
        "pool_size": POOL_SIZE,
        "max_overflow": 0,
        "connect_args": {},
    }
    if url.get_backend_name() == "sqlite":
        return options | sqlite_options(lock_timeout)
    if timeout := _TIMEOUT_BY_DRIVER.get(url.get_driver_name()):
        options["connect_args"] = {timeout: CONNECT_TIMEOUT}
    return options | {"pool_recycle": 1800}


async def ping(engine: AsyncEngine, *, seconds: float = 10) -> None:
    """Connect once, to find out whether the database answers.

    Args:
        engine: The engine to try.
        seconds: How long to wait for a connection and for an answer.

    Raises:
        DatabaseUnavailable: There was none; the message says why, in one
            sentence, and how to fix it.
    """
    try:
        async with asyncio.timeout(seconds), engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except TimeoutError as error:
        raise DatabaseUnavailable(_why_late(engine, seconds)) from error
    except (DatabaseError, SQLAlchemyError, OSError) as error:
        raise DatabaseUnavailable(
            _why_unavailable(engine.url, error)
        ) from error


def _note_return(_connection: Any, record: ConnectionPoolEntry) -> None:
    """Note when a connection was returned to the pool."""
    record.info[_RETURNED] = time.monotonic()


def _require_life(
    dialect: Dialect,
    connection: Any,
    record: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """Replace a connection that has died while it was in the pool.

    All that are as old are replaced with it: a restarted server has cut them,
    too. One that was used a moment ago is trusted, so a busy pool never pings:
    https://docs.sqlalchemy.org/en/21/core/pooling.html#disconnect-handling-pessimistic.
    """
    returned = record.info.get(_RETURNED)
    if returned is None or time.monotonic() - returned < IDLE:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


class _Pool(AsyncAdaptedQueuePool):
    """SQLAlchemy's pool, whose time-out is one of our errors."""

    __module__ = AsyncAdaptedQueuePool.__module__  # the name of its logger

    def connect(self) -> PoolProxiedConnection:
        """Take a connection from the pool."""
        try:
            return super().connect()
        except PoolTimeoutError as error:
            raise TimedOut(str(error)) from error


def _connect(
    dialect: Dialect,
    _record: ConnectionPoolEntry,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
) -> Any:
    """Connect, and report a failure like every other error.

    If no server answers, asyncpg raises a bare ``OSError``, which
    SQLAlchemy leaves as it is; 2.0 also leaves a refused login as it is:
    https://github.com/sqlalchemy/sqlalchemy/issues/11956.
    """
    refused = dialect.loaded_dbapi.OperationalError
    try:
        connection = dialect.connect(*arguments, **options)
    except dialect.loaded_dbapi.Error:
        raise
    except Exception as error:
        if not isinstance(error, OSError) and not error_code(error):
            raise  # a mistake in the arguments should look like one
        raise refused(driver_words(error)) from error
    if options.get("ssl") and dialect.driver == "aiomysql":
        # Where the server offers no TLS, aiomysql connects without it.
        writer = connection.driver_connection._writer  # noqa: SLF001 - no public way
        if writer.get_extra_info("ssl_object") is None:
            connection.terminate()
            raise refused("The server does not support TLS.")
    return connection


def _set_limits(
    dialect: Dialect,
    lock_timeout: float,
    statement_timeout: float | None,
    connection: Any,
    _record: ConnectionPoolEntry,
) -> None:
    """Tell a server's connection how long a statement may wait and run.

    A statement's limit includes its wait for locks:
    https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT,
    https://mariadb.com/kb/en/aborting-statements/. MySQL stops only a
    SELECT:
    https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_execution_time.
    MySQL and MariaDB have one limit for row locks, and another for the locks
    of tables that a statement alters.
    """
    lock = math.ceil(lock_timeout)
    limits: dict[str, float] = {
        "innodb_lock_wait_timeout": lock,
        "lock_wait_timeout": lock,
    }
    if dialect.name == "postgresql":
        milliseconds = math.ceil(lock_timeout * 1000) or 1  # 0 is "no limit"
        limits = {"lock_timeout": milliseconds}
    if statement_timeout is not None:
        milliseconds = math.ceil(statement_timeout * 1000)
        if dialect.name == "postgresql":
            limits["statement_timeout"] = milliseconds
        elif getattr(dialect, "is_mariadb", False):
            limits["max_statement_time"] = milliseconds / 1000
        else:
            limits["max_execution_time"] = milliseconds
    cursor = connection.cursor()
    for name, limit in limits.items():
        cursor.execute(f"SET {name} = {limit}")
    cursor.close()
    connection.commit()  # a rollback undoes PostgreSQL's SET


_LOGIN = (
    "The server at {where} refused the login of user '{user}' ({reason}):"
    " check the user and the password."
)
_NO_DATABASE = (
    "The server at {where} has no database '{database}': create it, or"
    " correct its name."
)
_FULL = (
    "The server at {where} has no connection left ({reason}): raise its limit"
    " of connections, or make the pools smaller."
)
_LOCKED = (
    "The SQLite file '{database}' is locked by a writer that does not end:"
    " find it and stop it."
)
_BY_CODE: dict[str | int, str] = {
    **dict.fromkeys(("28P01", "28000", 1044, 1045, 1698), _LOGIN),
    **dict.fromkeys(("3D000", 1049), _NO_DATABASE),
    **dict.fromkeys(("53300", 1040, 1203, 1226), _FULL),
    "SQLITE_BUSY": _LOCKED,
}
_NO_FILE = (
    "SQLite cannot open '{database}' ({reason}): check the file and its"
    " permissions."
)
_NO_POOL = (
    "No connection of the pool became free ({reason}): make the pool larger,"
    " or hold connections for less time."
)
_NO_TLS = (
    "The server at {where} and this program do not agree on TLS ({reason}):"
    " check the TLS settings of both."
)
_NO_ANSWER = (
    "No database answers at {where} ({reason}): check the host and the port,"
    " and that the server runs."
)


def _why_unavailable(url: URL, error: Exception) -> str:
    """Say in one sentence why there is no connection, and how to fix it."""
    cause = error.__cause__ or error
    reason = driver_words(cause).splitlines()[0]
    sentence = _BY_CODE.get(error_code(cause))
    if sentence is None and isinstance(error, TimedOut):
        sentence = _NO_POOL
    if sentence is None and url.get_backend_name() == "sqlite":
        sentence = _NO_FILE
    if sentence is None and re.search("SSL|TLS|certificate", reason):
        sentence = _NO_TLS
    return _filled_in(sentence or _NO_ANSWER, url, reason)


def _why_late(engine: AsyncEngine, seconds: float) -> str:
    """Say in one sentence why a ping took too long, and how to fix it."""
    sentence = _NO_ANSWER
    if _is_used_up(engine.pool):
        sentence = _NO_POOL
    elif engine.url.get_backend_name() == "sqlite":
        sentence = _LOCKED  # SQLite waits for nothing else
    return _filled_in(sentence, engine.url, f"waited {seconds:g} s")


def _is_used_up(pool: Pool) -> bool:
    """Tell whether all connections that a pool may open are in use."""
    if not isinstance(pool, QueuePool):
        return False
    overflow = pool._max_overflow  # noqa: SLF001 - no public way
    return 0 <= overflow <= pool.checkedout() - pool.size()


def _filled_in(sentence: str, url: URL, reason: str) -> str:
    """Complete a sentence with what its URL and the reason say."""
    return sentence.format(
        where=f"{url.host or 'localhost'}"
        + (f":{url.port}" if url.port else ""),
        user=url.username,
        database=url.database,
        reason=reason.rstrip("."),
    )
