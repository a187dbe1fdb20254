"""One place turns a driver's error into ours, by code."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, func, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import NullPool

from bank.db import errors
from bank.db.engine import make_engine
from bank.db.errors import (
    CheckViolated,
    ConstraintViolated,
    DatabaseError,
    Disconnected,
    ExclusionViolated,
    ForeignKeyViolated,
    NotNullViolated,
    OutOfSpace,
    ReadOnly,
    Retryable,
    StaleRow,
    TimedOut,
    UniqueViolated,
    error_code,
    translate,
    translated,
)
from bank.db.session import make_session_factory, transaction
from bank.models import Account, Transfer, User
from tests.bank.build import SLOW

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CROSS_JOIN = (
    "SELECT count(*) FROM information_schema.columns a,"
    " information_schema.columns b"
)


async def refused(session, stmt):
    """Run a statement that must fail, and return our error."""
    with pytest.raises(DatabaseError) as refusal, translated():
        await session.execute(stmt)
    assert error_code(refusal.value.__cause__)
    notes = "\n".join(refusal.value.__notes__)
    assert str(stmt).partition("(")[0] in notes
    assert "@example.org" not in notes
    return refusal.value


async def test_unique(session):
    """A second user of one address violates the unique constraint."""
    ada = {"email": "ada@example.org", "name": "Ada"}
    await session.execute(insert(User).values(ada))
    error = await refused(session, insert(User).values(ada))
    assert type(error) is UniqueViolated
    told = session.bind.dialect.name != "sqlite"
    assert error.constraint == ("uq_users_email" if told else None)
    on_mysql = session.bind.dialect.name == "mysql"
    assert str(error).endswith(" (1062)") is on_mysql


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
    told = session.bind.dialect.name != "sqlite"
    assert error.constraint == ("fk_accounts_owner_id" if told else None)


async def test_foreign_key_that_restricts(committing_engine):
    """A key that says RESTRICT is violated like any other."""
    key = "FOREIGN KEY (hive) REFERENCES hives (id) ON DELETE RESTRICT"
    async with committing_engine.begin() as connection:
        for stmt in (
            "CREATE TABLE hives (id INT PRIMARY KEY)",
            f"CREATE TABLE bees (hive INT, CONSTRAINT fk_bees_hive {key})",
            "INSERT INTO hives VALUES (1)",
            "INSERT INTO bees VALUES (1)",
        ):
            await connection.execute(text(stmt))
    with pytest.raises(ForeignKeyViolated) as error:
        async with committing_engine.begin() as connection:
            await connection.execute(text("DELETE FROM hives"))
    told = committing_engine.dialect.name != "sqlite"
    assert error.value.constraint == ("fk_bees_hive" if told else None)


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
    """Interrupt a statement of SQLite, which has no limit itself."""
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


@pytest.mark.parametrize(
    "senseless", ["SELECT nothing FROM nowhere", "SELECT no_function(1)"]
)
async def test_mistakes_stay_what_they_are(session, senseless):
    """A statement that makes no sense is a mistake and not translated.

    MariaDB reports a missing function with the number of a missing savepoint,
    1305, which may mean a deadlock.
    """
    savepoint = await session.begin_nested()
    with pytest.raises(DBAPIError), translated():
        await session.execute(text(senseless))
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
        (
            FakeDriverError(
                "PostgreSQL text fields cannot contain NUL (0x00) bytes"
            ),
            CheckViolated,
        ),
        (FakeDriverError("x", sqlstate="57P05"), Disconnected),
        (FakeDriverError(1412, "Table definition has changed"), Retryable),
        (FakeDriverError("x", sqlstate="55P03"), Retryable),
        (FakeDriverError("x", sqlstate="08006"), Disconnected),
        (FakeDriverError("x", sqlstate="08003"), Disconnected),
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
            FakeDriverError(4025, "CONSTRAINT `t`.`n` failed for `d`.`t`"),
            "n",
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
        (
            FakeDriverError(
                1062, "Duplicate entry 'x' for key 'uq_a' for key 'uq_b-1'"
            ),
            "uq_b-1",
        ),
        (
            FakeDriverError(
                1406, "Data too long: Check constraint 'ck_x' is violated."
            ),
            None,
        ),
        (
            FakeDriverError(
                "CHECK constraint failed: ck_x",
                sqlite_errorname="SQLITE_CONSTRAINT_TRIGGER",
            ),
            None,
        ),
        (
            FakeDriverError(
                "CHECK constraint failed: balance >= 0",
                sqlite_errorname="SQLITE_CONSTRAINT_CHECK",
            ),
            None,
        ),
    ],
)
def test_constraint_names_of_other_servers(cause, constraint):
    """MySQL 8's and psycopg's ways to name a constraint are read too.

    MariaDB names a column's own CHECK by its table and column, and
    SQLite shows the rule itself where a CHECK has no name.
    """
    ours = translate(OperationalError("INSERT", {}, cause))
    assert isinstance(ours, ConstraintViolated)
    assert ours.constraint == constraint


@pytest.mark.parametrize("sent_by", ["flush", "commit", "query"])
async def test_stale_version(factory, sent_by):
    """A row that was changed since it was read is stale, in any session."""
    async with factory() as first, factory() as second:
        mine = await first.get(Account, 1)
        yours = await second.get(Account, 1)
        await second.commit()
        mine.name = "mine"
        await first.commit()
        yours.name = "yours"
        ways = {
            "flush": second.flush,
            "commit": second.commit,
            "query": partial(second.execute, select(Account.name)),
        }
        with pytest.raises(StaleRow) as stale:
            await ways[sent_by]()
        assert isinstance(stale.value.__cause__, StaleDataError)


def test_tree_in_the_docstring():
    """Each error in the module's docstring has the base that it shows."""
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
    assert len(drawn) > 10
    for name, base in drawn.items():
        assert getattr(errors, name).__bases__[0].__name__ == base


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (FakeDriverError("x", sqlstate="53100"), OutOfSpace),
        (FakeDriverError(1114, "The table 'accounts' is full"), OutOfSpace),
        (FakeDriverError(1021, "Disk full"), OutOfSpace),
        (
            FakeDriverError(1030, 'Got error 28 "No space left on device"'),
            OutOfSpace,
        ),
        (
            FakeDriverError(3, "Error writing file 'x' (Errcode: 28)"),
            OutOfSpace,
        ),
        (
            FakeDriverError(1026, "Error writing file 'x' (errno: 28)"),
            OutOfSpace,
        ),
        (FakeDriverError(1030, "Got error 176 from storage engine"), None),
        (FakeDriverError(1030, "Got error 128 from storage engine"), None),
        (FakeDriverError(1305, "FUNCTION d.f does not exist"), None),
        *(
            (
                FakeDriverError(1290, f"The server runs with --{option}"),
                ReadOnly,
            )
            for option in ("super-read-only", "innodb-read-only")
        ),
        (
            FakeDriverError(
                1290,
                "The MariaDB server is running with the --read-only option",
            ),
            ReadOnly,
        ),
        (
            FakeDriverError(
                1290, "The MySQL server is running with --secure-file-priv"
            ),
            None,
        ),
        (FakeDriverError(1836, "Running in read-only mode"), ReadOnly),
        (FakeDriverError(1047, "WSREP has not yet prepared"), ReadOnly),
        (
            FakeDriverError("x", sqlite_errorname="SQLITE_READONLY_DBMOVED"),
            ReadOnly,
        ),
        (
            FakeDriverError("x", sqlite_errorname="SQLITE_CANTOPEN_ISDIR"),
            Disconnected,
        ),
        (FakeDriverError("x", sqlite_errorname="SQLITE_NOMEM"), None),
    ],
)
def test_codes_of_a_server_in_trouble(cause, expected):
    """A full disk and a server without writes are told from mistakes."""
    ours = translate(OperationalError("INSERT", {}, cause))
    assert type(ours) is (expected or type(None))


