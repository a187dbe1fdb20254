"""Database URLs: read, or refused in one sentence."""

import builtins
import inspect
import re
import sqlite3
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from traceback import format_exception
from types import ModuleType

import pytest
from asyncpg.connect_utils import SSLMode
from sqlalchemy import make_url, text
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

import bank.db.url
from bank.db.engine import make_engine, ping
from bank.db.errors import DatabaseURLError, ReadOnly
from bank.db.url import ASYNC_DRIVERS, parse_url, sqlite_path

SERVER_URLS = [
    "postgresql+asyncpg://u:p@h/d",
    "mysql+aiomysql://u:p@h/d",
    "mariadb+aiomysql://u:p@h/d",
]


def not_installed(url, driver):
    """Give the case of a known driver that this environment has not got."""
    is_installed = find_spec(driver) is not None
    skip = pytest.mark.skipif(is_installed, reason=f"{driver} is installed")
    return pytest.param(url, f"run 'pip install {driver}'", marks=skip)


@pytest.mark.parametrize(
    ("url", "fix"),
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
        ("mongodb://u:geheim@h/d", "use one of sqlite.aiosqlite"),
        ("postgresql+nothing://u:geheim@h/d", "use one of sqlite.aiosqlite"),
        not_installed("postgresql+psycopg://u:geheim@h/d", "psycopg"),
        not_installed("mysql+asyncmy://u:geheim@h/d", "asyncmy"),
        ("postgresql+asyncpg://h/d?sslmode=require", "write 'ssl=require'"),
        ("postgresql+asyncpg://h/d?sslmode=verify-ca", "'ssl=verify-ca'"),
        ("postgresql+asyncpg://u:geh@eim@h/d", "write it as %40"),
        ("mysql+aiomysql://u:geh@eim@h/d", "write it as %40"),
        ("sqlite+aiosqlite:////dev/null/folder/x.db", "no folder '/dev/null"),
        ("sqlite+aiosqlite://", "name a file"),
        ("sqlite+aiosqlite:///:memory:", "name a file"),
        ("sqlite+aiosqlite:///file:?uri=true", "name a file"),
        ("sqlite+aiosqlite:///file:x?mode=memory&uri=true", "name a file"),
        ("", "dialect.driver://"),
        ("bank.db", "dialect.driver://"),
        ("postgresql+asyncpg://u:geheim@h:port/d", "dialect.driver://"),
        ("postgresql+asyncpg://u:geheim", "dialect.driver://"),
        ("postgresql+asyncpg://u:geheim@h:70000/d", "70000: ports go from 1"),
        (
            "mysql+aiomysql://u:geheim@h:0/d",
            "port 0: ports go from 1 to 65535",
        ),
        ("postgresql+asyncpg://h/d?ssl=true", "one of disable, allow"),
        (
            "postgresql+asyncpg://h/d?sslmode=require&channel_binding=require",
            r"'sslmode' \(write 'ssl=require'\), 'channel_binding' \(leave",
        ),
        ("postgresql+asyncpg://h/d?connect_timeout=3", "'timeout': 10"),
        ("postgresql+asyncpg://h/d?timeout=3", "'timeout' .*connect_args"),
        ("postgresql+asyncpg://h/d?application_name=a", "'server_settings'"),
        (
            "postgresql+asyncpg://h/d?options=-cx",
            "'options' .*server_settings",
        ),
        ("postgresql+asyncpg://h/d?schema=public", "'search_path': "),
        ("postgresql+asyncpg://h/d?currentSchema=a", "'search_path': "),
        (
            "postgresql+asyncpg://h/d?sslrootcert=a.pem",
            r"create_default_context\(cafile='a.pem'\)",
        ),
        (
            "postgresql+asyncpg://h/d?sslrootcert=system",
            r"create_default_context\(\)",
        ),
        (
            "postgresql+asyncpg://h/d?sslcert=a.pem",
            r"load_cert_chain\(certificate, key\)",
        ),
        (
            "postgresql+asyncpg://h/d?sslkey=a.pem",
            r"load_cert_chain\(certificate, key\)",
        ),
        ("postgresql+asyncpg://h/d?sslcrl=a.pem", "'sslcrl' .leave it out"),
        ("postgresql+asyncpg://h/d?pgbouncer=true", "only Prisma"),
        ("postgresql+asyncpg://h/d?connection_limit=5", "pool_size="),
        ("postgresql+asyncpg://h/d?charset=utf8", "'charset' .leave it out"),
        ("mysql+aiomysql://h/d?ssl-mode=REQUIRED", "create_default_context"),
        (
            "mysql+aiomysql://h/d?ssl_ca=ca.pem",
            r"create_default_context\(cafile='ca.pem'\)",
        ),
        ("mysql+aiomysql://h/d?ssl-ca=ca.pem", r"\(cafile='ca.pem'\)"),
        ("mysql+aiomysql://h/d?ssl_capath=/ca", r"\(capath='/ca'\)"),
        *(
            (f"mysql+aiomysql://h/d?{name}=a.pem", "context.load_cert_chain")
            for name in ("ssl_cert", "ssl-cert", "ssl_key", "ssl-key")
        ),
        ("mariadb+aiomysql://h/d?ssl=true", "create_default_context"),
        *(
            (f"mysql+aiomysql://h/d?{name}=geheim", f"'{name}' .leave it out")
            for name in ("user", "password", "passwd", "db")
        ),
        *(
            (f"{url}?{name}=0", f"'{name}' .leave it out")
            for url, names in (
                (SERVER_URLS[0], ("command_timeout", "statement_cache_size")),
                (SERVER_URLS[1], ("autocommit", "conv", "cursorclass")),
            )
            for name in names  # which the driver reads, and not as text
        ),
        ("postgresql+asyncpg://h/d?passwd=geheim", "'passwd' .leave it out"),
        ("sqlite+aiosqlite:///x.db?isolation_level=EXCLUSIVE", "leave it out"),
        ("postgresql+asyncpg://h/d?ssl=Require", "write one of disable"),
        ("mysql+aiomysql://h/d?useUnicode=true", "'useUnicode' .leave it out"),
        (
            "mysql+aiomysql://h/d?read_timeout=3",
            "'read_timeout' .leave it out",
        ),
        *(
            (f"sqlite+aiosqlite:///x.db?{name}=ro", f"'{name}=' only from a f")
            for name in ("cache", "immutable", "mode", "nolock", "psow", "vfs")
        ),
        ("sqlite+aiosqlite:///x.db?charset=utf8", "'charset' .leave it out"),
        ("sqlite+aiosqlite:///file::memory:?cache=shared&uri=true", "a file"),
        ("sqlite+aiosqlite:///file:x?vfs=memdb&uri=true", "name a file"),
        ("sqlite+aiosqlite:///file:/dev/null/x?mode=ro&uri=true", "no folder"),
    ],
)
def test_hopeless_url_is_refused(url, fix):
    """A URL that cannot work gets one sentence that says how to fix it."""
    with pytest.raises(DatabaseURLError, match=fix) as refusal:
        make_engine(url)
    assert isinstance(refusal.value, ValueError)
    assert "geh" not in "".join(format_exception(refusal.value))
    message = str(refusal.value)
    assert "eim" not in message
    assert "\n" not in message
    assert message.endswith((".", "'."))


