"""From a URL to an engine that is right for its database."""

import asyncio
import inspect
import logging
import re
import socket
import sqlite3
import ssl
import time
from asyncio import sleep
from contextlib import asynccontextmanager, closing
from unittest.mock import Mock

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool
from sqlalchemy.util import await_only

from bank.db.engine import (
    LOCK_TIMEOUT,
    engine_options,
    make_engine,
    ping,
)
from bank.db.errors import (
    DatabaseUnavailable,
    DatabaseURLError,
    Retryable,
    TimedOut,
)
from bank.db.session import make_session_factory, transaction
from lab.proxy import proxied
from tests.bank.stand_in import stand_in

SERVER_URLS = [
    "postgresql+asyncpg://u:p@h/d",
    "mysql+aiomysql://u:p@h/d",
    "mariadb+aiomysql://u:p@h/d",
]


@pytest.mark.parametrize("url", SERVER_URLS)
def test_options_for_servers(url):
    """A server's connections are kept, and renewed after half an hour."""
    options = engine_options(url)
    [(name, seconds)] = options["connect_args"].items()
    assert issubclass(options["poolclass"], AsyncAdaptedQueuePool)
    wanted = {"pool_size": 10, "max_overflow": 0, "pool_recycle": 1800}
    assert options | wanted == options
    assert name in {"timeout", "connect_timeout"}
    assert seconds == 10


@pytest.mark.parametrize("url", [*SERVER_URLS, "sqlite+aiosqlite:///x.db"])
def test_wait_for_a_connection(url):
    """A task waits half a minute for a connection of the pool."""
    assert make_engine(url).pool.timeout() == 30


def test_options_for_sqlite(tmp_path):
    """SQLite waits for its lock, and leaves transactions to our hook."""
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    options = engine_options(url, lock_timeout=7)
    assert options["connect_args"] == {"timeout": 7, "isolation_level": None}
    assert options | {"pool_size": 10, "max_overflow": 0} == options


def test_overrides_win(tmp_path):
    """Overrides win over the options."""
    engine = make_engine("postgresql+asyncpg://h/d", pool_pre_ping=True)
    assert engine.pool._pre_ping is True  # noqa: SLF001 - no public way
    assert engine.pool._recycle == 1800  # noqa: SLF001 - no public way
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    engine = make_engine(url, pool_size=2)
    assert engine.pool.size() == 2


async def test_connect_args_are_merged(tmp_path):
    """A caller's busy timeout leaves real transactions as they are."""
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    engine = make_engine(url, connect_args={"timeout": 1})
    async with engine.connect() as connection:
        result = await connection.exec_driver_sql("PRAGMA busy_timeout")
        assert result.scalar_one() == 1000
        raw = await connection.get_raw_connection()
        assert raw.driver_connection.in_transaction
    await engine.dispose()


@pytest.mark.parametrize("url", [*SERVER_URLS, "sqlite+aiosqlite:///x.db"])
def test_a_callers_connect_args_stay_the_callers(url):
    """The same arguments may be given to engines of several drivers."""
    own = {"own": 1}
    make_engine(url, connect_args=own)
    assert own == {"own": 1}


@pytest.mark.parametrize("url", [*SERVER_URLS, "sqlite+aiosqlite:///x.db"])
def test_pool_that_keeps_nothing(url):
    """An engine without a pool is made, whatever sizes the settings name."""
    sizes = {"pool_size": 5, "max_overflow": 1, "pool_timeout": 3}
    engine = make_engine(url, poolclass=NullPool, pool_use_lifo=True, **sizes)
    assert isinstance(engine.pool, NullPool)


@pytest.mark.parametrize(
    ("lock_timeout", "statement_timeout", "lock", "statement"),
    [(1.5, 2, 2, 2000), (0.001, 0.0004, 1, 1)],
)
async def test_limits_on_mysql(
    lock_timeout, statement_timeout, lock, statement, monkeypatch
):
    """MySQL 8, which is not installed, is sent its limits by their names.

    A limit that is next to nothing stays one: 0 would mean "no limit".
    """
    engine = make_engine(
        "mysql+aiomysql://h/d",
        lock_timeout=lock_timeout,
        statement_timeout=statement_timeout,
    )
    connection = Mock()
    monkeypatch.setattr(engine.dialect, "connect", lambda *_, **__: connection)
    monkeypatch.setattr(engine.dialect, "initialize", Mock())
    async with engine.connect():
        pass
    cursor = connection.cursor.return_value
    sent = [call.args[0] for call in cursor.execute.call_args_list]
    assert dict(re.findall(r"(\w+) ?= ?([\d.]+)", " ".join(sent))) == {
        "innodb_lock_wait_timeout": f"{lock}",
        "lock_wait_timeout": f"{lock}",
        "max_execution_time": f"{statement}",
    }