@pytest.mark.parametrize(
    "reference",
    [
        "x' for key 'uq_users_email",
        "two\nlines",
        "cached plan must not",
        "text fields cannot contain NUL",
    ],
)
async def test_what_a_user_types_decides_nothing(session, reference):
    """A value that looks like a message names no constraint and no kind."""
    row = {"reference": reference, "created_at": NOON}
    await session.execute(insert(Transfer).values(row))
    error = await refused(session, insert(Transfer).values(row))
    assert type(error) is UniqueViolated
    told = session.bind.dialect.name != "sqlite"
    assert error.constraint == ("uq_transfers_reference" if told else None)


async def refused_value(session, stmt):
    """Run a statement whose value no row may have, and return our error."""
    with pytest.raises(DatabaseError) as refusal:
        await session.execute(stmt)
    return refusal.value


async def test_number_out_of_range(session):
    """A number that the column cannot hold is refused alike everywhere."""
    stmt = insert(User).values(id=2**70, email="a", name="a", created_at=NOON)
    assert type(await refused_value(session, stmt)) is CheckViolated


@pytest.mark.parametrize("server_url", ["postgresql"], indirect=True)
async def test_value_of_a_wrong_type(session):
    """A value of a wrong type is a mistake, whatever words are in it."""
    wrong = "1 (value out of int64 range) 2"
    with pytest.raises(DBAPIError):
        await session.execute(text("SELECT :number + 1"), {"number": wrong})


