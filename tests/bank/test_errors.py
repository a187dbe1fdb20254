"""One place turns a driver's error into ours, by code."""

import asyncio

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, OperationalError

from bank import errors
from bank.engine import make_engine
from bank.errors import (
    BankError,
    CheckViolated,
    ConstraintViolated,
    DatabaseError,
    Disconnected,
    EditConflict,
    ForeignKeyViolated,
    NotNullViolated,
    Retryable,
    TimedOut,
    UniqueViolated,
    translate,
    translated,
)
from bank.models import Account, Base, Entry, Transfer, User

CROSS_JOIN = (
    "SELECT count(*) FROM information_schema.columns a,"
    " information_schema.columns b"
)


async def refused(session, stmt):
    """Run a statement that must fail, and return our error."""
    with pytest.raises(DatabaseError) as refusal, translated():
        await session.execute(stmt)
    assert isinstance(refusal.value.__cause__, DBAPIError)
    return refusal.value


async def test_unique(session):
    """A second user of one address violates the unique constraint."""
    ada = {"email": "ada@example.org", "name": "Ada"}
    await session.execute(insert(User).values(ada))
    error = await refused(session, insert(User).values(ada))
    assert type(error) is UniqueViolated
    told = session.bind.dialect.name != "sqlite"
    assert error.constraint == ("uq_users_email" if told else None)


async def test_foreign_key(session):
    """An account of nobody violates the foreign key."""
    error = await refused(
        session,
        insert(Account).values(owner_id=999, name="x", balance=0, version=1),
    )
    assert type(error) is ForeignKeyViolated
    told = session.bind.dialect.name != "sqlite"
    assert error.constraint == ("fk_accounts_owner_id" if told else None)


async def test_foreign_key_of_the_parent(session):
    """Deleting what is referred to violates the foreign key as well."""
    ada = User(email="ada@example.org", name="Ada")
    session.add(ada)
    await session.flush()
    session.add(Account(owner_id=ada.id, name="x"))
    await session.flush()
    error = await refused(session, text("DELETE FROM users"))
    assert type(error) is ForeignKeyViolated


async def test_check(session):
    """An overdrawn account violates the check, told by name everywhere."""
    ada = User(email="ada@example.org", name="Ada")
    session.add(ada)
    await session.flush()
    error = await refused(
        session,
        insert(Account).values(
            owner_id=ada.id, name="x", balance=-1, version=1
        ),
    )
    assert type(error) is CheckViolated
    assert error.constraint == "ck_accounts_not_overdrawn"


async def test_not_null(session):
    """A missing value violates NOT NULL, given as NULL or left out."""
    for columns, values in (("name, ", "NULL, "), ("", "")):
        savepoint = await session.begin_nested()
        stmt = (
            f"INSERT INTO users ({columns}email, created_at)"  # noqa: S608 - our own words
            f" VALUES ({values}'a', '2026-01-01')"
        )
        error = await refused(session, text(stmt))
        assert type(error) is NotNullViolated
        await savepoint.rollback()


async def test_statement_time_out(session):
    """A statement that outlives the server's limit has timed out."""
    match session.bind.dialect.name, is_mariadb(session):
        case "postgresql", _:
            limit, slow = "SET statement_timeout = 50", "SELECT pg_sleep(5)"
        case "mysql", True:
            limit, slow = "SET max_statement_time = 0.05", CROSS_JOIN
        case "mysql", False:
            limit, slow = "SET max_execution_time = 50", CROSS_JOIN
        case _:
            await interrupted(session)
            return
    await session.execute(text(limit))
    error = await refused(session, text(slow))
    assert type(error) is TimedOut
    if session.bind.dialect.name == "mysql":
        await session.execute(text(limit.split("=", maxsplit=1)[0] + "= 0"))


def is_mariadb(session):
    """Tell MariaDB from MySQL."""
    return getattr(session.bind.dialect, "is_mariadb", False)


async def interrupted(session):
    """Interrupt a statement of SQLite, which has no limit of its own."""
    raw = await (await session.connection()).get_raw_connection()
    endless = text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT max(i) FROM n"
    )
    statement = asyncio.create_task(refused(session, endless))
    await asyncio.sleep(0.05)
    await raw.driver_connection.interrupt()
    assert type(await statement) is TimedOut


