"""INSERT, UPDATE and DELETE: what they report, and the ids they give."""

from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    String,
    Table,
    delete,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bank.db.errors import UniqueViolated
from lab.dialects import dialect
from portability.registry import probe
from portability.tables import (
    bank_engine,
    session_on,
    shown,
    temporary,
)

NAME = ("name", String(9))
NUMBER = ("number", Integer)


async def ids(connection: AsyncConnection, things: Table) -> str:
    """Tell the ids in a table, in order."""
    found = await connection.scalars(select(things.c.id).order_by(things.c.id))
    return ", ".join(map(str, found))


# RETURNING


@probe
async def insert_returning(engine: AsyncEngine) -> str:
    """Is there INSERT ... RETURNING?"""
    async with temporary(engine, Column(*NAME)) as (connection, things):
        added = insert(things).values(name="Ada").returning(things.c.id)
        return shown(await connection.scalar(added))


@insert_returning.cured_by
async def inserted_primary_key(engine: AsyncEngine) -> str:
    """Read inserted_primary_key; a session's flush fills the id in."""
    async with temporary(engine, Column(*NAME)) as (connection, things):
        added = await connection.execute(insert(things).values(name="Ada"))
        key = added.inserted_primary_key
        return shown(key and key[0])


@probe
async def update_returning(engine: AsyncEngine) -> str:
    """Is there UPDATE ... RETURNING?"""
    async with temporary(engine, Column(*NUMBER)) as (connection, things):
        await connection.execute(insert(things).values(number=1))
        raised = update(things).values(number=things.c.number + 1)
        found = await connection.scalar(raised.returning(things.c.number))
        return shown(found)


@update_returning.cured_by
async def update_then_select(engine: AsyncEngine) -> str:
    """Update, and select in the same transaction."""
    async with temporary(engine, Column(*NUMBER)) as (connection, things):
        await connection.execute(insert(things).values(number=1))
        raised = update(things).values(number=things.c.number + 1)
        await connection.execute(raised)
        return shown(await connection.scalar(select(things.c.number)))


@probe
async def delete_returning(engine: AsyncEngine) -> str:
    """Is there DELETE ... RETURNING?"""
    async with temporary(engine, Column(*NUMBER)) as (connection, things):
        await connection.execute(insert(things).values(number=7))
        gone = delete(things).returning(things.c.number)
        return shown(await connection.scalar(gone))


# Upserts


async def upserted(engine: AsyncEngine, statement: Any) -> str:
    """Insert id 1 twice, with numbers 1 and 2, by an upsert."""
    async with temporary(engine, Column(*NUMBER)) as (connection, things):
        await connection.execute(insert(things).values(id=1, number=1))
        await connection.execute(statement(things))
        return shown(await connection.scalar(select(things.c.number)))


def on_conflict(module: Any, things: Table) -> Any:
    """Write INSERT ... ON CONFLICT with one dialect's insert()."""
    added = module.insert(things).values(id=1, number=2)
    new = {"number": added.excluded.number}
    return added.on_conflict_do_update(index_elements=["id"], set_=new)


def on_duplicate_key(things: Table) -> Any:
    """Write INSERT ... ON DUPLICATE KEY UPDATE."""
    added = mysql.insert(things).values(id=1, number=2)
    return added.on_duplicate_key_update(number=added.inserted.number)


@probe
async def upsert_of_postgresql(engine: AsyncEngine) -> str:
    """Does postgresql.insert() with ON CONFLICT work?"""
    return await upserted(engine, lambda t: on_conflict(postgresql, t))


@probe
async def upsert_of_sqlite(engine: AsyncEngine) -> str:
    """Does sqlite.insert() with ON CONFLICT work?"""
    try:
        return await upserted(engine, lambda t: on_conflict(sqlite, t))
    except AttributeError:  # PostgreSQL's compiler wants its own insert()
        return "raises AttributeError"


@probe
async def upsert_of_mysql(engine: AsyncEngine) -> str:
    """Does mysql.insert() with ON DUPLICATE KEY UPDATE work?"""
    return await upserted(engine, on_duplicate_key)


