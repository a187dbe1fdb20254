"""From a URL to an engine that is right for its database."""

import asyncio
import builtins
import socket
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from importlib.util import find_spec
from unittest.mock import Mock

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.dialects import mysql

import bank.engine
from bank.engine import (
    ASYNC_DRIVERS,
    BEGIN_IMMEDIATE,
    engine_options,
    make_engine,
    parse_url,
    ping,
)
from bank.errors import DatabaseUnavailable, DatabaseURLError


def not_installed(url, driver):
    """Give the case of a known driver that this environment has not got."""
    is_installed = find_spec(driver) is not None
    skip = pytest.mark.skipif(is_installed, reason=f"{driver} is installed")
    return pytest.param(url, f"say 'pip install {driver}'", marks=skip)


SERVER_URLS = [
    "postgresql+asyncpg://u:p@h/d",
    "mysql+aiomysql://u:p@h/d",
    "mariadb+aiomysql://u:p@h/d",
]


@pytest.mark.parametrize("url", SERVER_URLS)
def test_options_for_servers(url):
    """A server's connections are tried before use, and renewed in time."""
    assert engine_options(url) == {
        "pool_pre_ping": True,
        "pool_recycle": 1800,
    }


def test_options_for_sqlite(tmp_path):
    """SQLite waits for its lock, and leaves transactions to our hook."""
    options = engine_options(f"sqlite+aiosqlite:///{tmp_path}/bank.db")
    assert options == {
        "connect_args": {"timeout": 30, "isolation_level": None}
    }


def test_overrides_win(tmp_path):
    """Overrides win over the options, and connect_args are merged."""
    engine = make_engine("postgresql+asyncpg://h/d", pool_pre_ping=False)
    assert engine.pool._pre_ping is False  # noqa: SLF001 - no public way
    assert engine.pool._recycle == 1800  # noqa: SLF001 - no public way
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    engine = make_engine(url, connect_args={"timeout": 1}, pool_size=2)
    assert engine.pool.size() == 2


async def test_connect_args_are_merged(tmp_path):
    """An own busy timeout leaves real transactions as they are."""
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    engine = make_engine(url, connect_args={"timeout": 1})
    async with engine.connect() as connection:
        result = await connection.exec_driver_sql("PRAGMA busy_timeout")
        assert result.scalar_one() == 1000
        raw = await connection.get_raw_connection()
        assert raw.driver_connection.in_transaction
    await engine.dispose()


def test_limit_on_mysql():
    """MySQL 8, which is not at hand, is told the limit by its own name."""
    connection = Mock()
    bank.engine._limit_server(mysql.dialect(), 2, connection, Mock())  # noqa: SLF001 - no public way without a MySQL 8
    cursor = connection.cursor.return_value
    cursor.execute.assert_called_once_with("SET max_execution_time = 2000")


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("sqlite:///x.db", r"write sqlite\+aiosqlite://"),
        ("mysql://u:geheim@h/d", r"write mysql\+aiomysql://"),
        ("mariadb://u:geheim@h/d", r"write mariadb\+aiomysql://"),
        ("postgresql://u:geheim@h/d", r"write postgresql\+asyncpg://"),
        ("postgresql+psycopg2://u:geheim@h/d", r"postgresql\+asyncpg://"),
        ("mysql+pymysql://u:geheim@h/d", r"not async: write mysql\+aiomysql"),
        ("sqlite+pysqlite:///x.db", r"not async: write sqlite\+aiosqlite"),
        ("postgres://u:geheim@h/d", r"write postgresql\+asyncpg://"),
        ("postgres+asyncpg://u:geheim@h/d", r"write postgresql\+asyncpg://"),
        ("mongodb://u:geheim@h/d", "take one of sqlite.aiosqlite"),
        ("postgresql+nothing://u:geheim@h/d", "take one of sqlite.aiosqlite"),
        not_installed("postgresql+psycopg://u:geheim@h/d", "psycopg"),
        not_installed("mysql+asyncmy://u:geheim@h/d", "asyncmy"),
        ("postgresql+asyncpg://h/d?sslmode=require", "write 'ssl=require'"),
        ("postgresql+asyncpg://u:geh@eim@h/d", "write it as %40"),
        ("mysql+aiomysql://u:geh@eim@h/d", "write it as %40"),
        ("sqlite+aiosqlite:////no/such/folder/x.db", "no folder '/no/such/f"),
        ("sqlite+aiosqlite://", "name a file"),
        ("sqlite+aiosqlite:///:memory:", "name a file"),
        ("sqlite+aiosqlite:///file:x?mode=memory&uri=true", "name a file"),
        ("", "dialect.driver://"),
        ("bank.db", "dialect.driver://"),
        ("postgresql+asyncpg://u:geheim@h:port/d", "dialect.driver://"),
    ],
)
def test_hopeless_url_is_refused(url, mend):
    """A URL that cannot work gets one sentence with the mend, no password."""
    with pytest.raises(DatabaseURLError, match=mend) as refusal:
        make_engine(url)
    message = str(refusal.value)
    assert "geh" not in message
    assert "eim" not in message
    assert "\n" not in message
    assert message.endswith((".", "'."))