@pytest.mark.parametrize(
    ("server_url", "setting", "limit"),
    [
        ("postgresql", "current_setting('lock_timeout')", "5s"),
        ("postgresql", "current_setting('statement_timeout')", "0"),
        ("mysql", "@@innodb_lock_wait_timeout", 5),
        ("mysql", "@@lock_wait_timeout", 5),
        ("mysql", "@@max_statement_time", 0),
    ],
    indirect=["server_url"],
)
async def test_limits_by_default(engine, setting, limit):
    """A wait for a lock ends by default, and a statement does not."""
    is_mysql_8 = getattr(engine.dialect, "is_mariadb", True) is False
    if is_mysql_8 and "max_statement" in setting:
        pytest.skip("MySQL has no such variable.")
    async with engine.connect() as connection:
        assert await connection.scalar(text(f"SELECT {setting}")) == limit


@pytest.mark.parametrize(
    ("url", "name", "seconds"),
    [
        ("mysql+aiomysql://u:p@h/d?connect_timeout=3", "connect_timeout", 3),
        ("sqlite+aiosqlite:///x.db?timeout=1.5", "timeout", 1.5),
    ],
)
async def test_parameters_of_the_url_win_over_the_defaults(
    url, name, seconds, monkeypatch
):
    """Whoever writes a time-out into the URL gets that one."""
    engine = make_engine(url)

    def connect(*_, **options):
        raise LookupError(f"It waits {options[name]} s.")

    monkeypatch.setattr(engine.dialect, "connect", connect)
    with pytest.raises(LookupError, match=f"waits {seconds} s"):
        await engine.connect()


@pytest.mark.parametrize("lock_timeout", [0, 0.0001])
@pytest.mark.parametrize("server_url", ["postgresql"], indirect=True)
async def test_shortest_wait_for_a_lock(database_url, lock_timeout):
    """A wait that is next to nothing ends: 0 would mean "no limit"."""
    engine = make_engine(database_url, lock_timeout=lock_timeout)
    async with engine.connect() as connection:
        limit = await connection.scalar(text("SHOW lock_timeout"))
    assert limit == "1ms"
    await engine.dispose()


@pytest.mark.parametrize(
    ("server_url", "limit"),
    [
        ("postgresql", "current_setting('lock_timeout')"),
        ("mysql", "@@lock_wait_timeout"),
    ],
    indirect=["server_url"],
)
async def test_each_connection_has_its_limits(database_url, limit):
    """The limits are each connection's, not those of the first alone."""
    engine = make_engine(database_url, lock_timeout=7)
    stmt = text(f"SELECT {limit}")
    async with engine.connect() as one, engine.connect() as two:
        shown = [await one.scalar(stmt), await two.scalar(stmt)]
    assert [f"{each}".rstrip("s") for each in shown] == ["7", "7"]
    await engine.dispose()


@pytest.mark.parametrize("url", ["postgresql://h/d", "sqlite+aiosqlite://"])
def test_hopeless_url(url):
    """A URL that cannot work is refused before anything is made of it."""
    for make in (engine_options, make_engine):
        with pytest.raises(DatabaseURLError):
            make(url)


@pytest.mark.parametrize("server_url", ["postgresql", "mysql"], indirect=True)
async def test_connections_that_died_in_the_pool(database_url, monkeypatch):
    """The first one that is found dead has all that lay there replaced."""
    engine, clock, pinged = watched(database_url, monkeypatch)
    await kill_pooled(engine, 3)
    clock.return_value += 1
    async with (
        engine.connect() as one,
        engine.connect() as two,
        engine.connect() as three,
    ):
        for connection in (one, two, three):
            assert await connection.scalar(text("SELECT 1")) == 1
    assert pinged.call_count == 1
    await engine.dispose()


