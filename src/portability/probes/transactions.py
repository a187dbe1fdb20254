"""Two transactions at a time: locks, isolation, and what COMMIT stores."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bank.db.errors import UniqueViolated
from bank.db.sqlite import BEGIN_IMMEDIATE
from lab.dialects import dialect
from portability.registry import probe
from portability.tables import bank_engine, shown

WAIT = 0.2
"""How long (s) a statement may take before it counts as waiting."""

COUNTERS = Table(
    "counters",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer),
)
ROWS = COUNTERS.c


@asynccontextmanager
async def counters(engine: AsyncEngine) -> AsyncIterator[None]:
    """Have a table of two rows: numbers 1 and 2 are both 0.

    The table stays for the next probe, since MySQL takes long to make one.
    """
    async with engine.begin() as connection:
        await connection.run_sync(COUNTERS.create, checkfirst=True)
        await connection.execute(delete(COUNTERS))
        rows = [{"id": 1, "number": 0}, {"id": 2, "number": 0}]
        await connection.execute(insert(COUNTERS), rows)
    yield


@asynccontextmanager
async def impatient(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection that hardly waits for a lock.

    The limit is no part of any question: it is shorter than the default, so
    that a probe comes to an end.
    """
    async with engine.connect() as connection:
        is_mariadb = getattr(engine.dialect, "is_mariadb", False)
        seconds = 0 if is_mariadb else 1  # MySQL knows no less
        limit = {
            "sqlite": "PRAGMA busy_timeout = 50",
            "postgresql": "SET lock_timeout = '50ms'",
            "mysql": f"SET innodb_lock_wait_timeout = {seconds}",
        }[dialect(engine)]
        await connection.execute(text(limit))
        await connection.commit()
        try:
            yield connection
        finally:  # the limit must not come back with the pool's connection
            await connection.invalidate()


async def numbers(engine: AsyncEngine) -> str:
    """Read both numbers."""
    async with engine.connect() as connection:
        found = await connection.scalars(select(ROWS.number).order_by(ROWS.id))
        return ", ".join(map(str, found))


def number_of(row: int) -> Any:
    """Write the query for a row's number."""
    return select(ROWS.number).where(ROWS.id == row)


def set_number(row: int, number: Any) -> Any:
    """Write the update of a row's number."""
    return update(COUNTERS).where(ROWS.id == row).values(number=number)


# What a transaction sees


@probe
async def default_isolation(engine: AsyncEngine) -> str:
    """Which isolation level is the default?"""
    async with engine.connect() as connection:
        return str(await connection.get_isolation_level())


@probe
async def repeatable_read(engine: AsyncEngine) -> str:
    """Is there the isolation level REPEATABLE READ?"""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        return "yes"


@repeatable_read.cured_by
async def serializable(engine: AsyncEngine) -> str:
    """Use SERIALIZABLE, which all three have, and be ready to retry."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="SERIALIZABLE")
        return "yes"


async def second_read(engine: AsyncEngine, *, committed: bool) -> str:
    """Read, have another transaction change the row, and read again."""
    async with counters(engine), engine.connect() as reader:
        await reader.scalar(number_of(1))
        async with engine.begin() as writer:
            await writer.execute(set_number(1, 5))
        if committed:
            await reader.commit()
        return shown(await reader.scalar(number_of(1)))


@probe
async def second_read_in_transaction(engine: AsyncEngine) -> str:
    """What does a second read find after another changed 0 to 5?"""
    return await second_read(engine, committed=False)


@second_read_in_transaction.cured_by
async def second_read_after_commit(engine: AsyncEngine) -> str:
    """End the transaction before a read that must be fresh."""
    return await second_read(engine, committed=True)


@probe
async def uncommitted_read(engine: AsyncEngine) -> str:
    """Does READ UNCOMMITTED read another's uncommitted 5?"""
    async with counters(engine), engine.connect() as writer:
        await writer.execute(set_number(1, 5))
        async with engine.connect() as reader:
            level = "READ UNCOMMITTED"
            await reader.execution_options(isolation_level=level)
            return shown(await reader.scalar(number_of(1)))


@uncommitted_read.cured_by
async def committed_read(engine: AsyncEngine) -> str:
    """Stay with the default level."""
    async with counters(engine), engine.connect() as writer:
        await writer.execute(set_number(1, 5))
        async with engine.connect() as reader:
            return shown(await reader.scalar(number_of(1)))


@probe
async def read_beside_a_writer(engine: AsyncEngine) -> str:
    """What does a read find while another's write is uncommitted?"""
    async with counters(engine), engine.connect() as writer:
        await writer.execute(set_number(1, 5))
        async with impatient(engine) as reader:
            return shown(await reader.scalar(number_of(1)))


@probe
async def commit_beside_a_reader(engine: AsyncEngine) -> str:
    """Can a writer commit while another transaction has read?"""
    async with counters(engine), engine.connect() as reader:
        await reader.scalar(number_of(1))
        async with impatient(engine) as writer:
            await writer.execute(set_number(1, 5))
            await writer.commit()
            return "yes"


