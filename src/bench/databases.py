"""Scratch databases of the bank, empty or filled, and engines for them."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

import lab
from bank.db.engine import make_engine
from bank.db.session import make_session_factory, transaction
from bank.models import Account, User, now
from bank.tables import create_tables
from bench.work import ACCOUNTS, BALANCE, USERS, email


@asynccontextmanager
async def engine_for(url: str, **options: Any) -> AsyncIterator[AsyncEngine]:
    """Make the bank's engine with some options, and dispose of it."""
    engine = make_engine(url, **options)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def scratch_bank(server: str, users: int = USERS) -> AsyncIterator[str]:
    """Make a scratch database with the bank's tables.

    Args:
        server: The URL of its server.
        users: How many users it has, each with as many accounts as the
            layers are compared on.

    Yields:
        The database's URL.
    """
    url = await lab.scratch_database(server)
    try:
        async with engine_for(url) as engine:
            await create_tables(engine)
            if users:
                await _fill(engine, users)
        yield url
    finally:
        await lab.drop_database(url)


async def describe(url: str) -> str:
    """Name a database with its version, as in ``MariaDB 10.11.14``."""
    if url.startswith("sqlite"):
        return f"SQLite {sqlite3.sqlite_version}"
    async with engine_for(url) as engine, engine.connect() as connection:
        version = str(await connection.scalar(select(func.version())))
    if url.startswith("postgresql"):
        return " ".join(version.split()[:2])
    name = "MariaDB" if "MariaDB" in version else "MySQL"
    return f"{name} {version.partition('-')[0]}"


async def _fill(engine: AsyncEngine, number: int) -> None:
    """Store users and accounts."""
    users = [
        {"email": email(n), "name": f"User {n}", "created_at": now()}
        for n in range(1, number + 1)
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