def test_driver_that_is_not_installed(monkeypatch):
    """A known driver that is missing is named, with how to install it."""
    real_import = builtins.__import__

    def without_asyncpg(name, *args, **kwargs):
        if name == "asyncpg":
            raise ModuleNotFoundError("No module named 'asyncpg'", name=name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_asyncpg)
    with pytest.raises(DatabaseURLError, match="pip install asyncpg"):
        parse_url("postgresql+asyncpg://h/d")


@pytest.mark.parametrize(
    "url",
    [
        *SERVER_URLS,
        "sqlite+aiosqlite:///bank.db",
        "postgresql+asyncpg://u:p%40ss@h/d?ssl=require",
        "postgresql+asyncpg:///d?host=/var/run/postgresql",
    ],
)
def test_good_url_is_read(url):
    """A good URL is read as it stands, as text or as a URL."""
    assert parse_url(url) == make_url(url)
    assert parse_url(make_url(url)) == make_url(url)


def test_each_database_has_a_driver():
    """The driver that is recommended for a database is one that works."""
    for backend, driver in ASYNC_DRIVERS.items():
        assert make_engine(f"{backend}+{driver}:///x").dialect.is_async


def test_making_an_engine_connects_to_nothing():
    """Connecting is lazy: an engine is made even where no server is."""
    engine = make_engine("postgresql+asyncpg://u:p@127.0.0.1:1/d")
    assert engine.pool.checkedout() == 0


async def test_ping(engine):
    """A database that answers is left as it was."""
    await ping(engine)
    assert engine.pool.checkedout() == 0


async def unavailable(url, **options):
    """Ping a database that must not answer, and return the sentence."""
    engine = make_engine(url)
    try:
        with pytest.raises(DatabaseUnavailable) as refusal:
            await ping(engine, **options)
    finally:
        await engine.dispose()
    sentence = str(refusal.value)
    assert "geheim" not in sentence
    assert "\n" not in sentence
    return sentence


def words(url, told):
    """Give the words to expect, as far as the driver tells the reason.

    psycopg gives no code where it cannot connect, and its words are in the
    server's language: https://github.com/psycopg/psycopg/issues/1188.
    """
    is_told = make_url(url).get_driver_name() != "psycopg"
    return told if is_told else "No database answers at"


async def test_ping_wrong_login_or_file(database_url, tmp_path):
    """Who is not let in is told so; a SQLite file that is none, too."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        file = tmp_path / "letter.txt"
        file.write_text("Dear reader, this is not a database. " * 100)
        sentence = await unavailable(url.set(database=str(file)))
        assert sentence.startswith(f"SQLite cannot open '{file}'")
    else:
        wrong = url.set(username="nobody-here", password="geheim")
        sentence = await unavailable(wrong)
        refused = words(url, "refused the login of user 'nobody-here'")
        assert refused in sentence
        assert url.host in sentence


async def test_ping_missing_database(database_url, tmp_path):
    """A missing database is told by its name; SQLite makes the file."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        file = tmp_path / "new.db"
        engine = make_engine(url.set(database=str(file)))
        await ping(engine)
        await engine.dispose()
        assert file.exists()
    else:
        sentence = await unavailable(url.set(database="not_here"))
        assert words(url, "has no database 'not_here'") in sentence


async def test_ping_no_connection_left(database_url, tmp_path):
    """A user at the limit of connections is told so; SQLite knows none."""
    url = make_url(database_url)
    limited = url.set(username="limited", password="geheim")
    admin = make_engine(database_url)
    match url.get_backend_name():
        case "sqlite":
            sentence = await unavailable(url.set(database=str(tmp_path)))
            assert "SQLite cannot open" in sentence
        case "postgresql":
            create = "CREATE ROLE limited LOGIN CONNECTION LIMIT 0 PASSWORD"
            async with dropped_after(
                admin, f"{create} 'geheim'", "ROLE limited"
            ):
                told = words(url, "no connection left")
                assert told in await unavailable(limited)
        case _:
            create = "CREATE USER limited@'%' IDENTIFIED BY 'geheim'"
            limit = "WITH MAX_USER_CONNECTIONS 1"
            grant = f"GRANT ALL ON {url.database}.* TO limited@'%'"
            async with (
                dropped_after(admin, f"{create} {limit}", "USER limited@'%'"),
                admin.begin() as connection,
            ):
                await connection.execute(text(grant))
                holder = make_engine(limited)
                async with holder.connect():
                    sentence = await unavailable(limited)
                await holder.dispose()
                assert "no connection left" in sentence
    await admin.dispose()


@asynccontextmanager
async def dropped_after(engine, create, what):
    """Create something on a server, and drop it."""
    async with engine.begin() as connection:
        await connection.execute(text(create))
    try:
        yield
    finally:
        async with engine.begin() as connection:
            await connection.execute(text(f"DROP {what}"))