async def test_connection_in_use_is_trusted(database_url, monkeypatch):
    """One is pinged after a second without use, and SQLite's never."""
    engine, clock, pinged = watched(database_url, monkeypatch)
    for _ in range(3):
        async with engine.connect():
            clock.return_value += 5
        clock.return_value += 0.9
    assert pinged.call_count == 0
    clock.return_value += 0.2
    async with engine.connect():
        pass
    assert pinged.call_count == (engine.dialect.name != "sqlite")
    await engine.dispose()


def watched(url, monkeypatch):
    """Make an engine, and give its clock and its pings as well."""
    engine = make_engine(url)
    clock = Mock(return_value=100.0)
    stand_in(monkeypatch, time, monotonic=clock)
    pinged = Mock(wraps=engine.dialect.do_ping)
    monkeypatch.setattr(engine.dialect, "do_ping", pinged)
    return engine, clock, pinged


async def test_ping_before_each_use(database_url):
    """SQLAlchemy's own ping replaces a dead connection, and nobody notices."""
    engine = make_engine(database_url, pool_pre_ping=True)
    await kill_pooled(engine, 1)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()


async def kill_pooled(engine, number):
    """Fill a pool with connections, and cut them while they lie there."""
    used = [await engine.connect() for _ in range(number)]
    raw = [await each.get_raw_connection() for each in used]
    drivers = [each.driver_connection for each in raw]
    for each in used:
        await each.close()
    for driver in drivers:
        ended = getattr(driver, "terminate", driver.close)()
        if inspect.isawaitable(ended):
            await ended


@pytest.mark.parametrize(
    ("options", "is_shown"),
    [
        ({}, False),
        ({"echo": False}, False),
        ({"echo": True}, True),
        ({"echo": "debug"}, True),
        ({"echo": True, "hide_parameters": True}, False),
        ({"hide_parameters": False}, True),
    ],
)
async def test_values_stay_out_of_errors(database_url, options, is_shown):
    """The values of a failed statement are shown to who asks for them."""
    engine = make_engine(database_url, **options)
    stmt = text("SELECT * FROM nowhere WHERE name = :name")
    with pytest.raises(DBAPIError) as error:
        async with engine.connect() as connection:
            await connection.execute(stmt, {"name": "geheim"})
    assert ("geheim" in str(error.value)) is is_shown
    await engine.dispose()


async def test_log_of_the_pool(tmp_path, caplog):
    """Who turns on SQLAlchemy's log of the pool sees this pool in it."""
    caplog.set_level(logging.DEBUG, logger="sqlalchemy.pool")
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path}/bank.db")
    await ping(engine)
    await engine.dispose()
    assert "sqlalchemy.pool" in " ".join(each.name for each in caplog.records)