@pytest.mark.parametrize(
    ("url", "driver", "missing"),
    [
        ("postgresql+asyncpg://h/d", "asyncpg", "asyncpg"),
        ("mysql+aiomysql://h/d", "aiomysql", "pymysql"),
    ],
)
def test_driver_that_is_not_installed(monkeypatch, url, driver, missing):
    """What is missing, a driver or what it needs, is named to install it."""
    real_import = builtins.__import__

    def without(name, *args, **kwargs):
        if name == driver:
            raise ModuleNotFoundError(f"No {missing}", name=missing)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DatabaseURLError, match=f"pip install {missing}'"):
        parse_url(url)


@pytest.mark.parametrize(
    "url",
    [
        *SERVER_URLS,
        "sqlite+aiosqlite:///bank.db",
        "postgresql+asyncpg://u:p%40ss@h:65535/d?ssl=require",
        "postgresql+asyncpg:///d?host=/var/run/postgresql",
        "postgresql+asyncpg://u@h/d?prepared_statement_cache_size=0",
        "postgresql+asyncpg://u@h/d?target_session_attrs=read-write",
        "postgresql+asyncpg://?user=u&password=p&host=h&port=5&database=d",
        "postgresql+asyncpg://?service=bank&servicefile=s.conf&passfile=p",
        "postgresql+asyncpg://u@h/d?gsslib=gssapi&krbsrvname=postgres",
        "mysql+aiomysql://u:p@h/d?charset=utf8mb4&connect_timeout=3",
        "mysql+aiomysql://u:p@/d?unix_socket=/run/mysqld/mysqld.sock",
        "mysql+aiomysql://u:p@h/d?sql_mode=ANSI&init_command=SET+autocommit=0",
        "mysql+aiomysql:///d?read_default_file=~/.my.cnf&local_infile=1",
        "mysql+aiomysql://u:p@h/d?client_flag=2&use_unicode=1&program_name=b",
        "mysql+aiomysql://u@h/d?auth_plugin=sha256_password",
        "mysql+aiomysql://u@h/d?server_public_key=a.pem",
        "mysql+aiomysql:///d?read_default_group=bank",
        "sqlite+aiosqlite:///bank.db?timeout=3&cached_statements=0",
        "sqlite+aiosqlite:///bank.db?check_same_thread=0&detect_types=1",
        "sqlite+aiosqlite:///file:bank.db?mode=ro&uri=true",
        "sqlite+aiosqlite:///file:bank.db?immutable=1&nolock=1&uri=true",
        "sqlite+aiosqlite:///file:x.db?vfs=unix&psow=0&cache=private&uri=1",
        "sqlite+aiosqlite:///file:///tmp/bank%20two.db?mode=rwc&uri=true",
    ],
)
def test_good_url_is_read(url):
    """A good URL is read as it stands, as text or as a URL."""
    assert parse_url(url) == make_url(url)
    assert parse_url(make_url(url)) == make_url(url)


