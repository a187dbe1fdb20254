"""How the bank's tables change from one version to the next."""

import asyncio
import functools
import gc
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import (
    Column,
    Integer,
    String,
    Table,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects import sqlite

import bank.migrations
from bank.db.engine import make_engine
from bank.db.errors import DatabaseUnavailable
from bank.db.session import make_session_factory, transaction
from bank.migrations import config, migrate
from bank.models import Account, Base, User
from bank.tables import REVISION, alone, create_tables, has_tables
from lab.scratch import drop_database, scratch_database
from tests.bank.build import assert_sound, balances, open_account

ROOT = Path(__file__).parents[2]
OWNERS = "ix_accounts_owner_id"


@pytest.fixture
async def pair_of_databases(server_url):
    """Give engines on two databases without any table."""
    urls = [await scratch_database(server_url) for _ in range(2)]
    engines = [make_engine(url) for url in urls]
    yield engines
    for engine, url in zip(engines, urls, strict=True):
        await engine.dispose()
        await drop_database(url)


@pytest.fixture
def empty(pair_of_databases):
    """Give an engine on a database without any table."""
    return pair_of_databases[0]


def run(connection, how, revision):
    """Run Alembic's command on a connection."""
    getattr(command, how)(config(connection), revision)


async def alembic(engine, how, revision):
    """Run Alembic's command on a database."""
    async with engine.connect() as connection:
        await connection.run_sync(run, how, revision)
        await connection.commit()


def describe(sync):
    """Describe all tables as the database itself does."""
    inspector = inspect(sync)
    tables: dict[str, Any] = {}
    for name in sorted(inspector.get_table_names()):
        columns = inspector.get_columns(name)
        tables[name] = {
            "columns": [
                {**column, "type": repr(column["type"])} for column in columns
            ],
            "key": inspector.get_pk_constraint(name),
            "foreign": inspector.get_foreign_keys(name),
            "unique": inspector.get_unique_constraints(name),
            "checks": inspector.get_check_constraints(name),
            "indexes": inspector.get_indexes(name),
        }
    if sync.dialect.name == "mysql":
        for name, described in tables.items():
            [(_, written)] = sync.execute(text(f"SHOW CREATE TABLE {name}"))
            described["written"] = written
    if sync.dialect.name == "sqlite":
        rows = sync.execute(text("SELECT name, sql FROM sqlite_master"))
        for name, sql in rows:
            words = " ".join((sql or "").split()).split(", ")
            tables[f"sql of {name}"] = sorted(w.rstrip(" )") for w in words)
    return tables


async def test_created_and_migrated_are_equal(pair_of_databases):
    """Tables made by a migration and by the bank's start do not differ."""
    created, migrated = pair_of_databases
    await create_tables(created)
    await alembic(migrated, "upgrade", "head")
    schemas, rows = [], []
    for engine in (created, migrated):
        async with engine.connect() as connection:
            schemas.append(await connection.run_sync(describe))
            houses = await connection.execute(select(Account.__table__))
            rows.append(houses.mappings().all())
    assert schemas[0] == schemas[1]
    assert len(schemas[0]) >= 5
    assert rows[0] == rows[1]
    [house] = rows[0]
    cash = {"id": 1, "owner_id": None, "name": "Cash", "balance": 0}
    assert house.items() >= (cash | {"version": 1}).items()


async def test_migrated_bank_takes_deposits(empty):
    """A bank whose tables a migration has made works like any other."""
    await alembic(empty, "upgrade", "head")
    await create_tables(empty)  # as the application's start does
    factory = make_session_factory(empty)
    async with transaction(factory) as session:
        account = await open_account(session, balance=100)
    async with factory() as session:
        await assert_sound(session)
        assert (await balances(session))[account.id] == 100


SCRIPTS = ScriptDirectory.from_config(config())
STEPS = len(list(SCRIPTS.walk_revisions()))


@pytest.mark.parametrize(
    ("up", "down"), [("head", "base"), (REVISION, f"-{STEPS}")]
)
async def test_down_and_up_again(empty, up, down):
    """A downgrade leaves nothing, and the tables can be made again."""
    await migrate(empty, up)
    await migrate(empty, down)
    async with empty.connect() as connection:
        names = await connection.run_sync(
            lambda sync: inspect(sync).get_table_names()
        )
    assert names == ["alembic_version"]
    assert not await has_tables(empty)
    await migrate(empty)
    await migrate(empty)
    async with empty.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(sync), Base.metadata
            )
        )
    assert differences == []


async def test_check_is_quiet(empty, tmp_path, monkeypatch):
    """Alembic finds nothing that the models have and the tables lack.

    The migrations come with the package, whatever folder the process is in.
    """
    monkeypatch.chdir(tmp_path)
    await migrate(empty)
    async with empty.connect() as connection:
        await connection.run_sync(lambda sync: command.check(config(sync)))


def write_and_run(connection, folder):
    """Have Alembic write the next revision, run it, and find no other."""
    made = config(connection)
    folders = [f"{Path(bank.migrations.__file__).parent}/versions", folder]
    made.set_main_option("path_separator", "os")
    made.set_main_option("version_locations", os.pathsep.join(folders))
    command.revision(
        made, "next", autogenerate=True, version_path=folder, rev_id="next"
    )
    command.upgrade(made, "head")
    command.check(made)
    command.downgrade(made, "-1")
    assert "entries" not in inspect(connection).get_table_names()
    command.upgrade(made, "head")
    command.check(made)


