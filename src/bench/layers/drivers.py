"""The three drivers under one small interface, with a pool of connections."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import aiomysql
import aiosqlite
import asyncpg
from sqlalchemy import make_url

Row = Sequence[Any]


class Connection(Protocol):
    """A driver's connection; SQL has ``{0}``, ``{1}`` for its values."""

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run a statement, for its rows."""

    async def insert(self, sql: str, *values: Any) -> int:
        """Insert a row, for its id."""

    async def many(self, sql: str, rows: list[Row]) -> None:
        """Run a statement once for each row of values."""

    async def close(self) -> None:
        """Close the connection."""


class SQLite:
    """aiosqlite's connection, with the bank's settings."""

    def __init__(self, driver: aiosqlite.Connection) -> None:
        """Keep the driver's connection."""
        self.driver = driver

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run a statement, for its rows."""
        asked = sql.format(*["?"] * len(values))
        return list(await self.driver.execute_fetchall(asked, values))

    async def insert(self, sql: str, *values: Any) -> int:
        """Insert a row, for its id."""
        asked = sql.format(*["?"] * len(values))
        cursor = await self.driver.execute(asked, _stored(values))
        return cursor.lastrowid or 0

    async def many(self, sql: str, rows: list[Row]) -> None:
        """Run a statement once for each row of values."""
        await self.driver.executemany(sql.format(*["?"] * len(rows[0])), rows)

    async def close(self) -> None:
        """Close the connection."""
        await self.driver.close()


class PostgreSQL:
    """asyncpg's connection."""

    def __init__(self, driver: Any) -> None:
        """Keep the driver's connection."""
        self.driver = driver

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run a statement, for its rows."""
        rows: list[Row] = await self.driver.fetch(_numbered(sql), *values)
        return rows

    async def insert(self, sql: str, *values: Any) -> int:
        """Insert a row, for its id."""
        asked = f"{_numbered(sql)} RETURNING id"
        found: int = await self.driver.fetchval(asked, *values)
        return found

    async def many(self, sql: str, rows: list[Row]) -> None:
        """Run a statement once for each row of values."""
        await self.driver.executemany(_numbered(sql), rows)

    async def close(self) -> None:
        """Close the connection."""
        await self.driver.close()


class MySQL:
    """aiomysql's connection."""

    def __init__(self, driver: Any) -> None:
        """Keep the driver's connection."""
        self.driver = driver

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run a statement, for its rows."""
        async with self.driver.cursor() as cursor:
            await cursor.execute(sql.format(*["%s"] * len(values)), values)
            rows: list[Row] = await cursor.fetchall()
            return rows

    async def insert(self, sql: str, *values: Any) -> int:
        """Insert a row, for its id."""
        async with self.driver.cursor() as cursor:
            asked = sql.format(*["%s"] * len(values))
            await cursor.execute(asked, _stored(values))
            number: int = cursor.lastrowid
            return number

    async def many(self, sql: str, rows: list[Row]) -> None:
        """Run a statement once for each row of values."""
        async with self.driver.cursor() as cursor:
            await cursor.executemany(sql.format(*["%s"] * len(rows[0])), rows)

    async def close(self) -> None:
        """Close the connection."""
        self.driver.close()


class Pool:
    """As many connections as are allowed, opened when they are needed."""

    def __init__(self, url: str, connections: int) -> None:
        """Note where to connect to.

        Args:
            url: The database URL.
            connections: How many connections there are at most.
        """
        self.url = make_url(url)
        self._free = asyncio.Semaphore(connections)
        self._idle: list[Connection] = []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Take a connection.

        Yields:
            The connection.
        """
        async with self._free:
            taken = self._idle.pop() if self._idle else await self._connect()
            try:
                yield taken
            finally:
                self._idle.append(taken)

    async def close(self) -> None:
        """Close all connections."""
        while self._idle:
            await self._idle.pop().close()

    async def _connect(self) -> Connection:
        """Connect, as the bank's engine does it."""
        name = str(self.url.database)
        if self.url.get_backend_name() == "sqlite":
            lite = await aiosqlite.connect(name, isolation_level=None)
            await lite.execute("PRAGMA foreign_keys = ON")
            await lite.execute("PRAGMA journal_mode = WAL")
            await lite.execute("PRAGMA synchronous = NORMAL")
            return SQLite(lite)
        where = {
            "host": self.url.host,
            "port": self.url.port,
            "user": self.url.username,
            "password": self.url.password,
        }
        if self.url.get_backend_name() == "postgresql":
            return PostgreSQL(await asyncpg.connect(database=name, **where))
        return MySQL(
            await aiomysql.connect(db=name, autocommit=True, **where)
        )


def moment(value: datetime | str) -> datetime:
    """Read a time as the driver gives it.

    Args:
        value: An aware time, a naive one, or text.

    Returns:
        The time, aware and in UTC.
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _numbered(sql: str) -> str:
    """Write the placeholders as PostgreSQL does."""
    return sql.format(*(f"${number}" for number in range(1, sql.count("{") + 1)))


def _stored(values: Sequence[Any]) -> list[Any]:
    """Write times as SQLAlchemy stores them where there are no zones."""
    return [
        f"{value.replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}"
        if isinstance(value, datetime)
        else value
        for value in values
    ]
