"""What a request needs, and how long it lives."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import Depends
from fastapi.requests import HTTPConnection
from sqlalchemy.ext.asyncio import AsyncSession

from bank.db.errors import DatabaseUnavailable
from bank.db.session import SessionFactory, transaction
from bank.repositories import (
    AccountRepository,
    TransferRepository,
    UserRepository,
)
from bank.services import AccountService, TransferService, UserService


async def get_session_factory(connection: HTTPConnection) -> SessionFactory:
    """Get the factory that the application's lifespan has made.

    It is ``async`` only so that FastAPI calls it here and not in a thread.

    Args:
        connection: The request, or the WebSocket.

    Returns:
        The factory.

    Raises:
        RuntimeError: The application has not been started.
        DatabaseUnavailable: It has stopped. uvicorn 0.54 still passes on what
            comes by a connection that it accepted while it stopped.
    """
    state = connection.app.state
    if not hasattr(state, "session_factory"):
        raise RuntimeError(
            "The application has not been started, so it has no database: in"
            " a test, call it inside 'async with LifespanManager(app)' or"
            " 'with TestClient(app)'."
        )
    if state.session_factory is None:
        raise DatabaseUnavailable("The application has stopped.")
    return cast("SessionFactory", state.session_factory)


FactoryDep = Annotated[SessionFactory, Depends(get_session_factory)]
"""The factory itself, for what outlives a request.

A WebSocket opens a session for each message, and a background task its own. A
request takes ``SessionDep`` or ``TransactionDep``: with the factory it would
hold a second connection.
"""


async def get_db(AsyncSessionLocal: FactoryDep) -> AsyncIterator[AsyncSession]:
    """Open the one session of a request.

    It commits nothing: what a route writes here is rolled back.

    Args:
        AsyncSessionLocal: The factory of sessions.

    Yields:
        The session, closed before the response is sent.
    """
    async with AsyncSessionLocal() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_db, scope="function")]
"""A session to read with, or to hand to :func:`bank.db.session.retry`.

With ``scope="function"`` the connection is back in the pool before the
response is sent, so a slow client holds no connection:
https://fastapi.tiangolo.com/advanced/advanced-dependencies/
"""


async def get_transaction(session: SessionDep) -> AsyncIterator[AsyncSession]:
    """Turn the request's session into a unit of work, and commit it.

    Args:
        session: The request's session.

    Yields:
        The session, in a transaction.
    """
    async with transaction(session) as unit_of_work:
        yield unit_of_work


TransactionDep = Annotated[
    AsyncSession, Depends(get_transaction, scope="function")
]
"""A session to write with.

``scope="function"`` commits before the response is sent. With the default
scope, the client already has its 200 when the commit fails.
"""


def user_service(session: AsyncSession) -> UserService:
    """Make a user service that works in a session.

    Args:
        session: The unit of work.

    Returns:
        The service.
    """
    return UserService(UserRepository(session))


def account_service(session: AsyncSession) -> AccountService:
    """Make an account service that works in a session.

    Args:
        session: The unit of work.

    Returns:
        The service.
    """
    return AccountService(AccountRepository(session))


def transfer_service(session: AsyncSession) -> TransferService:
    """Make a transfer service that works in a session.

    Args:
        session: The unit of work.

    Returns:
        The service.
    """
    return TransferService(
        AccountRepository(session), TransferRepository(session)
    )
