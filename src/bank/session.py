"""Sessions, the one place that commits, and the one that tries again."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
)
from tenacity import (
    AsyncRetrying,
    before_sleep_log,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from bank.engine import BEGIN_IMMEDIATE
from bank.errors import Retryable, translated

T = TypeVar("T")
SessionFactory = async_sessionmaker[AsyncSession]

logger = logging.getLogger(__name__)


def make_session_factory(engine: AsyncEngine) -> SessionFactory:
    """Make the factory of sessions; make one per engine.

    ``expire_on_commit=False`` keeps objects readable after the commit. With
    the default, reading an attribute then would need the database, which
    plain attribute access cannot await:
    https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession

    Args:
        engine: The engine that the sessions take their connections from.

    Returns:
        The factory; each call opens a new session.
    """
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def transaction(factory: SessionFactory) -> AsyncIterator[AsyncSession]:
    """Open a session for one unit of work that writes, and commit it.

    The block's end commits; an error in it, cancellation included, rolls
    back. Nothing else in this package commits. To read only, open a session
    with ``factory()``: on SQLite this transaction takes the write lock.

    The connection is taken at once, so that the block does nothing where
    there is none to be had.

    Args:
        factory: The factory of sessions.

    Yields:
        The session, in a transaction.

    Raises:
        DatabaseError: The database refused a statement or the commit.
        EditConflict: A row was changed by somebody else meanwhile.
    """
    with translated():
        async with (
            factory(execution_options=BEGIN_IMMEDIATE) as session,
            session.begin(),
        ):
            await session.connection()
            yield session


async def retry(
    factory: SessionFactory,
    unit_of_work: Callable[[AsyncSession], Awaitable[T]],
    *,
    attempts: int = 10,
    seconds: float = 30,
) -> T:
    """Run a unit of work, and again where the database asks for that.

    Each try has a new session and a new transaction, since a deadlock or a
    serialization failure takes back all that the old one did:
    https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html.
    Between tries it waits at random, so that two that met do not meet again.

    Args:
        factory: The factory of sessions.
        unit_of_work: What to do with the session. It may run more than once,
            so it must do nothing outside the transaction.
        attempts: How many tries there are, at most.
        seconds: After how long no further try is begun.

    Returns:
        What the unit of work returned in the try that was committed.

    Raises:
        Retryable: The last try failed like the ones before it.
        Exception: Whatever else the unit of work or the commit raised.
    """
    tries = AsyncRetrying(
        retry=retry_if_exception_type(Retryable),
        stop=stop_after_attempt(attempts) | stop_after_delay(seconds),
        wait=wait_random_exponential(multiplier=0.02, max=1),
        before_sleep=before_sleep_log(logger, logging.INFO),
        reraise=True,
    )

    async def one_try() -> T:
        async with transaction(factory) as session:
            return await unit_of_work(session)

    return await tries(one_try)
