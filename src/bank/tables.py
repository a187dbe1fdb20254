"""Create the bank's tables once, whoever starts first, and check them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bank.db.errors import DatabaseUnavailable, Retryable
from bank.db.sqlite import BEGIN_IMMEDIATE
from bank.errors import WrongTables
from bank.models import Account, Base

REVISION = "0001"
"""The revision of the tables that this code needs; see ``migrations``."""

PATIENCE = 60.0
"""Seconds to wait for another process that is changing the tables."""

_NAME = "bank tables"
# The lock is the server's, so its name contains the database's. The name is
# hashed, since MySQL allows 64 characters for the lock's and the database's:
# https://dev.mysql.com/doc/refman/8.4/en/locking-functions.html.
_MYSQL_NAME = "sha1(concat(database(), :name))"
_REVISIONS = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


async def create_tables(engine: AsyncEngine) -> None:
    """Create the tables and the house's cash account, if they are missing.

    Any number of processes may call it at once. If one is killed, the next
    one completes its work. Tables that exist are only checked.

    Args:
        engine: The engine of the database.

    Raises:
        WrongTables: The database cannot be used as it is; the message says
            what to do.
    """
    async with engine.connect() as connection:
        if not await connection.run_sync(_are_complete):
            await connection.rollback()
            async with alone(connection):
                await connection.run_sync(_create)
                await connection.commit()
        await connection.run_sync(_require_usable)


async def has_tables(engine: AsyncEngine) -> bool:
    """Tell whether the tables have been created, at any revision.

    Args:
        engine: The engine of the database.

    Returns:
        Whether the database holds a revision.
    """
    async with engine.connect() as connection:
        return await connection.run_sync(_are_complete)


@asynccontextmanager
async def alone(connection: AsyncConnection) -> AsyncIterator[None]:
    """Keep other processes from changing the tables during the block.

    PostgreSQL and SQLite release the lock with the transaction, which the
    block has to commit. MySQL commits at each change of a table, so its lock
    belongs to the connection. SQLite checks no foreign keys in the block,
    since it changes a table by creating it again.

    Args:
        connection: A connection without a transaction.

    Yields:
        Nothing.

    Raises:
        DatabaseUnavailable: Another process does not finish.
    """
    async with _without_foreign_keys(connection):
        deadline = time.monotonic() + PATIENCE
        while not await _is_locked(connection):
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(
                    "Another process has been changing the tables for"
                    f" {PATIENCE:g} seconds: wait for it, or stop it."
                )
            await asyncio.sleep(0.05)
        try:
            yield
        finally:
            if connection.dialect.name in {"mysql", "mariadb"}:
                await connection.rollback()
                release = text(f"SELECT RELEASE_LOCK({_MYSQL_NAME})")
                await connection.execute(release, {"name": _NAME})


@asynccontextmanager
async def _without_foreign_keys(
    connection: AsyncConnection,
) -> AsyncIterator[None]:
    """Let SQLite replace a table, and keep the rows that refer to it.

    To replace a table it drops the old one with its rows, so foreign keys
    would cascade or fail. The pragma does nothing inside a transaction:
    https://www.sqlite.org/lang_altertable.html#otheralter.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.execute_fetchall("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        await connection.rollback()
        if not connection.invalidated:  # by an error that has closed it
            await driver.execute_fetchall("PRAGMA foreign_keys = ON")


async def _is_locked(connection: AsyncConnection) -> bool:
    """Try once to take the lock."""
    name = {"name": _NAME}
    match connection.dialect.name:
        case "sqlite":
            await connection.execution_options(**BEGIN_IMMEDIATE)
            try:
                await connection.begin()
            except Retryable:
                return False
            return True
        case "postgresql":
            lock = text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")
        case _:
            lock = text(f"SELECT GET_LOCK({_MYSQL_NAME}, 0)")
    return bool(await connection.scalar(lock, name))


def _are_complete(connection: Connection) -> bool:
    """Tell whether all tables have been created."""
    return _revision(connection) is not None


def _revision(connection: Connection) -> str | None:
    """Find the revision of the tables, which is written last."""
    if not inspect(connection).has_table(_REVISIONS.name):
        return None
    return connection.scalar(select(_REVISIONS.c.version_num))


def _create(connection: Connection) -> None:
    """Create what is missing, and write down the revision."""
    if _are_complete(connection):
        return  # another process was first
    _require_columns(connection)
    Base.metadata.create_all(connection)
    for table in Base.metadata.sorted_tables:
        for index in table.indexes:
            index.create(connection, checkfirst=True)
    if connection.scalar(select(func.count(Account.id))) == 0:
        connection.execute(insert(Account).values(name="Cash", version=1))
    _REVISIONS.create(connection, checkfirst=True)
    connection.execute(insert(_REVISIONS).values(version_num=REVISION))


def _require_usable(connection: Connection) -> None:
    """Refuse tables of another revision, or without one cash account."""
    revision = _revision(connection)
    if revision != REVISION:
        raise WrongTables(
            f"The tables are at revision {revision} and this bank needs"
            f" {REVISION}: run 'python -m bank migrate', or the version of the"
            " bank that made them."
        )
    missing = (
        Base.metadata.tables.keys() - inspect(connection).get_table_names()
    )
    if missing:
        raise WrongTables(
            f"The table '{min(missing)}' is missing: restore it from a backup,"
            " or begin with an empty database."
        )
    _require_columns(connection)
    houses = connection.scalar(
        select(func.count(Account.id)).where(Account.owner_id.is_(None))
    )
    if houses != 1:
        raise WrongTables(
            f"There are {houses} accounts without an owner in 'accounts' and"
            " there must be one, the house's cash account: restore it from a"
            " backup."
        )


def _require_columns(connection: Connection) -> None:
    """Refuse a table that lacks a column."""
    inspector = inspect(connection)
    for name in set(inspector.get_table_names()) & Base.metadata.tables.keys():
        found = {column["name"] for column in inspector.get_columns(name)}
        if missing := set(Base.metadata.tables[name].columns.keys()) - found:
            raise WrongTables(
                f"The table '{name}' has no column '{min(missing)}', so this"
                " version of the bank did not make it: begin with an empty"
                " database, or move its data to one."
            )
