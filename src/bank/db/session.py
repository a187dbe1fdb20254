"""Sessions, the only function that commits, and the only one that retries."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
)
from sqlalchemy.orm import Session

from .errors import (
    DatabaseError,
    Retryable,
    TimedOut,
    translate,
    translated,
)
from .sqlite import BEGIN_IMMEDIATE

T = TypeVar("T")
SessionFactory = async_sessionmaker[AsyncSession]

PATIENCE = 30.0
"""Seconds that a unit of work waits for its turn to write."""

logger = logging.getLogger(__name__)

_OPEN: set[tuple[object, object]] = set()  # tasks, each with its database


def make_session_factory(
    engine: AsyncEngine, *, writers: int | None = None
) -> SessionFactory:
    """Make the factory of sessions; make one per engine.

    ``expire_on_commit=False`` keeps objects readable after the commit. With
    the default, reading an attribute then would need the database, which
    plain attribute access cannot await:
    https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession

    ``close_resets_only=False`` makes it an error to use a session after its
    end. By default it would take a connection again, which nobody returns.

    Args:
        engine: The engine that the sessions take their connections from.
        writers: How many units of work may write at once; by default as many
            as there are connections. A few fewer leave connections to readers
            while writers wait for a lock.

    Returns:
        The factory; each call opens a new session.
    """
    info = {} if writers is None else {"turns": asyncio.Semaphore(writers)}
    return async_sessionmaker(
        engine,
        sync_session_class=_Session,
        expire_on_commit=False,
        close_resets_only=False,
        info=info,
    )


@asynccontextmanager
async def transaction(
    sessions: SessionFactory | AsyncSession,
) -> AsyncIterator[AsyncSession]:
    """Open one unit of work that writes, and commit it.

    The block's end commits; an error in it, cancellation included, rolls
    back. Nothing else in this package commits. To read only, open a session
    with ``factory()``: on SQLite this transaction takes the write lock.

    A session that was used for reading, as in a request of a web application,
    returns its connection first, so a task never holds two. What it has read
    stays readable; what it has flushed is rolled back.

    The connection is taken at once, so the block does not start if there is
    none.

    Args:
        sessions: The factory of a new session, or an open session, which
            stays open.

    Yields:
        The session, in a transaction.

    Raises:
        DatabaseError: The database refused a statement or the commit.
        RuntimeError: This task has a transaction open already.
    """
    with translated():
        async with _opened(sessions) as session:
            task = asyncio.current_task(), session.sync_session.bind
            if task in _OPEN:
                # On SQLite the second would wait for the lock of the first;
                # elsewhere it would not see what the first has done.
                raise RuntimeError(
                    "This task has a transaction open already: pass its"
                    " session on instead of opening another transaction."
                )
            _OPEN.add(task)
            try:
                if session.in_transaction():
                    await session.run_sync(_end_reading)
                async with _turn(session), session.begin(), _ended(session):
                    await session.connection(execution_options=BEGIN_IMMEDIATE)
                    yield session
            finally:
                _OPEN.discard(task)


async def retry(
    sessions: SessionFactory | AsyncSession,
    unit_of_work: Callable[[AsyncSession], Awaitable[T]],
    *,
    attempts: int = 10,
    seconds: float = 30,
) -> T:
    """Run a unit of work, and run it again if the database asks for that.

    Each try has a new transaction and an empty session, since a deadlock or a
    serialization failure takes back all that the last try did:
    https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html.
    Between tries it waits for a random time, so that two tasks that collided
    do not collide again.

    Args:
        sessions: The factory of new sessions, or an open session, which
            stays open. What was read with it before is detached: read again
            what the unit of work is to change.
        unit_of_work: What to do with the session. It may run more than once,
            so it must do nothing outside the transaction.
        attempts: How many tries there are at most.
        seconds: Seconds after which no further try begins.

    Returns:
        What the unit of work returned in the try that was committed.

    Raises:
        Retryable: The last try failed like the ones before it.
        Exception: Whatever else the unit of work or the commit raised.
    """
    began, number = time.monotonic(), 0
    while True:
        number += 1
        try:
            async with transaction(sessions) as session:
                session.expunge_all()
                return await unit_of_work(session)
        except Retryable as error:
            pause = random.uniform(0, min(0.02 * 2**number, 1))  # noqa: S311 - no secret
            is_late = time.monotonic() + pause - began > seconds
            if number == attempts or is_late:
                raise
            logger.info("Trying again in %.3f s after: %s", pause, error)
            await asyncio.sleep(pause)


class _Session(Session):
    """SQLAlchemy's session, whose flush raises our errors on any engine."""

    def flush(self, objects: Any = None) -> None:
        """Send what has changed."""
        try:
            super().flush(objects)
        except Exception as error:
            ours = translate(error)
            if ours is None or ours is error:
                raise
            raise ours from error


def _opened(sessions: SessionFactory | AsyncSession) -> Any:
    """Open a session for the block, or leave an open one open after it."""
    if isinstance(sessions, AsyncSession):
        return nullcontext(sessions)
    return sessions()


def _end_reading(session: Session) -> None:
    """Return the connection of a session that was used for reading.

    Unlike ``rollback``, this expires nothing that was read; unlike
    ``commit``, it writes nothing.
    """
    if reading := session.get_transaction():
        reading.close()


@asynccontextmanager
async def _ended(session: AsyncSession) -> AsyncIterator[None]:
    """Roll back when the task is cancelled, even if the rollback fails.

    A Galera node that has dropped the transaction in favour of another node's
    reports that at the rollback, and the error would hide the cancellation.
    """
    try:
        yield
    except asyncio.CancelledError:
        with suppress(DatabaseError), translated():
            await session.rollback()
        raise


def _turn(session: AsyncSession) -> Any:
    """Wait for a turn to write, if the factory limits the writers."""
    turns = session.info.get("turns")
    return nullcontext() if turns is None else _wait_for_one_of(turns)


@asynccontextmanager
async def _wait_for_one_of(turns: asyncio.Semaphore) -> AsyncIterator[None]:
    """Wait for a turn, without a connection."""
    try:
        async with asyncio.timeout(PATIENCE):
            await turns.acquire()
    except TimeoutError:
        raise TimedOut(
            f"No turn to write came within {PATIENCE:g} seconds."
        ) from None
    try:
        yield
    finally:
        turns.release()
