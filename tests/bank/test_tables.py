"""The bank's tables: made once, whoever starts first, and checked."""

import asyncio
import re
from pathlib import Path

import pytest
from sqlalchemy import event, func, insert, inspect, select, text, update

import lab
from bank.db.engine import make_engine
from bank.db.errors import DatabaseUnavailable, OutOfSpace, ReadOnly
from bank.errors import WrongTables
from bank.migrations import migrate
from bank.models import Account, Base, Entry, Transfer, User
from bank.tables import REVISION, alone, create_tables
from lab.scratch import drop_database, scratch_database
from tests import warm
from tests.faults.load import until

START = """
import asyncio, time
from sqlalchemy import event
from bank.db.engine import make_engine
from bank.tables import create_tables

async def main(url, stop):
    engine = make_engine(url)

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def pause(_connection, _cursor, statement, *_more):
        if stop and statement.strip().startswith(stop):
            print("stopped", flush=True)
            time.sleep(60)

    print("ready", flush=True)
    await create_tables(engine)
    await engine.dispose()

asyncio.run(main({url!r}, {stop!r}))
"""
ON_THE_WAY = [
    "CREATE TABLE entries",
    "INSERT INTO accounts",
    "INSERT INTO alembic_version",
]


WAITED = r"process .* 0\.2 s(econds)?\b.*\bwait for it, or stop it"


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


def start(engine, stop=None):
    """Start a process that makes the tables, up to a statement."""
    url = engine.url.render_as_string(hide_password=False)
    return warm.start(START.format(url=url, stop=stop))


async def has_printed(copy, word):
    """Wait until a process has printed a word."""
    printed = Path(copy.printed.name, "1")
    await until(lambda: printed.exists() and word in printed.read_text())


async def drop_all(engine):
    """Drop what the bank has made."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.execute(text("DROP TABLE alembic_version"))


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
    """So do four processes, which have all waited for another one."""
    for _ in range(20 if long else 1):
        async with empty.connect() as connection, alone(connection):
            copies = [start(empty) for _ in range(4)]
            for copy in copies:
                await has_printed(copy, "ready")
        for copy in copies:
            ended = await asyncio.to_thread(copy.end)
            assert (ended.returncode, ended.stderr) == (0, "")
        assert await look(empty) == WHOLE
        await drop_all(empty)


async def test_after_a_process_that_was_killed(empty):
    """What a killed process has begun, the next one completes."""
    for stop in ON_THE_WAY:
        killed = start(empty, stop)
        await has_printed(killed, "stopped")
        killed.process.kill()
        await asyncio.to_thread(killed.end)
        await create_tables(empty)
        assert await look(empty) == WHOLE
        await drop_all(empty)


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


@pytest.mark.parametrize("cut", ON_THE_WAY)
async def test_failure_on_the_way(empty, cut, monkeypatch):
    """What one that fails leaves behind is not whole, and not locked."""
    monkeypatch.setattr("bank.tables.PATIENCE", 2)

    def fail(_connection, _cursor, statement, *_more):
        if statement.strip().startswith(cut):
            raise RuntimeError(cut)

    event.listen(empty.sync_engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match=cut):
        await create_tables(empty)
    other = make_engine(empty.url)  # since a lock may be a connection's
    await create_tables(other)
    await other.dispose()
    event.remove(empty.sync_engine, "before_cursor_execute", fail)
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
        (
            "DELETE FROM accounts",
            " 0 accounts without an owner.* restore it from a backup",
        ),
        (
            "INSERT INTO accounts (name, balance, version) VALUES ('', 0, 1)",
            " 2 accounts without an owner.* restore it from a backup",
        ),
        (
            "UPDATE alembic_version SET version_num = '0000'",
            rf"revision 0000\b.* {REVISION}: run 'python -m bank migrate'",
        ),
        (
            "UPDATE alembic_version SET version_num = '9999'",
            rf"revision 9999\b.* {REVISION}: .* or the version of the bank",
        ),
        (
            "DROP TABLE entries",
            "'entries' is missing: .* begin with an empty database",
        ),
        (
            "ALTER TABLE users DROP COLUMN name",
            "'users' has no column 'name', .* begin with an empty database",
        ),
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


async def test_lost_cash_account_is_not_made_anew(empty):
    """Money of customers has no counterpart in an account that is empty."""
    await create_tables(empty)
    async with empty.begin() as connection:
        user = {"email": "a@example.org", "name": "A", "id": 1}
        await connection.execute(insert(User).values(user))
        await connection.execute(update(Account).values(owner_id=1))
        await connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(WrongTables, match="restore it from a backup"):
        await create_tables(empty)
    assert await look(empty) == (WHOLE[0], 0)


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
    async with empty.connect() as other, alone(other):
        with pytest.raises(DatabaseUnavailable, match=WAITED):
            async with asyncio.timeout(10):
                await create_tables(impatient)
    await impatient.dispose()
    await create_tables(empty)


async def test_tables_that_exist_are_only_checked(empty, monkeypatch):
    """A start waits for nobody if there is nothing to make."""
    await create_tables(empty)
    monkeypatch.setattr("bank.tables.PATIENCE", 0.1)
    impatient = make_engine(empty.url, lock_timeout=0.1)
    async with empty.connect() as other, alone(other):
        await create_tables(impatient)
    await impatient.dispose()


async def test_beside_tables_of_somebody_else(empty):
    """Other tables, and columns that the bank does not know, do no harm."""
    async with empty.begin() as connection:
        await connection.execute(text("CREATE TABLE notes (id INT)"))
    await create_tables(empty)
    async with empty.begin() as connection:
        await connection.execute(text("ALTER TABLE users ADD COLUMN age INT"))
    await create_tables(empty)
    await migrate(empty)
    assert set(await names(empty)) == WHOLE[0] | {"notes"}


async def test_one_bank_does_not_wait_for_another(
    empty, server_url, monkeypatch
):
    """The lock is one database's, and not its server's."""
    monkeypatch.setattr("bank.tables.PATIENCE", 0.1)
    url = await scratch_database(server_url)
    neighbour = make_engine(url)
    async with empty.connect() as connection, alone(connection):
        await create_tables(neighbour)
    assert await look(neighbour) == WHOLE
    await neighbour.dispose()
    await drop_database(url)


@pytest.mark.parametrize("server_url", ["mysql"], indirect=True)
async def test_lock_by_a_url_of_mariadb(empty, monkeypatch):
    """A connection by mariadb:// gives the lock back like any other."""
    monkeypatch.setattr("bank.tables.PATIENCE", 0.1)
    await names(empty)
    if not getattr(empty.dialect, "is_mariadb", False):
        pytest.skip("MySQL is not reached by such a URL.")
    driver = empty.url.get_driver_name()
    other = make_engine(empty.url.set(drivername=f"mariadb+{driver}"))
    await create_tables(other)
    await migrate(empty)
    await other.dispose()


