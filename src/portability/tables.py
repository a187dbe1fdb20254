"""What probes share: tables that go again, and values that pass through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Table,
    insert,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.schema import DropTable, SchemaItem
from sqlalchemy.types import TypeEngine

from bank.db.engine import make_engine

_numbers = count(1)


@asynccontextmanager
async def temporary(
    engine: AsyncEngine, *parts: SchemaItem, **options: Any
) -> AsyncIterator[tuple[AsyncConnection, Table]]:
    """Make a temporary table, which costs a server no write to its disk.

    It has a new name each time: asyncpg remembers how it prepared a
    statement, and stumbles over a table that was made anew.

    Args:
        engine: The database.
        *parts: Columns and constraints. An integer primary key ``id`` comes
            before them, unless they have a primary key.
        **options: More arguments of ``Table``.

    Yields:
        The connection that alone sees the table, in a transaction that is
        rolled back at the end; and the table.
    """
    table = Table(
        f"things_{next(_numbers)}",
        MetaData(),
        *(
            ()
            if _has_key(parts)
            else (Column("id", Integer, primary_key=True),)
        ),
        *parts,
        prefixes=["TEMPORARY"],
        **options,
    )
    async with engine.connect() as connection:
        try:
            await connection.run_sync(table.create, checkfirst=False)
            yield connection, table
        finally:
            # MySQL keeps the table, whatever becomes of the transaction.
            await connection.rollback()
            await connection.execute(DropTable(table, if_exists=True))


@asynccontextmanager
async def created(engine: AsyncEngine, *tables: Table) -> AsyncIterator[None]:
    """Make tables that every connection sees, and drop them at the end.

    Args:
        engine: The database.
        *tables: All tables of one ``MetaData``.

    Yields:
        Nothing.
    """
    in_order = tables[0].metadata.sorted_tables
    try:
        async with engine.begin() as connection:
            for table in in_order:
                await connection.run_sync(table.create, checkfirst=False)
        yield
    finally:
        async with engine.begin() as connection:
            for table in reversed(in_order):
                await connection.execute(DropTable(table, if_exists=True))


@asynccontextmanager
async def bank_engine(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """Make an engine as the bank does, for the same database.

    Args:
        engine: The database.

    Yields:
        What :func:`bank.db.engine.make_engine` makes.
    """
    careful = make_engine(engine.url)
    try:
        yield careful
    finally:
        await careful.dispose()


@asynccontextmanager
async def session_on(
    engine: AsyncEngine, metadata: MetaData
) -> AsyncIterator[AsyncSession]:
    """Open a session on tables that go again.

    Args:
        engine: The database.
        metadata: The tables.

    Yields:
        A session; what it has not committed is rolled back.
    """
    async with (
        created(engine, *metadata.tables.values()),
        AsyncSession(engine) as session,
    ):
        yield session


async def stored(
    engine: AsyncEngine, type_: TypeEngine[Any], value: object
) -> Any:
    """Put a value into a column, and read it back.

    Args:
        engine: The database.
        type_: The column's type.
        value: What to store.

    Returns:
        What comes back.
    """
    column = Column("value", type_)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(value=value))
        return await connection.scalar(select(things.c.value))


async def selected(engine: AsyncEngine, expression: ColumnElement[Any]) -> Any:
    """Have the database compute an expression.

    Args:
        engine: The database.
        expression: What to compute.

    Returns:
        The value.
    """
    async with engine.connect() as connection:
        return await connection.scalar(select(expression))


async def queried(engine: AsyncEngine, sql: str, **values: object) -> Any:
    """Send SQL as it stands.

    Args:
        engine: The database.
        sql: The statement.
        **values: Its parameters.

    Returns:
        The first row's first value.
    """
    async with engine.connect() as connection:
        return await connection.scalar(text(sql), values)


def shown(value: object) -> str:
    """Write a value so that its type can be told.

    Args:
        value: Any value that a driver gives.

    Returns:
        A few words.
    """
    match value:
        case Decimal():
            return f"Decimal {value}"
        case date() | time() | timedelta() | UUID():
            return str(value)
        case _:
            return repr(value)


def counted(number: int | None, noun: str) -> str:
    """Write how many there are.

    Args:
        number: How many; None, which count() never gives, is none.
        noun: Of what, for one.

    Returns:
        As in ``1 row`` or ``2 rows``.
    """
    return f"{number or 0} {noun}{'' if number == 1 else 's'}"


def _has_key(parts: tuple[SchemaItem, ...]) -> bool:
    """Tell whether a column among the parts is a primary key."""
    return any(isinstance(p, Column) and p.primary_key for p in parts)