async def test_pool_time_out(database_url):
    """A pool that is empty for too long has timed out."""
    engine = make_engine(
        database_url, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    async with engine.connect():
        with pytest.raises(TimedOut, match="QueuePool limit"), translated():
            async with engine.connect():
                pass
    await engine.dispose()


async def test_lock_time_out(committing_engine):
    """Waiting too long for another's lock is worth another try."""
    limit = {
        "postgresql": "SET lock_timeout = 50",
        "mysql": "SET innodb_lock_wait_timeout = 1",
        "sqlite": "PRAGMA busy_timeout = 50",
    }[committing_engine.dialect.name]
    async with (
        committing_engine.connect() as holder,
        committing_engine.connect() as waiter,
    ):
        await waiter.execute(text(limit))
        await holder.execute(text("UPDATE accounts SET name = 'mine'"))
        with pytest.raises(Retryable), translated():
            await waiter.execute(text("UPDATE accounts SET name = 'yours'"))
        await waiter.rollback()
        await holder.rollback()


async def test_lost_connection(committing_engine):
    """A connection that was cut in use is lost, by whatever code."""
    async with committing_engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        raw = await connection.get_raw_connection()
        match committing_engine.dialect.driver:
            case "asyncpg":
                raw.driver_connection.terminate()
            case "aiomysql" | "asyncmy":
                raw.driver_connection.close()
            case _:
                await raw.driver_connection.close()
        with pytest.raises(Disconnected), translated():
            await connection.execute(text("SELECT 1"))
        await connection.invalidate()


async def test_mistakes_stay_what_they_are(session):
    """A statement that makes no sense is a mistake and not translated."""
    savepoint = await session.begin_nested()
    with pytest.raises(DBAPIError), translated():
        await session.execute(text("SELECT nothing FROM nowhere"))
    await savepoint.rollback()
    assert translate(LookupError("x")) is None


class FakeDriverError(Exception):
    """A driver's error with the attributes that one driver gives."""

    def __init__(self, *args, **attributes):
        super().__init__(*args)
        vars(self).update(attributes)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (FakeDriverError("x", sqlstate="40001"), Retryable),
        (FakeDriverError("x", sqlstate="40P01"), Retryable),
        (
            FakeDriverError(
                "cached plan must not change result type", sqlstate="0A000"
            ),
            Retryable,
        ),
        (FakeDriverError("cached statement plan is invalid"), Retryable),
        (FakeDriverError("x", sqlstate="57P05"), Disconnected),
        (FakeDriverError(1412, "Table definition has changed"), Retryable),
        (FakeDriverError("x", sqlstate="55P03"), Retryable),
        (FakeDriverError("x", sqlstate="08006"), Disconnected),
        (FakeDriverError("x", sqlstate="57P01"), Disconnected),
        (FakeDriverError("x", sqlstate="57014"), TimedOut),
        (FakeDriverError(1213, "Deadlock found"), Retryable),
        (FakeDriverError(1205, "Lock wait timeout exceeded"), Retryable),
        (FakeDriverError(1020, "Record has changed"), Retryable),
        (FakeDriverError(3024, "maximum statement execution"), TimedOut),
        (FakeDriverError(2006, "server has gone away"), Disconnected),
        (FakeDriverError("x", sqlite_errorname="SQLITE_BUSY"), Retryable),
        (
            FakeDriverError("x", sqlite_errorname="SQLITE_BUSY_SNAPSHOT"),
            Retryable,
        ),
    ],
)
def test_codes(cause, expected):
    """Each code that matters is known, whichever attribute carries it."""
    ours = translate(OperationalError("SELECT 1", {}, cause))
    assert type(ours) is expected


def test_error_without_code():
    """Without a statement it comes from connecting; with one, it is open."""
    cause = FakeDriverError("connection timeout expired")
    connecting = OperationalError(None, None, cause)
    assert type(translate(connecting)) is Disconnected
    assert translate(OperationalError("SELECT 1", {}, cause)) is None


@pytest.mark.parametrize(
    ("cause", "constraint"),
    [
        (
            FakeDriverError(
                1062, "Duplicate entry 'a' for key 'users.uq_users_email'"
            ),
            "uq_users_email",
        ),
        (
            FakeDriverError(3819, "Check constraint 'ck_x' is violated."),
            "ck_x",
        ),
        (
            FakeDriverError(
                "x",
                sqlstate="23505",
                diag=FakeDriverError(constraint_name="uq_users_email"),
            ),
            "uq_users_email",
        ),
        (FakeDriverError(1048, "Column 'name' cannot be null"), None),
    ],
)
def test_constraint_names_of_other_servers(cause, constraint):
    """MySQL 8's and psycopg's ways to name a constraint are read too."""
    ours = translate(OperationalError("INSERT", {}, cause))
    assert isinstance(ours, ConstraintViolated)
    assert ours.constraint == constraint


async def test_stale_version(factory):
    """A row that was changed since it was read is an edit conflict."""
    async with factory() as first, factory() as second:
        mine = await first.get(Account, 1)
        yours = await second.get(Account, 1)
        await second.commit()
        mine.name = "mine"
        await first.commit()
        yours.name = "yours"
        with pytest.raises(EditConflict), translated():
            await second.flush()


def test_tree_in_the_docstring():
    """The module's docstring shows every error, under its real base."""
    drawn = {}
    path: list[str] = []
    for line in errors.__doc__.splitlines():
        name = line.strip(" │├└─").split(" ")[0]
        kind = getattr(errors, name, None)
        if not isinstance(kind, type):
            continue
        depth = (line.index(name) - 4) // 4
        path = [*path[:depth], name]
        drawn[name] = path[-2] if depth else "Exception"
    real = {
        name: kind.__bases__[0].__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, BankError)
    }
    assert drawn == real


def test_every_table_is_known():
    """The bank has four tables, and no other."""
    assert set(Base.metadata.tables) == {
        table.__tablename__ for table in (User, Account, Transfer, Entry)
    }