@probe
async def read_only_transaction(engine: AsyncEngine) -> str:
    """Does SET TRANSACTION READ ONLY refuse a write?"""
    async with counters(engine), engine.connect() as connection:
        await connection.execute(text("SET TRANSACTION READ ONLY"))
        await connection.execute(set_number(1, 5))
        return "no"


# Lost updates


async def two_increments(
    engine: AsyncEngine, *, query: Any = None, level: str | None = None
) -> str:
    """Have two transactions read a number, and write one more."""
    options = {"isolation_level": level} if level else {}
    query = number_of(1) if query is None else query
    async with (
        counters(engine),
        engine.connect() as one,
        engine.connect() as two,
    ):
        for connection in (one, two):
            await connection.execution_options(**options)

        async def write(connection: AsyncConnection, number: Any) -> None:
            await connection.execute(set_number(1, number + 1))
            await connection.commit()

        first = await one.scalar(query)
        reading = asyncio.create_task(two.scalar(query))
        await asyncio.wait([reading], timeout=WAIT)

        async def write_second() -> None:
            await write(two, await reading)

        ended = await asyncio.gather(
            write(one, first), write_second(), return_exceptions=True
        )
        for error in filter(None, ended):
            raise error
        await one.rollback()
        return shown(await one.scalar(number_of(1)))


@probe
async def lost_update(engine: AsyncEngine) -> str:
    """Two transactions read 0 and add 1: what is stored?"""
    return await two_increments(engine)


@lost_update.cured_by
async def update_by_expression(engine: AsyncEngine) -> str:
    """Let the database compute: SET number = number + 1."""
    async with counters(engine):
        for _ in range(2):
            async with engine.begin() as connection:
                await connection.execute(set_number(1, ROWS.number + 1))
        return (await numbers(engine)).partition(",")[0]


@probe
async def lost_update_serializable(engine: AsyncEngine) -> str:
    """Both read 0 and add 1 at SERIALIZABLE: what is stored?"""
    return await two_increments(engine, level="SERIALIZABLE")


@probe
async def lost_update_for_update(engine: AsyncEngine) -> str:
    """Both read 0 with FOR UPDATE and add 1: what is stored?"""
    return await two_increments(engine, query=number_of(1).with_for_update())


@lost_update_serializable.cured_by
@lost_update_for_update.cured_by
async def increments_in_turn(engine: AsyncEngine) -> str:
    """On SQLite, also begin with BEGIN IMMEDIATE, as the bank does."""

    async def increment(writers: AsyncEngine) -> None:
        async with writers.begin() as connection:
            query = number_of(1).with_for_update()
            number = await connection.scalar(query)
            await connection.execute(set_number(1, number + 1))

    async with counters(engine), bank_engine(engine) as careful:
        writers = careful.execution_options(**BEGIN_IMMEDIATE)
        await asyncio.gather(increment(writers), increment(writers))
        return (await numbers(engine)).partition(",")[0]


# Locks