async def test_time_out_of_the_pool(database_url):
    """A pool that stays empty is TimedOut for each user of the engine."""
    engine = make_engine(
        database_url, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    factory = make_session_factory(engine)
    async with engine.connect():
        with pytest.raises(TimedOut, match="QueuePool limit") as late:
            async with engine.connect():
                pass
        assert isinstance(late.value.__cause__, PoolTimeoutError)
        with pytest.raises(TimedOut, match="QueuePool limit"):
            async with factory() as session:
                await session.execute(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailable, match="make the pool larger"):
            await ping(engine)
    await engine.dispose()


async def test_ping_that_takes_too_long(database_url):
    """A ping that no connection of the pool is left for says just that."""
    engine = make_engine(database_url, pool_size=1, max_overflow=0)
    async with engine.connect():
        with pytest.raises(DatabaseUnavailable) as unavailable:
            await ping(engine, seconds=0.05)
    assert re.search(
        r"pool .*\(waited 0\.05 s\): make the pool larger",
        str(unavailable.value),
    )
    assert isinstance(unavailable.value.__cause__, TimeoutError)
    await engine.dispose()


async def test_ping_of_a_database_that_falls_silent(database_url, tmp_path):
    """A ping in vain on the pool's only connection blames the database."""
    if make_url(database_url).get_backend_name() == "sqlite":
        with closing(sqlite3.connect(tmp_path / "bank.db")) as other:
            other.execute("BEGIN EXCLUSIVE")
            engine = make_engine(
                f"sqlite+aiosqlite:///{tmp_path}/bank.db", lock_timeout=0.5
            )
            with pytest.raises(DatabaseUnavailable, match="is locked by a"):
                await ping(engine, seconds=0.05)
    else:
        async with proxied(database_url) as proxy:
            engine = make_engine(proxy.url, pool_size=1)
            await ping(engine)
            proxy.mute()
            async with asyncio.timeout(20):  # psycopg's cancelling takes 5
                with pytest.raises(
                    DatabaseUnavailable,
                    match=r"^No database answers at .* \(waited 0\.05 s\): ch",
                ):
                    await ping(engine, seconds=0.05)
    await engine.dispose()


async def test_ping_that_is_cancelled(database_url, monkeypatch):
    """Who stops a ping is not told that the database is away."""
    engine = make_engine(database_url)
    begun = asyncio.Event()

    def connect(*_, **__):
        begun.set()
        await_only(sleep(9))

    monkeypatch.setattr(engine.dialect, "connect", connect)
    pinging = asyncio.create_task(ping(engine))
    await begun.wait()
    pinging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pinging
    await engine.dispose()


async def test_ping_that_may_open_one_more(database_url, monkeypatch):
    """A ping whose new connection takes too long blames no full pool."""
    engine = make_engine(database_url, pool_size=1, max_overflow=1)
    async with engine.connect():
        monkeypatch.setattr(
            engine.dialect, "connect", lambda *_, **__: await_only(sleep(9))
        )
        with pytest.raises(
            DatabaseUnavailable, match=r"No database answers|is locked by"
        ):
            await ping(engine, seconds=0.05)
    await engine.dispose()


async def test_autocommit(database_url):
    """AUTOCOMMIT opens no transaction, and the next user has one again."""
    engine = make_engine(database_url, pool_size=1, max_overflow=0)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        if engine.dialect.name != "mysql":
            await connection.execute(text("VACUUM"))
        await connection.execute(text("CREATE TABLE alone (n INT)"))
        await connection.execute(text("INSERT INTO alone VALUES (0)"))
        await connection.rollback()
    async with engine.connect() as connection:
        async with connection.begin_nested():
            await connection.execute(text("INSERT INTO alone VALUES (1)"))
        await connection.rollback()
        left = await connection.scalars(text("SELECT n FROM alone"))
        assert left.all() == [0]
        await connection.execute(text("DROP TABLE alone"))
        await connection.commit()
    await engine.dispose()


async def test_autocommit_of_an_engine(database_url):
    """An engine may be made for AUTOCOMMIT as a whole."""
    engine = make_engine(database_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("CREATE TABLE whole (n INT)"))
        await connection.execute(text("INSERT INTO whole VALUES (1)"))
        await connection.rollback()
        found = await connection.execute(text("SELECT n FROM whole"))
        assert found.scalars().all() == [1]
        await connection.execute(text("DROP TABLE whole"))
    await engine.dispose()


async def test_transaction_of_an_engine_for_autocommit(database_url):
    """A connection of such an engine may still ask for a transaction."""
    engine = make_engine(database_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("CREATE TABLE partly (n INT)"))
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="SERIALIZABLE")
        async with connection.begin_nested():
            await connection.execute(text("INSERT INTO partly VALUES (1)"))
        await connection.rollback()
        found = await connection.execute(text("SELECT n FROM partly"))
        assert found.all() == []
    async with engine.connect() as connection:
        await connection.execute(text("DROP TABLE partly"))
    await engine.dispose()


async def test_wait_for_a_lock_ends(committing_engine):
    """A lock that is not given back is worth another try soon enough."""
    engine = make_engine(committing_engine.url, lock_timeout=0.5)
    factory = make_session_factory(engine)
    rename = text("UPDATE accounts SET name = 'x'")
    async with engine.connect() as connection:
        await connection.rollback()  # it leaves the limit as it is
    async with asyncio.timeout(10), committing_engine.begin() as holder:
        await holder.execute(rename)
        began = time.monotonic()
        with pytest.raises(Retryable):
            async with transaction(factory) as session:
                await session.execute(rename)
        assert 0.4 < time.monotonic() - began < LOCK_TIMEOUT
    await engine.dispose()


