"""Which error is raised, and what it says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    mapped_column,
    relationship,
    selectinload,
)

from bank.db.errors import translate
from lab.dialects import dialect
from portability.registry import Function, probe
from portability.tables import (
    counted,
    created,
    queried,
    selected,
    session_on,
    shown,
    temporary,
)


async def kind(function: Function, engine: AsyncEngine) -> str:
    """Recognize an error's kind by its code, as the bank does."""
    try:
        return await function(engine)
    except DBAPIError as error:
        return type(translate(error)).__name__


# Constraints


@probe
async def duplicate(engine: AsyncEngine) -> str:
    """Which error does a duplicate raise?"""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things).values(id=1))
        await connection.execute(insert(things).values(id=1))
        return "stored"


@duplicate.cured_by
async def duplicate_by_code(engine: AsyncEngine) -> str:
    """Recognize a duplicate by the error's code, as translate() does."""
    return await kind(duplicate.function, engine)


@probe
async def negative_number(engine: AsyncEngine) -> str:
    """Which error does a failed CHECK raise?"""
    async with temporary(
        engine, Column("number", Integer), CheckConstraint("number > 0")
    ) as (connection, things):
        await connection.execute(insert(things).values(number=-1))
        return "stored"


@negative_number.cured_by
async def negative_number_by_code(engine: AsyncEngine) -> str:
    """Recognize a failed CHECK by the error's code."""
    return await kind(negative_number.function, engine)


@probe
async def missing_value(engine: AsyncEngine) -> str:
    """Which error does a NOT NULL column that is left out raise?"""
    async with temporary(
        engine,
        Column("name", String(9), nullable=False),
        Column("number", Integer),
    ) as (connection, things):
        await connection.execute(insert(things).values(number=1))
        return "stored"


@missing_value.cured_by
async def missing_value_by_code(engine: AsyncEngine) -> str:
    """Recognize a missing value by the error's code."""
    return await kind(missing_value.function, engine)


@probe
async def null_value(engine: AsyncEngine) -> str:
    """Which error does None for a NOT NULL column raise?"""
    column = Column("name", String(9), nullable=False)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(name=None))
        return "stored"


@null_value.cured_by
async def null_value_by_code(engine: AsyncEngine) -> str:
    """Recognize None by the error's code, too."""
    return await kind(null_value.function, engine)