@probe
async def skip_locked(engine: AsyncEngine) -> str:
    """Which jobs do two workers get with FOR UPDATE SKIP LOCKED?"""
    job = (
        select(ROWS.id)
        .order_by(ROWS.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    async with (
        counters(engine),
        engine.connect() as one,
        engine.connect() as two,
    ):
        return f"{await one.scalar(job)}, {await two.scalar(job)}"


@skip_locked.cured_by
async def claim_in_turn(engine: AsyncEngine) -> str:
    """Mark the job as taken, in a transaction that is IMMEDIATE on SQLite."""
    free = select(ROWS.id).where(ROWS.number == 0).order_by(ROWS.id).limit(1)

    async def claim(writers: AsyncEngine) -> int:
        async with writers.begin() as connection:
            query = free.with_for_update(skip_locked=True)
            job = await connection.scalar(query)
            await connection.execute(set_number(job or 0, 1))
            return job or 0

    async with counters(engine), bank_engine(engine) as careful:
        writers = careful.execution_options(**BEGIN_IMMEDIATE)
        jobs = await asyncio.gather(claim(writers), claim(writers))
        return ", ".join(map(str, sorted(jobs)))


@probe
async def locked_nowait(engine: AsyncEngine) -> str:
    """What does FOR UPDATE NOWAIT raise on a locked row?"""
    query = number_of(1)
    async with (
        counters(engine),
        engine.connect() as one,
        engine.connect() as two,
    ):
        await one.scalar(query.with_for_update())
        return shown(await two.scalar(query.with_for_update(nowait=True)))


async def second_update(engine: AsyncEngine, first: Any, second: Any) -> str:
    """Update in one transaction, and then in another."""
    async with (
        counters(engine),
        engine.connect() as one,
        impatient(engine) as two,
    ):
        await one.execute(first)
        await two.execute(second)
        return "goes on"


@probe
async def write_the_same_row(engine: AsyncEngine) -> str:
    """Does a writer wait for another that wrote the same row?"""
    return await second_update(engine, set_number(1, 1), set_number(1, 2))


@probe
async def write_another_row(engine: AsyncEngine) -> str:
    """Does a writer wait for another that wrote another row?"""
    return await second_update(engine, set_number(1, 1), set_number(2, 2))


@probe
async def write_another_row_unindexed(engine: AsyncEngine) -> str:
    """Does a writer wait if both search by an unindexed column?"""
    return await second_update(
        engine,
        set_number(1, 1),
        update(COUNTERS).where(ROWS.number == 7).values(number=8),
    )


@write_another_row.cured_by
@write_another_row_unindexed.cured_by
async def write_after_commit(engine: AsyncEngine) -> str:
    """Keep writing transactions short; index what they search by."""
    async with counters(engine), impatient(engine) as two:
        async with engine.begin() as one:
            await one.execute(set_number(1, 1))
        await two.execute(set_number(2, 2))
        return "goes on"


@probe
async def deadlock(engine: AsyncEngine) -> str:
    """What does a deadlock of two writers raise?"""
    is_sqlite = dialect(engine) == "sqlite"  # where a wait is no deadlock
    second = impatient if is_sqlite else AsyncEngine.connect
    async with counters(engine):
        async with engine.connect() as one, second(engine) as two:
            await one.execute(set_number(1, 1))
            await two.execute(set_number(2, 2))
            ended = await asyncio.gather(
                one.execute(set_number(2, 1)),
                two.execute(set_number(1, 2)),
                return_exceptions=True,
            )
            for error in ended:
                if isinstance(error, BaseException):
                    raise error
        return "none"


@deadlock.cured_by
async def locks_in_order(engine: AsyncEngine) -> str:
    """Write rows in the order of their ids, in each transaction."""

    async def write(writers: AsyncEngine, number: int) -> None:
        async with writers.begin() as connection:
            for row in (1, 2):
                await connection.execute(set_number(row, number))

    async with counters(engine), bank_engine(engine) as careful:
        writers = careful.execution_options(**BEGIN_IMMEDIATE)
        await asyncio.gather(write(writers, 1), write(writers, 2))
        return "none"


# What COMMIT stores


async def commit_after_error(engine: AsyncEngine, *, nested: bool) -> str:
    """Write, swallow another statement's error, and commit."""
    async with counters(engine):
        async with engine.connect() as connection:
            await connection.execute(set_number(1, 5))
            duplicate = insert(COUNTERS).values(id=2)
            with suppress(IntegrityError, UniqueViolated):
                if nested:
                    async with connection.begin_nested():
                        await connection.execute(duplicate)
                else:
                    await connection.execute(duplicate)
            await connection.commit()
        return await numbers(engine)


@probe
async def commit_after_swallowed_error(engine: AsyncEngine) -> str:
    """What does COMMIT store after a 5 and a swallowed error?"""
    return await commit_after_error(engine, nested=False)


@commit_after_swallowed_error.cured_by
async def commit_after_savepoint(engine: AsyncEngine) -> str:
    """Put begin_nested() around the statement that may fail."""
    async with bank_engine(engine) as careful:
        return await commit_after_error(careful, nested=True)


async def commit_after_wait(engine: AsyncEngine, *, swallow: bool) -> str:
    """Write one row, wait too long for another, and commit."""
    async with counters(engine):
        async with engine.connect() as other, impatient(engine) as connection:
            await other.execute(set_number(2, 1))
            with suppress(DBAPIError):
                async with connection.begin():
                    for row in (1, 2):
                        try:
                            await connection.execute(set_number(row, 9))
                        except DBAPIError:
                            if not swallow:
                                raise
        return await numbers(engine)


@probe
async def commit_after_swallowed_wait(engine: AsyncEngine) -> str:
    """What does COMMIT store after a 9 and a lock wait that timed out?"""
    return await commit_after_wait(engine, swallow=True)


@commit_after_swallowed_wait.cured_by
async def roll_back_after_wait(engine: AsyncEngine) -> str:
    """Let the error leave the transaction, which rolls back."""
    return await commit_after_wait(engine, swallow=False)


async def numbers_after_savepoint(engine: AsyncEngine) -> str:
    """Write 5 in a savepoint alone, and roll the transaction back."""
    async with counters(engine), engine.connect() as connection:
        async with connection.begin_nested():
            await connection.execute(set_number(1, 5))
        await connection.rollback()
        return await numbers(engine)


@probe
async def savepoint_rolled_back(engine: AsyncEngine) -> str:
    """Does ROLLBACK undo the 5 of a savepoint that came first?"""
    return await numbers_after_savepoint(engine)


@savepoint_rolled_back.cured_by
async def savepoint_rolled_back_with_begin(engine: AsyncEngine) -> str:
    """Send BEGIN first on SQLite, as make_engine does."""
    async with bank_engine(engine) as careful:
        return await numbers_after_savepoint(careful)


@probe
async def autocommit(engine: AsyncEngine) -> str:
    """Does AUTOCOMMIT store a write without a COMMIT?"""
    async with counters(engine):
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(set_number(1, 5))
        return await numbers(engine)
