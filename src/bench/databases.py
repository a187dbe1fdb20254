"""The databases that the bench runs on, and what it stores there."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

import lab
from bank.db.engine import make_engine
from bank.db.session import make_session_factory, transaction
from bank.models import Account, User, now
from bank.tables import create_tables
from press.servers import running

USERS = 1_000
"""How many users the layers are compared on."""

ACCOUNTS = 3
"""How many accounts each of them has."""

BALANCE = 10**9
"""What is on each account, in cents."""

FIRST_ACCOUNT = 2
"""The first customer's account; the one before it is the house's."""

SQLITE = "sqlite+aiosqlite:///bank.db"


@dataclass(frozen=True)
class Databases:
    """What there is to run on.

    Attributes:
        urls: A server's URL for each database, by its name.
        missing: How to get the others, by name.
    """

    urls: dict[str, str]
    missing: dict[str, str]


@contextmanager
def databases() -> Iterator[Databases]:
    """Start the servers that are installed.

    Yields:
        SQLite and the servers.
    """
    with running() as servers:
        yield Databases({"sqlite": SQLITE} | servers.urls, servers.missing)


@asynccontextmanager
async def empty_bank(server: str) -> AsyncIterator[str]:
    """Make a scratch database with the bank's tables.

    Args:
        server: The URL of its server.

    Yields:
        The database's URL.
    """
    url = await lab.scratch_database(server)
    try:
        async with engine_for(url) as engine:
            await create_tables(engine)
        yield url
    finally:
        await lab.drop_database(url)


@asynccontextmanager
async def filled_bank(server: str) -> AsyncIterator[str]:
    """Make a scratch database with users and accounts.

    Args:
        server: The URL of its server.

    Yields:
        The database's URL.
    """
    async with empty_bank(server) as url:
        async with engine_for(url) as engine:
            await _fill(engine)
        yield url


@asynccontextmanager
async def engine_for(url: str, **options: Any) -> AsyncIterator[AsyncEngine]:
    """Make an engine as the bank does, and dispose of it.

    Args:
        url: The database's URL.
        **options: Arguments for ``make_engine``.

    Yields:
        The engine.
    """
    engine = make_engine(url, **options)
    try:
        yield engine
    finally:
        await engine.dispose()


async def describe(url: str) -> str:
    """Name a database, with its version.

    Args:
        url: Its URL, or its server's.

    Returns:
        As in ``MariaDB 10.11.14``.
    """
    if url.startswith("sqlite"):
        return f"SQLite {sqlite3.sqlite_version}"
    async with engine_for(url) as engine, engine.connect() as connection:
        version = str(await connection.scalar(select(func.version())))
    if url.startswith("postgresql"):
        return " ".join(version.split()[:2])
    name = "MariaDB" if "MariaDB" in version else "MySQL"
    return f"{name} {version.partition('-')[0]}"


async def _fill(engine: AsyncEngine) -> None:
    """Store the users and accounts that the layers are compared on."""
    users = [
        {"email": email(n), "name": f"User {n}", "created_at": now()}
        for n in range(1, USERS + 1)
    ]
    async with transaction(make_session_factory(engine)) as session:
        await session.execute(insert(User), users)
        ids = (await session.scalars(select(User.id).order_by(User.id))).all()
        accounts = [
            {"owner_id": i, "name": f"{n}", "balance": BALANCE, "version": 1}
            for i in ids
            for n in range(ACCOUNTS)
        ]
        await session.execute(insert(Account), accounts)
    if engine.dialect.name == "postgresql":
        async with engine.begin() as connection:
            await connection.execute(text("ANALYZE"))


def email(number: int) -> str:
    """Give a user's e-mail address.

    Args:
        number: The user's number, which is its id as well.

    Returns:
        The address.
    """
    return f"u{number}@example.org"
