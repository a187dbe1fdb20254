"""Column types that mean the same on each database."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import (
    DateTime,
    Interval,
    cast,
    func,
    insert,
    literal,
    make_url,
    select,
    type_coerce,
)
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateTable

from bank.db.engine import make_engine
from bank.db.errors import CheckViolated
from bank.db.types import ExactText, UTCDateTime
from bank.models import Base, Transfer, User

MOMENT = datetime(2026, 6, 1, 12, 0, 0, 123457, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def far_away(monkeypatch):
    """Let the program run where the clocks show another time."""
    monkeypatch.setenv("TZ", "FAR-03:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_away")
async def test_time_comes_back_aware(session):
    """A time comes back aware, in UTC, with its microseconds."""
    session.add(User(email="a@example.org", name="A", created_at=MOMENT))
    await session.flush()
    stored = await session.scalar(select(User.created_at))
    assert stored == MOMENT
    assert stored.tzinfo is UTC


async def test_time_of_another_zone(session):
    """A time of another zone is stored, and asked for, as its moment."""
    tehran = timezone(timedelta(hours=3, minutes=30))
    local = MOMENT.astimezone(tehran)
    session.add(User(email="a@example.org", name="A", created_at=local))
    await session.flush()
    for asked in (MOMENT, local):
        same = select(User).where(User.created_at == asked)
        found = await session.scalar(same)
        assert found is not None
    await session.refresh(found)
    assert found.created_at == MOMENT
    assert found.created_at.utcoffset() == timedelta(0)


def test_time_that_a_driver_gives_in_its_own_zone():
    """A time comes back in UTC from psycopg as well, whatever the session's.

    psycopg reads times in the time zone of the session.
    """
    tehran = timezone(timedelta(hours=3, minutes=30))
    dialect = make_url("postgresql://h/d").get_dialect()()
    read = UTCDateTime().process_result_value(
        MOMENT.astimezone(tehran), dialect
    )
    assert read == MOMENT
    assert read.tzinfo is UTC


def test_moment_that_is_sent_to_postgresql():
    """PostgreSQL gets the moment, and not a time of the session's zone."""
    tehran = timezone(timedelta(hours=3, minutes=30))
    local = MOMENT.astimezone(tehran)
    for driver in ("asyncpg", "psycopg"):
        dialect = make_url(f"postgresql+{driver}://h/d").get_dialect()()
        sent = UTCDateTime().process_bind_param(local, dialect)
        assert (sent, sent.tzinfo) == (MOMENT, UTC)


async def test_naive_time_is_refused(session):
    """A naive time is refused with its fix, on each database."""
    naive = MOMENT.replace(tzinfo=None)
    session.add(User(email="a@example.org", name="A", created_at=naive))
    with pytest.raises(StatementError, match=r"write datetime\.now\(UTC\)"):
        await session.flush()


async def test_no_time(session):
    """A missing time stays missing."""
    nothing = select(literal(None, UTCDateTime()))
    assert await session.scalar(nothing) is None


async def test_exact_text(session):
    """References that differ in case alone are two, on MySQL too."""
    session.add_all([Transfer(reference="abc"), Transfer(reference="ABC")])
    await session.flush()
    found = await session.scalar(
        select(Transfer).where(Transfer.reference == "ABC")
    )
    assert found.reference == "ABC"


@pytest.mark.parametrize(
    ("driver", "collation"),
    [
        ("mysql+aiomysql", "utf8mb4_0900_bin"),
        ("mariadb+aiomysql", "utf8mb4_nopad_bin"),
    ],
)
def test_columns_by_dialect(driver, collation):
    """MySQL 8 and MariaDB get the collation that each knows, and fractions."""
    dialect = make_url(f"{driver}://h/d").get_dialect()()
    transfers = Base.metadata.tables["transfers"]
    table = CreateTable(transfers).compile(dialect=dialect)
    wanted = f"VARCHAR(64) CHARACTER SET utf8mb4 COLLATE {collation} NOT NULL"
    assert f"reference {wanted}" in str(table)
    assert "created_at DATETIME(6) NOT NULL" in str(table)


async def test_exact_text_in_a_cast(session):
    """The type may stand where there is no column, with its length."""
    stmt = select(cast("Ada", ExactText(7)))
    assert await session.scalar(stmt) == "Ada"
    assert ExactText(7).length == 7


class _Base(DeclarativeBase):
    """Tables of these tests."""


class Member(_Base):
    """A table whose column has a word of SQL for its name."""

    __tablename__ = "order"

    id: Mapped[int] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column(ExactText(5))
    joined: Mapped[datetime] = mapped_column(UTCDateTime)


async def test_column_named_as_a_word_of_sql(database_url):
    """A column named group is made, and refuses what is too long."""
    engine = make_engine(database_url)
    table: Any = Member.__table__
    async with engine.begin() as connection:
        await connection.run_sync(table.create)
        row = {"id": 1, "group": "12345", "joined": MOMENT}
        await connection.execute(insert(table).values(row))
        with pytest.raises(CheckViolated) as refusal:
            await connection.execute(
                insert(table).values(row | {"id": 2, "group": "123456"})
            )
        if engine.dialect.name == "sqlite":  # it alone has a CHECK
            assert refusal.value.constraint == "ck_order_group_length"
    async with engine.begin() as connection:
        await connection.run_sync(table.drop, checkfirst=True)
    await engine.dispose()


async def test_blanks_beyond_the_length(session):
    """Blanks count as any character; at the end they may be cut off."""
    blanks = " " * 64
    with pytest.raises(CheckViolated):
        async with session.begin_nested():
            session.add(Transfer(reference=f"{blanks}x"))
    with suppress(CheckViolated):
        async with session.begin_nested():
            session.add(Transfer(reference=f"x{blanks}"))
    stored = (await session.scalars(select(Transfer.reference))).all()
    assert [reference for reference in stored if len(reference) > 64] == []


async def test_arithmetic_is_that_of_datetime(session):
    """Adding and comparing works where it does with SQLAlchemy's own type."""
    session.add(User(email="a@example.org", name="A", created_at=MOMENT))
    await session.flush()
    before = select(User.id).where(User.created_at < MOMENT + DAY)
    assert await session.scalar(before)
    plain = type_coerce(User.created_at, DateTime(timezone=True))
    assert type((User.created_at + DAY).right.type) is Interval
    assert type((plain + DAY).right.type) is Interval
    if session.bind.dialect.name != "postgresql":
        return  # SQLite and MySQL add no interval to either type
    for column in (User.created_at, plain):
        assert await session.scalar(select(column + DAY)) == MOMENT + DAY
    young = select(User.id).where(User.created_at + DAY > func.now())
    assert await session.scalar(young) is None
    age = await session.scalar(select(User.created_at - (MOMENT - DAY)))
    assert age == DAY


async def test_migrations_name_the_types(connection):
    """A migration that is generated names the types as they are public."""

    def generate(sync):
        context = MigrationContext.configure(sync)
        made: Any = produce_migrations(context, _Base.metadata)
        return render_python_code(made.upgrade_ops)

    code = await connection.run_sync(generate)
    assert "bank.db.types.ExactText(5)" in code
    assert "bank.db.types.UTCDateTime()" in code