@upsert_of_postgresql.cured_by
@upsert_of_sqlite.cured_by
@upsert_of_mysql.cured_by
async def upsert_by_dialect(engine: AsyncEngine) -> str:
    """Choose the insert() by the dialect, in one helper."""
    statements = {
        "sqlite": lambda things: on_conflict(sqlite, things),
        "postgresql": lambda things: on_conflict(postgresql, things),
        "mysql": on_duplicate_key,
    }
    return await upserted(engine, statements[dialect(engine)])


@probe
async def replace_into(engine: AsyncEngine) -> str:
    """Is there REPLACE INTO?"""
    async with temporary(engine, Column(*NUMBER)) as (connection, things):
        await connection.execute(insert(things).values(id=1, number=1))
        sql = f"REPLACE INTO {things.name} (id, number) VALUES (1, 2)"
        await connection.execute(text(sql))
        return shown(await connection.scalar(select(things.c.number)))


@probe
async def insert_or_ignore(engine: AsyncEngine) -> str:
    """Is there INSERT OR IGNORE?"""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things).values(id=1))
        again = insert(things).values(id=1).prefix_with("OR IGNORE")
        await connection.execute(again)
        return await ids(connection, things)


@insert_or_ignore.cured_by
async def insert_in_savepoint(engine: AsyncEngine) -> str:
    """Insert in a savepoint, and catch the duplicate's IntegrityError."""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things).values(id=1))
        try:
            async with connection.begin_nested():
                await connection.execute(insert(things).values(id=1))
        except IntegrityError:
            return await ids(connection, things)
    return "the duplicate is stored"


# Ids


@probe
async def id_after_rollback(engine: AsyncEngine) -> str:
    """Which id comes after 1, when a second row was rolled back?"""
    async with temporary(engine, Column(*NAME)) as (connection, things):
        await connection.execute(insert(things).values(name="Ada"))
        savepoint = await connection.begin_nested()
        await connection.execute(insert(things).values(name="Bob"))
        await savepoint.rollback()
        await connection.execute(insert(things).values(name="Cem"))
        return await ids(connection, things)


@id_after_rollback.cured_by
async def number_of_ones_own(engine: AsyncEngine) -> str:
    """Where gaps matter, count in your own column; ids may have gaps."""
    async with temporary(engine, Column(*NUMBER)) as (connection, things):
        following = select(func.count(things.c.id) + 1).scalar_subquery()
        one = select(following)
        first = await connection.scalar(one)
        await connection.execute(insert(things).values(number=first))
        savepoint = await connection.begin_nested()
        await connection.execute(insert(things).values(number=9))
        await savepoint.rollback()
        second = await connection.scalar(one)
        await connection.execute(insert(things).values(number=second))
        found = await connection.scalars(
            select(things.c.number).order_by(things.c.number)
        )
        return ", ".join(map(str, found))


@probe
async def id_after_delete(engine: AsyncEngine) -> str:
    """Is the id of the last row used again after it is deleted?"""
    async with temporary(engine, Column(*NAME)) as (connection, things):
        await connection.execute(insert(things).values(name="Ada"))
        await connection.execute(delete(things))
        await connection.execute(insert(things).values(name="Bob"))
        return await ids(connection, things)


@id_after_delete.cured_by
async def id_after_delete_with_autoincrement(engine: AsyncEngine) -> str:
    """Ask SQLite to remember, with sqlite_autoincrement=True on the table."""
    async with temporary(engine, Column(*NAME), sqlite_autoincrement=True) as (
        connection,
        things,
    ):
        await connection.execute(insert(things).values(name="Ada"))
        await connection.execute(delete(things))
        await connection.execute(insert(things).values(name="Bob"))
        return await ids(connection, things)


@probe
async def id_after_explicit_id(engine: AsyncEngine) -> str:
    """Which id comes after a row whose id=1 you set yourself?"""
    async with temporary(engine, Column(*NAME)) as (connection, things):
        await connection.execute(insert(things).values(id=1, name="Ada"))
        await connection.execute(insert(things).values(name="Bob"))
        return await ids(connection, things)


@id_after_explicit_id.cured_by
async def ids_left_to_the_database(engine: AsyncEngine) -> str:
    """Leave ids to the database; after a copy, call PostgreSQL's setval()."""
    async with temporary(engine, Column(*NAME)) as (connection, things):
        await connection.execute(insert(things).values(name="Ada"))
        await connection.execute(insert(things).values(name="Bob"))
        return await ids(connection, things)