async def test_wait_for_an_altered_table_ends(committing_engine):
    """A reader's lock lets who drops the table give up as well."""
    if committing_engine.dialect.name == "sqlite":
        pytest.skip("SQLite's readers lock no table against a writer.")
    engine = make_engine(committing_engine.url, lock_timeout=0.5)
    async with committing_engine.connect() as reader:
        await reader.execute(text("SELECT * FROM entries"))
        with pytest.raises(Retryable):
            async with engine.begin() as connection:
                await connection.execute(text("DROP TABLE entries"))
    await engine.dispose()


def test_making_an_engine_connects_to_nothing():
    """Connecting is lazy: an engine is made even where no server is."""
    engine = make_engine("postgresql+asyncpg://u:p@127.0.0.1:1/d")
    assert engine.pool.checkedout() == 0


async def test_ping(engine):
    """A database that answers is left as it was."""
    await ping(engine)
    assert engine.pool.checkedout() == 0


async def unavailable(url):
    """Ping a database that must not answer, and return the sentence."""
    engine = make_engine(url)
    try:
        with pytest.raises(DatabaseUnavailable) as refusal:
            await ping(engine)
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


@pytest.mark.parametrize("server_url", ["postgresql"], indirect=True)
async def test_ping_of_a_role_that_may_not_log_in(database_url):
    """A role without LOGIN is refused, as one with a wrong password is."""
    idle = make_url(database_url).set(username="idle", password="geheim")
    admin = make_engine(database_url)
    create = "CREATE ROLE idle NOLOGIN PASSWORD 'geheim'"
    async with dropped_after(admin, create, "ROLE idle"):
        refused = words(idle, "refused the login of user 'idle'")
        assert refused in await unavailable(idle)
    await admin.dispose()


@pytest.mark.parametrize("url", SERVER_URLS)
async def test_ping_nobody_listens(url):
    """A port where nobody listens is told with host and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sentence = await unavailable(
        make_url(url).set(host="127.0.0.1", port=port)
    )
    assert sentence.startswith(f"No database answers at 127.0.0.1:{port} (")


@pytest.mark.parametrize("url", SERVER_URLS)
async def test_ping_unknown_host(url):
    """A host that does not exist is told by its name."""
    sentence = await unavailable(make_url(url).set(host="nowhere.invalid"))
    assert sentence.startswith("No database answers at nowhere.invalid (")


@pytest.mark.parametrize("url", SERVER_URLS)
@pytest.mark.parametrize(
    "options",
    [
        {"pool_size": 1},
        {"pool_size": 1, "max_overflow": -1},
        {"poolclass": NullPool},
    ],
    ids=["one", "no-limit", "no-pool"],
)
async def test_ping_silent_host(url, options):
    """A server that accepts and says nothing is given up on in time."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        url = make_url(url).set(host="127.0.0.1", port=port)
        engine = make_engine(url, **options)
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable) as unavailable:
            await ping(engine, seconds=0.3)
    where = f"No database answers at 127.0.0.1:{port} (waited 0.3 s): "
    assert str(unavailable.value).startswith(where)
    assert time.monotonic() - began < 10
    await engine.dispose()


@pytest.mark.parametrize("url", SERVER_URLS)
async def test_ping_of_an_engine_of_sqlalchemys(url):
    """The sentence is the same for an engine that is not made here."""
    engine = create_async_engine(make_url(url).set(host="127.0.0.1", port=1))
    with pytest.raises(DatabaseUnavailable, match=r"^No database answers at"):
        await ping(engine)
    await engine.dispose()


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
async def test_ping_locked_file(tmp_path, lock):
    """A file that another program keeps locked is told as such, in time."""
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    with closing(sqlite3.connect(tmp_path / "bank.db")) as other:
        other.execute("CREATE TABLE t (n)")
        other.execute(f"BEGIN {lock}")
        engine = make_engine(url, connect_args={"timeout": 0.1})
        async with asyncio.timeout(5):  # a ping alone would wait for longer
            with pytest.raises(
                DatabaseUnavailable, match=r"bank\.db' is locked by"
            ):
                await ping(engine)
        await engine.dispose()


