"""What the layers on SQLAlchemy share: one engine, made as the bank's is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncSession,
    async_sessionmaker,
)

from bank.db.engine import make_engine
from bank.db.sqlite import BEGIN_IMMEDIATE


class EngineLayer:
    """A layer with an engine of the bank's kind, so that layers alone differ.

    Attributes:
        engine: The engine.
    """

    def __init__(self, url: str, connections: int) -> None:
        """Make the engine.

        Args:
            url: The database URL.
            connections: How many connections it keeps, and has at most.
        """
        self.engine = make_engine(url, pool_size=connections)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes, and commit it.

        Yields:
            The connection.
        """
        async with self.engine.connect() as connection:
            await connection.execution_options(**BEGIN_IMMEDIATE)
            async with connection.begin():
                yield connection


class SessionLayer(EngineLayer):
    """A layer with sessions.

    Attributes:
        sessions: The factory of sessions.
    """

    def __init__(self, url: str, connections: int) -> None:
        """Make the engine and the factory.

        Args:
            url: The database URL.
            connections: How many connections it keeps, and has at most.
        """
        super().__init__(url, connections)
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        """Open a session that writes, and commit it.

        Yields:
            The session.
        """
        async with self.sessions() as session, session.begin():
            await session.connection(execution_options=BEGIN_IMMEDIATE)
            yield session