@probe
async def id_zero(engine: AsyncEngine) -> str:
    """What happens to a row with id=0?"""
    async with temporary(engine, Column(*NAME)) as (connection, things):
        await connection.execute(insert(things).values(id=0, name="Ada"))
        return await ids(connection, things)


@id_zero.cured_by
async def id_one(engine: AsyncEngine) -> str:
    """Start ids at 1."""
    async with temporary(engine, Column(*NAME)) as (connection, things):
        await connection.execute(insert(things).values(id=1, name="Ada"))
        return await ids(connection, things)


@probe
async def lastrowid(engine: AsyncEngine) -> str:
    """Does the cursor's lastrowid give the new id?"""
    async with temporary(engine, Column(*NAME)) as (connection, things):
        sql = text(f"INSERT INTO {things.name} (name) VALUES ('Ada')")
        try:
            return shown((await connection.execute(sql)).lastrowid)
        except AttributeError:  # asyncpg's cursor has none
            return "raises AttributeError"


# Counts


@probe
async def rowcount_of_update(engine: AsyncEngine) -> str:
    """Is rowcount 1 for an UPDATE that changes nothing?"""
    async with temporary(engine, Column(*NUMBER)) as (connection, things):
        await connection.execute(insert(things).values(number=1))
        same = await connection.execute(update(things).values(number=1))
        return shown(same.rowcount)


@probe
async def rowcount_of_many(engine: AsyncEngine) -> str:
    """What is rowcount for an INSERT of a list of two?"""
    async with temporary(engine, Column(*NUMBER)) as (connection, things):
        two = [{"number": 1}, {"number": 2}]
        return shown((await connection.execute(insert(things), two)).rowcount)


@rowcount_of_many.cured_by
async def count_what_is_sent(engine: AsyncEngine) -> str:
    """Take the list's length: an INSERT stores all of it, or raises."""
    async with temporary(engine, Column(*NUMBER)) as (connection, things):
        two = [{"number": 1}, {"number": 2}]
        await connection.execute(insert(things), two)
        return shown(len(two))


class Base(DeclarativeBase):
    """The base of one table."""


class Thing(Base):
    """A thing with a number."""

    __tablename__ = "numbered"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