@pytest.mark.parametrize(
    ("server_url", "option"),
    [
        ("postgresql", {"ssl": "require"}),
        ("mysql", {"ssl": ssl.create_default_context()}),
    ],
    indirect=["server_url"],
)
async def test_server_without_tls(server_url, option):
    """A server that refuses TLS is told from one that does not answer."""
    if make_url(server_url).get_driver_name() not in {"asyncpg", "aiomysql"}:
        pytest.skip("The option is this driver's own.")
    engine = make_engine(server_url, connect_args=option)
    with pytest.raises(DatabaseUnavailable, match="agree on TLS") as refusal:
        await ping(engine)
    assert ".)" not in str(refusal.value)
    await engine.dispose()


@pytest.mark.parametrize(
    ("server_url", "option"),
    [("postgresql", "prefer"), ("mysql", None)],
    indirect=["server_url"],
)
async def test_server_that_need_not_have_tls(server_url, option):
    """Where TLS is not required, a server without it will do."""
    if make_url(server_url).get_driver_name() not in {"asyncpg", "aiomysql"}:
        pytest.skip("The option is this driver's own.")
    engine = make_engine(server_url, connect_args={"ssl": option})
    await ping(engine)
    await engine.dispose()


async def test_mistake_in_the_arguments(database_url):
    """An argument that the driver does not know is no server that is away."""
    engine = make_engine(database_url, connect_args={"colour": "blue"})
    if engine.dialect.driver == "psycopg":
        pytest.skip("psycopg hands every argument on to libpq.")
    with pytest.raises(TypeError, match="colour"):
        await ping(engine)


REFUSED = "login of user 'u' (No TLS. ({})): check the user and the password"
FULL = "no connection left (No TLS. ({})): raise its limit of connections"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        *((1044, REFUSED), (1045, REFUSED), (1698, REFUSED)),
        *((1040, FULL), (1203, FULL), (1226, FULL)),
        (1049, "no database 'd': create it"),
    ],
)
async def test_ping_by_number(number, told, monkeypatch):
    """Each way in which MySQL lets nobody in is told by its number.

    Its words may be those of a user's or a database's name.
    """
    engine = make_engine("mysql+aiomysql://u:p@h/d")
    refusal = engine.dialect.loaded_dbapi.OperationalError(number, "No TLS.")
    monkeypatch.setattr(engine.dialect, "connect", Mock(side_effect=refusal))
    sentence = re.escape(told.format(number))
    with pytest.raises(DatabaseUnavailable, match=sentence):
        await ping(engine)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError("down\nfor today."), "down"),
        (ConnectionError("It is down."), "It is down"),
        (TimeoutError(), "TimeoutError"),
    ],
)
async def test_ping_of_a_socket(error, reason, monkeypatch):
    """What the system says is the reason, in one line; the host is ours."""
    engine = make_engine("postgresql+asyncpg:///d?host=/run/postgresql")
    monkeypatch.setattr(engine.dialect, "connect", Mock(side_effect=error))
    where = f"No database answers at localhost ({reason}): check"
    with pytest.raises(DatabaseUnavailable, match=f"^{re.escape(where)}"):
        await ping(engine)


async def test_ping_of_a_silent_socket(monkeypatch):
    """A server without a host that says nothing is no file that is locked."""
    engine = make_engine("postgresql+asyncpg:///d?host=/run/postgresql")
    monkeypatch.setattr(
        engine.dialect, "connect", lambda *_, **__: await_only(sleep(9))
    )
    where = "^No database answers at localhost"
    with pytest.raises(DatabaseUnavailable, match=where):
        await ping(engine, seconds=0.05)


async def test_a_callers_connect_args_stand_beside_the_defaults(
    database_url, monkeypatch
):
    """The driver gets a caller's own arguments and the defaults."""
    engine = make_engine(database_url, connect_args={"own": 1})
    connect = Mock(side_effect=OSError)
    monkeypatch.setattr(engine.dialect, "connect", connect)
    with pytest.raises(DatabaseUnavailable):
        await ping(engine)
    wanted = engine_options(database_url)["connect_args"] | {"own": 1}
    assert wanted.items() <= connect.call_args.kwargs.items()


async def test_ping_keeps_the_cause():
    """What the driver said is the cause of the sentence."""
    engine = make_engine("postgresql+asyncpg://a:b@127.0.0.1:1/c")
    with pytest.raises(DatabaseUnavailable) as unavailable:
        await ping(engine)
    await engine.dispose()
    first: BaseException = unavailable.value
    while first.__cause__:
        first = first.__cause__
    assert isinstance(first, OSError)