@pytest.mark.parametrize("server_url", ["mysql"], indirect=True)
async def test_lock_of_a_database_with_a_long_name(empty):
    """The lock's name has at most the 64 characters that MySQL allows."""
    with lab.capture_sql(empty) as sql:
        await create_tables(empty)
    [lock] = [each for each in sql if "get_lock(" in each.text.lower()]
    [name] = re.findall(r"(?i)get_lock\((.*),[^,]*\)", lock.text)
    longest = re.sub(r"(?i)\bdatabase\(\)", "repeat('n', 64)", name)
    length = f"SELECT char_length({longest})"
    values = tuple(lock.parameters[: length.count("%s")])
    async with empty.connect() as connection:
        found = await connection.exec_driver_sql(length, values)
        assert 0 < found.scalar() <= 64


@pytest.mark.parametrize("server_url", ["sqlite"], indirect=True)
async def test_file_that_is_read_only(empty):
    """Where nobody can write, that is said."""
    await names(empty)  # which makes the file
    path = empty.url.database
    reader = make_engine(f"sqlite+aiosqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(ReadOnly):
        await create_tables(reader)
    await reader.dispose()


@pytest.mark.parametrize("server_url", ["sqlite"], indirect=True)
async def test_lock_that_fails(empty, monkeypatch):
    """Only a lock that another process holds is waited for."""
    monkeypatch.setattr("bank.tables.PATIENCE", 0.1)

    def fail(_connection, _cursor, statement, *_more):
        if statement == "BEGIN IMMEDIATE":
            raise OutOfSpace("database or disk is full")

    event.listen(empty.sync_engine, "before_cursor_execute", fail)
    with pytest.raises(OutOfSpace):
        await create_tables(empty)


async def test_no_connection_keeps_the_lock(empty):
    """Tables are made again after they were dropped, by another process."""
    await create_tables(empty)
    await drop_all(empty)
    other = make_engine(empty.url)
    await create_tables(other)
    await other.dispose()
    assert await look(empty) == WHOLE