@pytest.mark.parametrize("typed", ["half a pair \ud83d", "nul \0"])
async def test_text_that_cannot_be_stored(session, typed):
    """Text that the database cannot store is refused, or stored as it is."""
    stmt = insert(User).values(email=typed, name="a", created_at=NOON)
    if "\0" in typed and session.bind.dialect.name != "postgresql":
        await session.execute(stmt)
        assert await session.scalar(select(User.email)) == typed
        return
    error = await refused_value(session, stmt)
    assert type(error) is CheckViolated
    assert "\0" in typed or "surrogates not allowed" in str(error)


TRIGGERS = {
    "sqlite": """
        CREATE TRIGGER closed BEFORE INSERT ON shop BEGIN
        SELECT raise(abort, 'no drinks on Sunday'); END
    """,
    "postgresql": """
        CREATE TRIGGER closed BEFORE INSERT ON shop
        FOR EACH ROW EXECUTE FUNCTION closed()
    """,
    "mysql": """
        CREATE TRIGGER closed BEFORE INSERT ON shop FOR EACH ROW
        SIGNAL SQLSTATE '45000' SET message_text = 'no drinks on Sunday'
    """,
}
FUNCTION = """
    CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no drinks on Sunday'; END $$
"""


async def test_rule_of_a_trigger(committing_engine):
    """A trigger's own refusal is a rule that was broken, on each database."""
    name = committing_engine.dialect.name
    async with committing_engine.begin() as connection:
        await connection.execute(text("CREATE TABLE shop (n INT)"))
        if name == "postgresql":
            await connection.execute(text(FUNCTION))
        await connection.execute(text(TRIGGERS[name]))
    with pytest.raises(CheckViolated, match="no drinks on Sunday") as error:
        async with committing_engine.begin() as connection:
            await connection.execute(text("INSERT INTO shop VALUES (1)"))
    assert error.value.constraint is None


@pytest.mark.parametrize("server_url", ["postgresql"], indirect=True)
async def test_exclusion(committing_engine):
    """A row that overlaps another one violates the exclusion constraint."""
    async with committing_engine.begin() as connection:
        await connection.execute(
            text(
                "CREATE TABLE booking (nights int4range, CONSTRAINT no_overlap"
                " EXCLUDE USING gist (nights WITH &&))"
            )
        )
        await connection.execute(text("INSERT INTO booking VALUES ('[1,5)')"))
    with pytest.raises(ExclusionViolated) as error:
        async with committing_engine.begin() as connection:
            stmt = text("INSERT INTO booking VALUES ('[2,3)')")
            await connection.execute(stmt)
    assert error.value.constraint == "no_overlap"


@pytest.mark.parametrize("server_url", ["postgresql"], indirect=True)
async def test_mistake_in_the_use_of_a_connection(database_url):
    """A COMMIT while a query runs is a mistake, not a lost connection."""
    engine = make_engine(database_url, poolclass=NullPool)
    if engine.dialect.driver != "asyncpg":
        pytest.skip("psycopg lets the COMMIT wait.")
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        slow = connection.execute(text("SELECT pg_sleep(0.3)"))
        running = asyncio.create_task(slow)
        await asyncio.sleep(0.1)
        with pytest.raises(DBAPIError, match="another operation is in pro"):
            await connection.commit()
        await asyncio.wait([running])
        running.exception()
    await engine.dispose()


DEMOTE = {
    "postgresql": "SET default_transaction_read_only = on",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
}


@pytest.mark.parametrize("server_url", ["postgresql", "mysql"], indirect=True)
async def test_refused_login(database_url):
    """Who is not let in has no connection: that is Disconnected as well."""
    url = make_url(database_url)
    engine = make_engine(url.set(username="nobody-here", password="geheim"))
    with pytest.raises(Disconnected) as refusal:
        async with engine.connect():
            pytest.fail("nobody is let in")
    assert "geheim" not in str(refusal.value)
    await engine.dispose()