@pytest.mark.parametrize("mode", [mode.name for mode in SSLMode])
def test_each_mode_of_tls_is_read(mode):
    """A URL may ask for each way in which asyncpg uses TLS."""
    url = f"postgresql+asyncpg://h/d?ssl={mode.replace('_', '-')}"
    assert parse_url(url) == make_url(url)


async def test_folder_with_a_blank(tmp_path):
    """The path in a file URI is escaped, and the folder is found."""
    folder = tmp_path / "my data"
    folder.mkdir()
    url = make_url("sqlite+aiosqlite://?uri=true").set(
        database=f"file:{tmp_path}/my%20data/bank.db"
    )
    engine = make_engine(url)
    await ping(engine)
    await engine.dispose()
    assert sqlite_path(url) == folder / "bank.db"
    assert sqlite_path(url).exists()


@pytest.mark.parametrize("name", ["my%20bank.db", "what?.db", "no#1.db"])
def test_path_that_is_no_uri(tmp_path, name):
    """A path is the file's name as it stands: nothing in it is escaped."""
    url = make_url("sqlite+aiosqlite://").set(database=f"{tmp_path}/{name}")
    assert sqlite_path(url) == tmp_path / name


class OtherDialect(SQLiteDialect_aiosqlite):
    """The dialect of a driver that this package does not know."""

    driver = "other"

    @classmethod
    def import_dbapi(cls):
        """Need no package, since nothing connects."""
        return ModuleType("other")


def test_parameters_of_another_driver():
    """A driver that is not recommended reads its own parameters."""
    registry.register("postgresql.other", __name__, OtherDialect.__name__)
    url = "postgresql+other://u:p@h/d?sslmode=require&application_name=bank"
    assert parse_url(url) == make_url(url)


def test_each_database_has_a_driver():
    """The driver that is recommended for a database is one that works."""
    for backend, driver in ASYNC_DRIVERS.items():
        assert make_engine(f"{backend}+{driver}:///x").dialect.is_async


@pytest.mark.parametrize("driver", ["asyncpg", "aiomysql"])
def test_parameters_are_the_drivers(driver):
    """What a URL may say is something that the driver's connect accepts."""
    known = inspect.signature(import_module(driver).connect).parameters
    by_sqlalchemy = {"prepared_statement_cache_size"}
    [url] = [each for each in SERVER_URLS[:2] if driver in each]
    words = set(re.findall(r"\w+", inspect.getsource(bank.db.url)))
    accepted = {word for word in words if is_accepted(f"{url}?{word}=prefer")}
    assert {"host", "charset"} & accepted
    assert accepted - by_sqlalchemy <= known.keys()


def is_accepted(url):
    """Tell whether a URL is not refused."""
    try:
        parse_url(url)
    except DatabaseURLError:
        return False
    return True


async def test_file_that_may_only_be_read(tmp_path):
    """A file in mode=ro is read, and refuses what would change it."""
    path = tmp_path / "bank.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (n)")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.commit()
    url = f"sqlite+aiosqlite:///file:{path}?mode=ro&uri=true"
    engine = make_engine(url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT n FROM t")) == 1
        with pytest.raises(ReadOnly):
            await connection.execute(text("INSERT INTO t VALUES (2)"))
    await engine.dispose()
