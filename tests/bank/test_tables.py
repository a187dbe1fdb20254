"""The bank's tables: made once, whoever starts first, and checked."""

import asyncio
import time

import pytest
from sqlalchemy import delete, event, func, insert, inspect, select, text

from bank.db.engine import make_engine
from bank.db.errors import DatabaseUnavailable
from bank.errors import WrongTables
from bank.migrations import migrate
from bank.models import Account, Base, Entry, Transfer, User
from bank.tables import REVISION, create_tables
from tests import warm
from tests.faults.load import until

START = """
import asyncio, time
from bank.db.engine import make_engine
from bank.tables import create_tables

async def main(url, at):
    engine = make_engine(url)
    time.sleep(max(0, at - time.time()))
    await create_tables(engine)
    await engine.dispose()

asyncio.run(main({url!r}, {at}))
"""


@pytest.fixture
async def empty(own_url):
    """Give an engine on a database without any table."""
    engine = make_engine(own_url)
    yield engine
    await engine.dispose()


async def look(engine):
    """Tell the tables' names, and the house's cash accounts."""
    async with engine.connect() as connection:
        names = await connection.run_sync(
            lambda sync: set(inspect(sync).get_table_names())
        )
        houses = select(func.count(Account.id)).where(
            Account.owner_id.is_(None)
        )
        return names, await connection.scalar(houses)


WHOLE = {"users", "accounts", "transfers", "entries", "alembic_version"}, 1


def start(engine, at=0.0):
    """Start a process that makes the tables."""
    url = engine.url.render_as_string(hide_password=False)
    return warm.start(START.format(url=url, at=at))


async def test_tables_are_made_once(empty):
    """Making the tables again changes nothing, the cash account included."""
    for _ in range(2):
        await create_tables(empty)
        assert await look(empty) == WHOLE
    assert set(Base.metadata.tables) == {
        table.__tablename__ for table in (User, Account, Transfer, Entry)
    }


async def test_many_tasks_begin_at_once(empty):
    """Four engines that make the tables at once make them once."""
    engines = [make_engine(empty.url) for _ in range(4)]
    async with asyncio.TaskGroup() as tasks:
        for engine in engines:
            tasks.create_task(create_tables(engine))
    assert await look(empty) == WHOLE
    for engine in engines:
        await engine.dispose()


async def test_many_processes_begin_at_once(empty, long):
    """So do four processes."""
    for _ in range(20 if long else 1):
        at = time.time() + 1
        copies = [start(empty, at) for _ in range(4)]
        for copy in copies:
            ended = await asyncio.to_thread(copy.end)
            assert (ended.returncode, ended.stderr) == (0, "")
        assert await look(empty) == WHOLE
        async with empty.begin() as connection:
            await connection.run_sync(Base.metadata.drop_all)
            await connection.execute(text("DROP TABLE alembic_version"))


async def test_after_a_process_that_was_killed(empty):
    """What a killed process has begun, the next one completes."""
    for delay in (0.0, 0.01, 0.03, 0.06, 0.1):
        killed = start(empty)

        async def has_begun(process=killed.process):
            return not process.is_alive() or "users" in await names(empty)

        await until(has_begun)
        await asyncio.sleep(delay)
        killed.process.kill()
        await asyncio.to_thread(killed.end)
        await create_tables(empty)
        assert await look(empty) == WHOLE
        async with empty.begin() as connection:
            await connection.run_sync(Base.metadata.drop_all)
            await connection.execute(text("DROP TABLE alembic_version"))


async def names(engine):
    """List the tables."""
    async with engine.connect() as connection:
        return await connection.run_sync(
            lambda sync: inspect(sync).get_table_names()
        )


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
async def test_half_made(empty, kept):
    """Tables of which some were made, without indexes or rows, are finished.

    MySQL commits after each of them, so a killed process may leave this.
    """
    tables = Base.metadata.sorted_tables
    async with empty.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables[:kept])
        for table in tables[:kept]:
            if empty.dialect.name != "mysql":  # which needs them for its keys
                for index in table.indexes:
                    await connection.run_sync(index.drop)
    await create_tables(empty)
    assert await look(empty) == WHOLE
    async with empty.connect() as connection:
        for table in tables:
            found = await connection.run_sync(
                lambda sync, name: {
                    index["name"] for index in inspect(sync).get_indexes(name)
                },
                table.name,
            )
            assert {index.name for index in table.indexes} <= found


