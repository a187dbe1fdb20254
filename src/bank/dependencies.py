"""What a request needs, and how long it lives."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from bank.repositories import (
    AccountRepository,
    TransferRepository,
    UserRepository,
)
from bank.services import AccountService, TransferService, UserService
from bank.session import SessionFactory, transaction


def get_session_factory(request: Request) -> SessionFactory:
    """Get the factory that the application's start has made.

    Args:
        request: The request at hand.

    Returns:
        The factory.
    """
    return cast("SessionFactory", request.app.state.session_factory)


FactoryDep = Annotated[SessionFactory, Depends(get_session_factory)]


async def get_db(AsyncSessionLocal: FactoryDep) -> AsyncIterator[AsyncSession]:
    """Open a session for a request that reads.

    It commits nothing: what a route writes here is gone at its end.

    Args:
        AsyncSessionLocal: The factory of sessions.

    Yields:
        The session, closed after the response has been sent.
    """
    async with AsyncSessionLocal() as session:
        yield session


async def get_transaction(factory: FactoryDep) -> AsyncIterator[AsyncSession]:
    """Open a session for a request that writes, and commit it.

    Args:
        factory: The factory of sessions.

    Yields:
        The session, in a transaction.
    """
    async with transaction(factory) as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_db)]
"""A session to read with."""

TransactionDep = Annotated[
    AsyncSession, Depends(get_transaction, scope="function")
]
"""A session to write with.

``scope="function"`` commits before the response is sent. With the default,
a commit that fails has told the client 200 already:
https://fastapi.tiangolo.com/advanced/advanced-dependencies/
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