@pytest.mark.parametrize("url", SERVER_URLS)
async def test_ping_nobody_listens(url):
    """A port where nobody listens is told with host and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sentence = await unavailable(
        make_url(url).set(host="127.0.0.1", port=port)
    )
    assert sentence.startswith(f"No database answers at 127.0.0.1:{port}:")


@pytest.mark.parametrize("url", SERVER_URLS)
async def test_ping_unknown_host(url):
    """A host that does not exist is told by its name."""
    sentence = await unavailable(make_url(url).set(host="nowhere.invalid"))
    assert sentence.startswith("No database answers at nowhere.invalid:")


@pytest.mark.parametrize("url", SERVER_URLS)
async def test_ping_silent_host(url):
    """A server that accepts and says nothing is given up on in time."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        url = make_url(url).set(host="127.0.0.1", port=port)
        began = time.monotonic()
        sentence = await unavailable(url, seconds=0.3)
    assert "No database answers" in sentence
    assert time.monotonic() - began < 10


@pytest.fixture
async def sqlite(tmp_path):
    """An engine on a SQLite file with one table."""
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path}/bank.db")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE parent (id INT UNIQUE)"))
        await connection.execute(
            text("CREATE TABLE t (n INT REFERENCES parent (id))")
        )
    yield engine
    await engine.dispose()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("foreign_keys", 1),
        ("journal_mode", "wal"),
        ("synchronous", 1),
        ("busy_timeout", 30_000),
    ],
)
async def test_sqlite_pragmas(sqlite, pragma, value):
    """Each SQLite connection has foreign keys, the log, and patience."""
    async with sqlite.connect() as one, sqlite.connect() as other:
        for connection in (one, other):
            result = await connection.exec_driver_sql(f"PRAGMA {pragma}")
            assert result.scalar_one() == value


async def test_sqlite_savepoint_rolls_back_with_its_transaction(sqlite):
    """What a released savepoint wrote is gone with the outer rollback."""
    async with sqlite.connect() as connection:
        async with connection.begin_nested():
            await connection.execute(text("INSERT INTO t VALUES (NULL)"))
        await connection.rollback()
        result = await connection.execute(text("SELECT count(*) FROM t"))
        assert result.scalar_one() == 0


async def test_sqlite_ddl_rolls_back(sqlite):
    """A table that was made in a transaction is gone with it."""
    async with sqlite.connect() as connection:
        await connection.execute(text("CREATE TABLE gone (n INT)"))
        await connection.rollback()
        result = await connection.execute(
            text("SELECT count(*) FROM sqlite_master WHERE name = 'gone'")
        )
        assert result.scalar_one() == 0


async def test_sqlite_reads_do_not_wait_for_a_writer(sqlite):
    """A plain BEGIN reads while another transaction holds the write lock."""
    async with sqlite.connect() as writer, sqlite.connect() as reader:
        await writer.execution_options(**BEGIN_IMMEDIATE)
        await writer.execute(text("INSERT INTO t VALUES (NULL)"))
        async with asyncio.timeout(5):
            result = await reader.execute(text("SELECT count(*) FROM t"))
        assert result.scalar_one() == 0
        await writer.rollback()


async def test_sqlite_lock_ends_with_its_connection(sqlite):
    """A connection that is given up in mid-query holds no lock any more."""
    async with sqlite.connect() as connection:
        await connection.execute(text("INSERT INTO t VALUES (NULL), (NULL)"))
        raw = await connection.get_raw_connection()
        cursor = await raw.driver_connection.execute("SELECT n FROM t")
        await connection.invalidate()
    impatient = make_engine(sqlite.url, connect_args={"timeout": 0.01})
    async with impatient.begin() as other:
        await other.execute(text("INSERT INTO t VALUES (NULL)"))
        result = await other.execute(text("SELECT count(*) FROM t"))
        assert result.scalar_one() == 1
    await impatient.dispose()
    del cursor  # as long as it lives, SQLite does not quite close


async def test_sqlite_readers_overlap(sqlite):
    """Readers do not queue: ten waits take far less than their sum."""

    async def read():
        async with sqlite.connect() as connection:
            raw = await connection.get_raw_connection()
            await raw.driver_connection.create_function("wait", 1, time.sleep)
            await connection.execute(text("SELECT wait(0.1)"))

    began = time.monotonic()
    await asyncio.gather(*(read() for _ in range(10)))
    assert time.monotonic() - began < 0.7


async def test_ping_locked_file(tmp_path):
    """A file that another program keeps locked is told as such."""
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    with closing(sqlite3.connect(tmp_path / "bank.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        engine = make_engine(url, connect_args={"timeout": 0.01})
        with pytest.raises(DatabaseUnavailable, match="is locked by a writer"):
            await ping(engine)
        await engine.dispose()


async def test_sqlite_first_connections_do_not_collide(tmp_path):
    """Many tasks may open a new file at the same moment."""
    engine = make_engine(
        f"sqlite+aiosqlite:///{tmp_path}/new.db", pool_size=20
    )

    async def look():
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    await asyncio.gather(*(look() for _ in range(20)))
    await engine.dispose()