@pytest.mark.parametrize("cut", ["CREATE TABLE entries", "INSERT INTO acc"])
async def test_failure_on_the_way(empty, cut):
    """What one that fails on the way leaves behind is not taken for whole."""

    def fail(_connection, _cursor, statement, *_more):
        if statement.strip().startswith(cut):
            raise RuntimeError(cut)

    event.listen(empty.sync_engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match=cut):
        await create_tables(empty)
    event.remove(empty.sync_engine, "before_cursor_execute", fail)
    await create_tables(empty)
    assert await look(empty) == WHOLE


async def test_tables_of_before_the_migrations(empty):
    """Tables that were made without a revision get one, and stay."""
    async with empty.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        cash = {"name": "Cash", "version": 1, "balance": 0}
        await connection.execute(insert(Account).values(cash))
        row = {"email": "a@example.org", "name": "A"}
        await connection.execute(insert(User).values(row))
    await migrate(empty)
    assert await look(empty) == WHOLE
    async with empty.connect() as connection:
        assert await connection.scalar(select(User.name)) == "A"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM accounts", "There are 0 accounts without an owner"),
        (
            "INSERT INTO accounts (name, balance, version) VALUES ('', 0, 1)",
            "There are 2 accounts without an owner",
        ),
        (
            "UPDATE alembic_version SET version_num = '0000'",
            "are at revision 0000 and this bank needs 0001: run 'python -m b",
        ),
        (
            "UPDATE alembic_version SET version_num = '9999'",
            "are at revision 9999 and this bank needs 0001: .* or the version",
        ),
        ("DROP TABLE entries", "The table 'entries' is missing"),
        ("ALTER TABLE users DROP COLUMN name", "'users' has no column 'name'"),
    ],
)
async def test_unusable_database(empty, statement, words):
    """A database that cannot be used as it is, is refused in one sentence."""
    await create_tables(empty)
    if "DROP COLUMN" in statement and empty.dialect.name == "sqlite":
        statement = "ALTER TABLE users RENAME COLUMN name TO called"
    async with empty.begin() as connection:
        await connection.execute(text(statement))
    with pytest.raises(WrongTables, match=words) as refusal:
        await create_tables(empty)
    assert "\n" not in str(refusal.value)


async def test_tables_of_somebody_else(empty):
    """Tables of our names with other columns are left as they are."""
    async with empty.begin() as connection:
        await connection.execute(text("CREATE TABLE users (id INT)"))
    for make in (create_tables, migrate):
        with pytest.raises(WrongTables, match="'users' has no column"):
            await make(empty)
    assert await names(empty) == ["users"]


async def test_process_that_does_not_finish(empty, monkeypatch):
    """The wait for a process that keeps the tables to itself has an end."""
    monkeypatch.setattr("bank.tables.PATIENCE", 0.2)
    impatient = make_engine(empty.url, lock_timeout=0.1)
    name = {"name": "bank tables"}
    async with empty.connect() as other:
        match empty.dialect.name:
            case "sqlite":
                await other.exec_driver_sql("CREATE TABLE t (n INT)")
            case "postgresql":
                stmt = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
                await other.execute(stmt, name)
            case _:
                stmt = text("SELECT GET_LOCK(concat(database(), :name), 0)")
                assert await other.scalar(stmt, name) == 1
        with pytest.raises(DatabaseUnavailable, match="Another process"):
            await create_tables(impatient)
    await impatient.dispose()
    await create_tables(empty)
    assert REVISION == "0001"


async def test_no_connection_keeps_the_lock(empty):
    """Tables are made again after they were dropped, by another process."""
    await create_tables(empty)
    async with empty.begin() as connection:
        await connection.execute(delete(Account))
        await connection.run_sync(Base.metadata.drop_all)
        await connection.execute(text("DROP TABLE alembic_version"))
    other = make_engine(empty.url)
    await create_tables(other)
    await other.dispose()
    assert await look(empty) == WHOLE