@pytest.fixture
def notes():
    """Add tables to the models, one with a type of SQLite's own."""
    made = Column("at", sqlite.DATETIME())
    words = Column("words", String(300))
    tables = [
        Table(name, Base.metadata, Column("id", Integer), column)
        for name, column in (("notes", made), ("letters", words))
    ]
    yield
    for table in tables:
        Base.metadata.remove(table)


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("server_url", ["sqlite"], indirect=True)
async def test_next_revision_is_written(empty, tmp_path):
    """What the tables lack is written as a revision that SQLite can run.

    A column whose type has changed is found, too. The revision imports what
    it names, and can be taken back.
    """
    await migrate(empty)
    async with empty.begin() as connection:
        for lost in ("entries", "transfers", "notes", "letters"):
            await connection.execute(text(f"DROP TABLE {lost}"))
        letters = "CREATE TABLE letters (id INTEGER, words VARCHAR(100))"
        await connection.execute(text(letters))
        await connection.execute(text(f"DROP INDEX {OWNERS}"))
    async with empty.connect() as connection:
        await connection.run_sync(write_and_run, str(tmp_path))
    [script] = tmp_path.glob("*.py")
    written = script.read_text()
    assert "batch_alter_table" in written
    assert re.search(r"alter_column\(\s*['\"]words", written)


@pytest.mark.parametrize("server_url", ["sqlite"], indirect=True)
async def test_upgrade_that_fails_leaves_nothing(empty, monkeypatch):
    """A migration that breaks off on SQLite is rolled back as a whole."""
    monkeypatch.setattr(
        "alembic.operations.Operations.bulk_insert", lambda *_: 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        await alembic(empty, "upgrade", "head")
    async with empty.connect() as connection:
        names = await connection.run_sync(
            lambda sync: inspect(sync).get_table_names()
        )
    assert "users" not in names


RUN = "alembic.runtime.environment.EnvironmentContext.run_migrations"
"""What runs the migrations, wherever they are."""


def widen_emails(environment, **_):
    """Change a column of users, which accounts refer to."""
    operations = Operations(environment.get_context())
    with operations.batch_alter_table("users") as batch:
        batch.alter_column("email", type_=String(300), nullable=False)


async def test_changed_table_keeps_what_refers_to_it(empty, monkeypatch):
    """SQLite makes the table anew, and foreign keys do not stop it."""
    await migrate(empty)
    factory = make_session_factory(empty)
    async with transaction(factory) as session:
        account = await open_account(session, balance=100)
    monkeypatch.setattr(RUN, widen_emails)
    await migrate(empty)
    async with factory() as session:
        await assert_sound(session)
        assert (await balances(session))[account.id] == 100
        assert await session.scalar(select(func.count(User.id))) == 1


@pytest.mark.parametrize("server_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("how", [None, ZeroDivisionError])
async def test_foreign_keys_are_on_afterwards(empty, monkeypatch, how):
    """The connection goes back to the pool as it was, whatever happened."""
    await migrate(empty)

    def look(environment, **_):
        connection = environment.get_bind()
        assert connection.scalar(text("PRAGMA foreign_keys")) == 0
        if how:
            raise how

    monkeypatch.setattr(RUN, look)
    with pytest.raises(how) if how else nullcontext():
        await migrate(empty)
    async with empty.connect() as connection:
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1


async def test_older_tables_are_migrated(empty, monkeypatch):
    """Tables that the bank cannot use yet are brought up, not refused."""
    await migrate(empty)
    monkeypatch.setattr("bank.tables.REVISION", "0002")
    await migrate(empty)


async def test_migrate_waits_for_its_turn(empty, monkeypatch):
    """Tables that another process is changing are not migrated meanwhile."""
    await migrate(empty)
    monkeypatch.setattr("bank.tables.PATIENCE", 0.1)
    impatient = make_engine(empty.url, lock_timeout=0.1)
    async with empty.connect() as connection, alone(connection):
        with pytest.raises(DatabaseUnavailable, match="process"):
            await migrate(impatient)
    await migrate(impatient)
    await impatient.dispose()


async def test_alembic_waits_for_its_turn(empty, monkeypatch):
    """The command's own connection takes the lock, migrates and commits."""
    monkeypatch.setenv(
        "DATABASE_URL", empty.url.render_as_string(hide_password=False)
    )
    monkeypatch.setattr("bank.tables.PATIENCE", 0.1)
    impatient = functools.partial(make_engine, lock_timeout=0.1)
    monkeypatch.setattr("bank.db.engine.make_engine", impatient)
    upgrade = functools.partial(command.upgrade, config(), "head")
    async with empty.connect() as connection, alone(connection):
        with pytest.raises(DatabaseUnavailable, match="process"):
            await asyncio.to_thread(upgrade)
    await asyncio.to_thread(upgrade)
    assert await has_tables(empty)
    gc.collect()  # which warns of an engine that is left open


def test_revision_is_the_newest():
    """The bank asks for the revision that its migrations end at."""
    assert SCRIPTS.get_heads() == [REVISION]


def test_scripts_for_others_are_refused():
    """SQL for somebody else to run is not made, and that is said."""
    with pytest.raises((SystemExit, CommandError), match="without --sql"):
        command.upgrade(config(), "head", sql=True)


def test_alembic_command(tmp_path):
    """The command works in the project's folder, on the URL that is set."""
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    for arguments in (["upgrade", "head"], ["check"], ["downgrade", "base"]):
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *arguments],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url},  # noqa: TID251 - as it is
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