async def statements_for(engine: AsyncEngine, *, by_core: bool) -> str:
    """Store 100 things in a session, and count the statements."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.startswith("INSERT"):
            sent.append(sql)

    async with session_on(engine, Base.metadata) as session:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
        try:
            if by_core:
                rows = [{"number": n} for n in range(100)]
                await session.execute(insert(Thing), rows)
            else:
                session.add_all(Thing(number=n) for n in range(100))
                await session.flush()
        finally:
            event.remove(engine.sync_engine, "before_cursor_execute", note)
    return f"{len(sent)} sent"


@probe
async def statements_of_add_all(engine: AsyncEngine) -> str:
    """How many INSERTs does add_all() send for 100 objects?"""
    return await statements_for(engine, by_core=False)


@statements_of_add_all.cured_by
async def statements_of_bulk_insert(engine: AsyncEngine) -> str:
    """Execute insert(Thing) with a list of dictionaries."""
    return await statements_for(engine, by_core=True)


# UPDATE and DELETE


@probe
async def swap_columns(engine: AsyncEngine) -> str:
    """What does UPDATE ... SET a = b, b = a do to a=1, b=2?"""
    async with temporary(
        engine, Column("a", Integer), Column("b", Integer)
    ) as (connection, things):
        await connection.execute(insert(things).values(a=1, b=2))
        swap = update(things).values(a=things.c.b, b=things.c.a)
        await connection.execute(swap)
        found = await connection.execute(select(things.c.a, things.c.b))
        return shown(tuple(found.one()))


@swap_columns.cured_by
async def swap_in_python(engine: AsyncEngine) -> str:
    """Read the row FOR UPDATE, and send the values."""
    async with temporary(
        engine, Column("a", Integer), Column("b", Integer)
    ) as (connection, things):
        await connection.execute(insert(things).values(a=1, b=2))
        query = select(things.c.a, things.c.b).with_for_update()
        a, b = (await connection.execute(query)).one()
        await connection.execute(update(things).values(a=b, b=a))
        found = await connection.execute(select(things.c.a, things.c.b))
        return shown(tuple(found.one()))


@probe
async def shift_unique_numbers(engine: AsyncEngine) -> str:
    """Can UPDATE add 1 to each number of a unique column?"""
    column = Column(*NUMBER, unique=True)
    async with temporary(engine, column) as (connection, things):
        rows = [{"number": 1}, {"number": 2}]
        await connection.execute(insert(things), rows)
        raised = update(things).values(number=things.c.number + 1)
        await connection.execute(raised)
        return "yes"


@shift_unique_numbers.cured_by
async def shift_in_two_steps(engine: AsyncEngine) -> str:
    """Update twice: make the numbers negative, then positive again."""
    column = Column(*NUMBER, unique=True)
    async with temporary(engine, column) as (connection, things):
        rows = [{"number": 1}, {"number": 2}]
        await connection.execute(insert(things), rows)
        number = things.c.number
        await connection.execute(update(things).values(number=-number - 1))
        await connection.execute(update(things).values(number=-number))
        return "yes"


@probe
async def claim_by_subquery(engine: AsyncEngine) -> str:
    """Can UPDATE ... WHERE id IN (SELECT ... LIMIT 1) claim a job?"""
    async with temporary(engine, Column(*NUMBER)) as (connection, jobs):
        await connection.execute(insert(jobs).values(number=0))
        free = select(jobs.c.id).where(jobs.c.number == 0).limit(1)
        claim = update(jobs).where(jobs.c.id.in_(free)).values(number=1)
        return f"{(await connection.execute(claim)).rowcount} claimed"


@claim_by_subquery.cured_by
async def claim_by_id(engine: AsyncEngine) -> str:
    """Select the job FOR UPDATE SKIP LOCKED, and update it by its id."""
    async with temporary(engine, Column(*NUMBER)) as (connection, jobs):
        await connection.execute(insert(jobs).values(number=0))
        free = select(jobs.c.id).where(jobs.c.number == 0).limit(1)
        job = await connection.scalar(free.with_for_update(skip_locked=True))
        claim = update(jobs).where(jobs.c.id == job).values(number=1)
        return f"{(await connection.execute(claim)).rowcount} claimed"


@probe
async def delete_with_limit(engine: AsyncEngine) -> str:
    """Is there DELETE ... LIMIT 1?"""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things), [{"id": 1}, {"id": 2}])
        await connection.execute(text(f"DELETE FROM {things.name} LIMIT 1"))
        return await ids(connection, things)


@probe
async def truncate(engine: AsyncEngine) -> str:
    """Is there TRUNCATE TABLE?"""
    async with temporary(engine) as (connection, things):
        await connection.execute(text(f"TRUNCATE TABLE {things.name}"))
        return "yes"


@truncate.cured_by
async def delete_all(engine: AsyncEngine) -> str:
    """Write delete(table) without a condition."""
    async with temporary(engine) as (connection, things):
        await connection.execute(delete(things))
        return "yes"


@probe
async def insert_nothing(engine: AsyncEngine) -> str:
    """Can an INSERT name no column?"""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things).values())
        return await ids(connection, things)


async def after_a_duplicate(engine: AsyncEngine, *, nested: bool) -> str:
    """Send a list with a duplicate, catch the error, and continue."""
    rows = [{"id": 1}, {"id": 2}, {"id": 2}]
    async with temporary(engine) as (connection, things):
        try:
            if nested:
                async with connection.begin_nested():
                    await connection.execute(insert(things), rows)
            else:
                await connection.execute(insert(things), rows)
        except (IntegrityError, UniqueViolated):
            return await ids(connection, things) or "none"
    return "the duplicate is stored"


@probe
async def rows_before_a_duplicate(engine: AsyncEngine) -> str:
    """Which rows of a list are stored when one is a duplicate?"""
    return await after_a_duplicate(engine, nested=False)


@rows_before_a_duplicate.cured_by
async def rows_in_a_savepoint(engine: AsyncEngine) -> str:
    """Send the list in a savepoint: all of it, or nothing."""
    async with bank_engine(engine) as careful:
        return await after_a_duplicate(careful, nested=True)