@pytest.mark.parametrize("server_url", ["postgresql", "mysql"], indirect=True)
async def test_server_that_takes_no_writes_any_more(committing_engine):
    """After a failover the old connections are dropped at the first write."""
    engine = make_engine(committing_engine.url, pool_size=3)
    is_old = True

    @event.listens_for(engine.sync_engine, "connect")
    def demote(connection, _record):
        if is_old:
            cursor = connection.cursor()
            cursor.execute(DEMOTE[engine.dialect.name])
            cursor.close()
            connection.commit()

    connections = [await engine.connect() for _ in range(3)]
    for connection in connections:
        await connection.close()
    is_old = False
    write = text("UPDATE accounts SET name = 'x'")
    with pytest.raises(ReadOnly):
        async with engine.begin() as connection:
            await connection.execute(write)
    for _ in range(3):
        async with engine.begin() as connection:
            await connection.execute(write)
    await engine.dispose()


@pytest.mark.parametrize("server_url", ["sqlite"], indirect=True)
async def test_full_file(committing_engine):
    """A file that may not grow has no space for a row, and stays sound."""
    async with committing_engine.connect() as connection:
        pages = await connection.scalar(text("PRAGMA page_count"))
        await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        rows = [
            {"email": f"{n}@example.org", "name": "x" * 99, "created_at": NOON}
            for n in range(2_000)
        ]
        with pytest.raises(OutOfSpace):
            await connection.execute(insert(User), rows)
        await connection.rollback()
        assert await connection.scalar(select(func.count(User.id))) == 0
        await connection.rollback()
        row = {"name": "x" * 99, "created_at": NOON}
        with pytest.raises(OutOfSpace):
            for n in range(2_000):
                async with connection.begin(), connection.begin_nested():
                    stmt = insert(User).values(email=f"{n}", **row)
                    await connection.execute(stmt)


async def test_error_of_an_earlier_transaction(database_url):
    """A lost savepoint is not blamed on what an earlier transaction met."""
    engine = make_engine(database_url)
    insert = text("INSERT INTO pair VALUES (1), (1)")
    async with engine.connect() as connection:
        await connection.execute(
            text("CREATE TEMPORARY TABLE pair (n INT PRIMARY KEY)")
        )
        await connection.commit()
        for number in range(1, 9):
            with pytest.raises(UniqueViolated):
                async with connection.begin():
                    await connection.execute(insert)
            with pytest.raises(DBAPIError, match=r"(?i)savepoint"):
                async with connection.begin(), connection.begin_nested():
                    release = f"RELEASE SAVEPOINT sa_savepoint_{number}"
                    await connection.execute(text(release))
                    raise LookupError
    await engine.dispose()


async def test_failed_transaction_is_forgotten(database_url):
    """Nothing is left of a transaction that an error has ended."""
    engine = make_engine(database_url)

    async def fail():
        async with engine.connect() as connection:
            begun = await connection.begin()
            await connection.execute(
                text("CREATE TEMPORARY TABLE pair (n INT PRIMARY KEY)")
            )
            with pytest.raises(UniqueViolated):
                await connection.execute(
                    text("INSERT INTO pair VALUES (1), (1)")
                )
            remembered = weakref.ref(begun.sync_transaction)
            await begun.rollback()
            return remembered

    remembered = await fail()
    gc.collect()
    assert remembered() is None
    await engine.dispose()


async def test_error_that_ended_the_transaction(database_url):
    """A lost savepoint is blamed on the last error, not on one got over."""
    engine = make_engine(database_url)
    async with engine.connect() as connection:
        await connection.execute(
            text("CREATE TEMPORARY TABLE pair (n INT NOT NULL UNIQUE)")
        )
        with pytest.raises(UniqueViolated):
            async with connection.begin_nested():
                await connection.execute(
                    text("INSERT INTO pair VALUES (1), (1)")
                )
        with pytest.raises(NotNullViolated, match=r"(?i)null"):
            async with connection.begin_nested():
                await connection.execute(
                    text("RELEASE SAVEPOINT sa_savepoint_2")
                )
                await connection.execute(
                    text("INSERT INTO pair VALUES (NULL)")
                )
    await engine.dispose()


@pytest.mark.parametrize("way", ["transaction", "session", "connection"])
async def test_one_error_wherever_it_surfaces(database_url, way):
    """A time-out is TimedOut in a transaction, a session, a connection."""
    engine = make_engine(database_url, statement_timeout=0.1)
    factory = make_session_factory(engine)
    ways: dict[str, Callable[[], Any]] = {
        "transaction": partial(transaction, factory),
        "session": factory,
        "connection": engine.connect,
    }
    inside = []
    with pytest.raises(TimedOut) as outside:
        async with ways[way]() as target:
            try:
                await target.execute(SLOW)
            except TimedOut as error:
                inside.append(error)
                raise
    assert inside == [outside.value]
    await engine.dispose()