@asynccontextmanager
async def careful(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection that checks foreign keys, on SQLite too."""
    async with engine.connect() as connection:
        if dialect(engine) == "sqlite":
            await connection.execute(text("PRAGMA foreign_keys = ON"))
        try:
            yield connection
        finally:  # the pragma must not come back with the pool's connection
            await connection.invalidate()


METADATA = MetaData()
OWNERS = Table("owners", METADATA, Column("id", Integer, primary_key=True))
PETS = Table(
    "pets",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("owner_id", ForeignKey("owners.id")),
)


@probe
async def missing_parent(engine: AsyncEngine) -> str:
    """Which error does a missing parent raise, with foreign keys on?"""
    async with created(engine, OWNERS, PETS), careful(engine) as connection:
        await connection.execute(insert(PETS).values(owner_id=9))
        return "stored"


@missing_parent.cured_by
async def missing_parent_by_code(engine: AsyncEngine) -> str:
    """Recognize a missing parent by the error's code."""
    return await kind(missing_parent.function, engine)


@probe
async def parent_with_children(engine: AsyncEngine) -> str:
    """Which error does deleting a parent with children raise?"""
    async with created(engine, OWNERS, PETS), careful(engine) as connection:
        await connection.execute(insert(OWNERS).values(id=1))
        await connection.execute(insert(PETS).values(owner_id=1))
        await connection.execute(delete(OWNERS))
        return "deleted"


@parent_with_children.cured_by
async def parent_with_children_by_code(engine: AsyncEngine) -> str:
    """Recognize by the error's code that children refer to the row."""
    return await kind(parent_with_children.function, engine)


async def refused_names(engine: AsyncEngine) -> DBAPIError:
    """Break a unique constraint that has a name."""
    async with temporary(
        engine,
        Column("name", String(9)),
        UniqueConstraint("name", name="one_name"),
    ) as (connection, things):
        await connection.execute(insert(things).values(name="Ada"))
        try:
            await connection.execute(insert(things).values(name="Ada"))
        except IntegrityError as error:
            return error
    raise AssertionError("The duplicate is stored.")


@probe
async def constraint_in_message(engine: AsyncEngine) -> str:
    """Does a duplicate's message name the unique constraint?"""
    error = await refused_names(engine)
    return "yes" if "one_name" in str(error.orig) else "no"


@probe
async def constraint_in_attribute(engine: AsyncEngine) -> str:
    """Does a duplicate's error have the constraint's name as attribute?"""
    cause = (await refused_names(engine)).orig
    name = getattr(cause.__cause__, "constraint_name", None) if cause else None
    return shown(name)


# What is not there


@probe
async def missing_table(engine: AsyncEngine) -> str:
    """Which error does a missing table raise?"""
    return shown(await queried(engine, "SELECT * FROM nowhere"))


@probe
async def missing_column(engine: AsyncEngine) -> str:
    """Which error does a missing column raise?"""
    return shown(await queried(engine, "SELECT t.b FROM (SELECT 1 AS a) t"))


@probe
async def missing_function(engine: AsyncEngine) -> str:
    """Which error does a missing function raise?"""
    return shown(await selected(engine, func.no_such_function(1)))


@probe
async def table_twice(engine: AsyncEngine) -> str:
    """Which error does creating a table that exists raise?"""
    async with temporary(engine) as (connection, things):
        await connection.run_sync(things.create, checkfirst=False)
        return "made"


@probe
async def misspelt_keyword(engine: AsyncEngine) -> str:
    """Which error does a misspelt keyword raise?"""
    return shown(await queried(engine, "SELCT 1"))


# Values


@probe
async def sum_too_large(engine: AsyncEngine) -> str:
    """What is 2147483647 + 1?"""
    return shown(await queried(engine, "SELECT 2147483647 + 1"))


@sum_too_large.cured_by
async def sum_of_big_integer(engine: AsyncEngine) -> str:
    """Compute in Python, or cast one number to BigInteger."""
    number = await queried(engine, "SELECT 2147483647")
    return shown(number + 1)


@probe
async def root_of_a_negative(engine: AsyncEngine) -> str:
    """What is sqrt(-1)?"""
    return shown(await queried(engine, "SELECT sqrt(-1)"))


@probe
async def day_that_is_none(engine: AsyncEngine) -> str:
    """Does a Date column take the 30th of February, from raw SQL?"""
    async with temporary(engine) as (connection, things):
        name = things.name
        add = f"ALTER TABLE {name} ADD COLUMN day DATE"
        await connection.execute(text(add))
        put = f"INSERT INTO {name} (id, day) VALUES (1, '2026-02-30')"
        await connection.execute(text(put))
        return "stored"


@probe
async def day_zero(engine: AsyncEngine) -> str:
    """Does a Date column take 0000-00-00, from raw SQL?"""
    async with temporary(engine) as (connection, things):
        name = things.name
        add = f"ALTER TABLE {name} ADD COLUMN day DATE"
        await connection.execute(text(add))
        put = f"INSERT INTO {name} (id, day) VALUES (1, '0000-00-00')"
        await connection.execute(text(put))
        return "stored"


@day_that_is_none.cured_by
@day_zero.cured_by
async def day_from_python(engine: AsyncEngine) -> str:
    """Send dates as datetime.date, which refuses both days."""
    async with engine.connect():
        try:
            return shown(date(2026, 2, 30))
        except ValueError:
            return "refused"


# After an error


async def count_after_error(
    connection: AsyncConnection, things: Table, *, nested: bool
) -> str:
    """Insert twice what is unique, catch the error, and count the rows."""
    again = insert(things).values(id=1)
    await connection.execute(again)
    try:
        if nested:
            async with connection.begin_nested():
                await connection.execute(again)
        else:
            await connection.execute(again)
    except IntegrityError:
        found = await connection.scalar(select(func.count(things.c.id)))
        return counted(found, "row")
    return "stored twice"


@probe
async def select_after_error(engine: AsyncEngine) -> str:
    """Can a transaction continue after an error that was caught?"""
    async with temporary(engine) as (connection, things):
        return await count_after_error(connection, things, nested=False)


@select_after_error.cured_by
async def select_after_error_in_savepoint(engine: AsyncEngine) -> str:
    """Put begin_nested() around what may fail."""
    async with temporary(engine) as (connection, things):
        return await count_after_error(connection, things, nested=True)


class Base(DeclarativeBase):
    """The base of two tables."""


class Author(Base):
    """Somebody who wrote books."""

    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    """What an author wrote."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


@probe
async def flush_after_error(engine: AsyncEngine) -> str:
    """Can a session continue after a flush that failed?"""
    async with session_on(engine, Base.metadata) as session:
        session.add(Author(id=1))
        await session.flush()
        session.expunge_all()
        session.add(Author(id=1))
        try:
            await session.flush()
        except IntegrityError:
            found = await session.scalar(select(func.count(Author.id)))
            return counted(found, "row")
        return "stored twice"


@flush_after_error.cured_by
async def flush_after_error_in_savepoint(engine: AsyncEngine) -> str:
    """Put session.begin_nested() around the flush that may fail."""
    async with session_on(engine, Base.metadata) as session:
        session.add(Author(id=1))
        await session.flush()
        session.expunge_all()
        try:
            async with session.begin_nested():
                session.add(Author(id=1))
        except IntegrityError:
            found = await session.scalar(select(func.count(Author.id)))
            return counted(found, "row")
        return "stored twice"


@probe
async def lazy_load(engine: AsyncEngine) -> str:
    """Which error does a lazily loaded relationship raise?"""
    async with session_on(engine, Base.metadata) as session:
        session.add(Author(id=1))
        await session.flush()
        session.expunge_all()
        author = await session.get_one(Author, 1)
        return counted(len(author.books), "book")


@lazy_load.cured_by
async def load_with_the_query(engine: AsyncEngine) -> str:
    """Load it with the query: options=[selectinload(Author.books)]."""
    async with session_on(engine, Base.metadata) as session:
        session.add(Author(id=1))
        await session.flush()
        session.expunge_all()
        books = selectinload(Author.books)
        author = await session.get_one(Author, 1, options=[books])
        return counted(len(author.books), "book")
