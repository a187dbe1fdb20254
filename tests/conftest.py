"""One suite for three databases.

A test that asks for one of the fixtures below runs once per database. Each
worker has a scratch database on each server, with the tables in it. Servers
are started once per run, where they are installed, or those are used that
``TEST_POSTGRESQL_URL`` and ``TEST_MYSQL_URL`` name. Tests on a database that
is not available are skipped, or fail if ``REQUIRE_DATABASES`` names it, as in
``REQUIRE_DATABASES=sqlite,postgresql,mysql``. ``TEST_DRIVERS`` names other
drivers to use, as in ``TEST_DRIVERS=postgresql+psycopg,mysql+asyncmy``.
"""

import gc
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.pool import NullPool

from bank.db.engine import make_engine
from bank.db.session import SessionFactory, make_session_factory
from bank.tables import create_tables
from lab.scratch import drop_database, scratch_database
from servers import ServerError, Servers, running

DATABASES = ("sqlite", "postgresql", "mysql")
SERVERS = pytest.StashKey[Servers]()
STACK = pytest.StashKey[ExitStack]()


# The fixtures.


@pytest.fixture(scope="session", params=DATABASES)
def server_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Give the URL by which each database's administrator reaches it."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("sqlite")
        return f"sqlite+aiosqlite:///{folder}/bank.db"
    servers = servers_of(request.config)
    if request.param in servers.urls:
        return by_chosen_driver(servers.urls[request.param])
    if request.param in required():
        pytest.fail(servers.missing[request.param], pytrace=False)
    pytest.skip(servers.missing[request.param])


@pytest.fixture(scope="session")
async def database_url(server_url: str) -> AsyncIterator[str]:
    """Give the URL of an empty scratch database, the worker's own."""
    url = await scratch_database(server_url)
    yield url
    await drop_database(url)


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine on the worker's database, with the tables in place."""
    async with engine_with_tables(database_url) as engine:
        yield engine


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a connection whose transaction is rolled back after the test."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()


@pytest.fixture
def rolled_back_factory(
    engine: AsyncEngine, connection: AsyncConnection
) -> SessionFactory:
    """Give a factory whose sessions commit to a savepoint alone.

    They share one connection, so use one session at a time.
    """
    factory = make_session_factory(engine)
    factory.configure(
        bind=connection, join_transaction_mode="create_savepoint"
    )
    return factory


@pytest.fixture
async def session(
    rolled_back_factory: SessionFactory,
) -> AsyncIterator[AsyncSession]:
    """Give a session all of whose work is undone after the test."""
    async with rolled_back_factory() as session:
        yield session


@pytest.fixture(scope="session")
async def spare_url(server_url: str) -> AsyncIterator[str | None]:
    """Give the URL of a database that one test after another gets, or None.

    PostgreSQL makes a database by copying one, and a new one's first
    connection reads all of its catalogue: to empty one costs a third of that.
    """
    if not server_url.startswith("postgresql"):
        yield None
        return
    url = await scratch_database(server_url)
    yield url
    await drop_database(url)


@pytest.fixture
async def own_url(
    server_url: str, spare_url: str | None
) -> AsyncIterator[str]:
    """Give the URL of a database of the test's own, with nothing in it."""
    if spare_url:
        await empty(spare_url)
        yield str(spare_url)
        return
    url = await scratch_database(server_url)
    yield str(url)
    await drop_database(url)


@pytest.fixture
async def committing_engine(own_url: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine on a database of the test's own, with the tables."""
    async with engine_with_tables(own_url) as engine:
        yield engine


@pytest.fixture
def factory(committing_engine: AsyncEngine) -> SessionFactory:
    """Give a factory of sessions that really commit, also side by side."""
    return make_session_factory(committing_engine)


@asynccontextmanager
async def engine_with_tables(url: str) -> AsyncIterator[AsyncEngine]:
    """Make an engine and its tables, and dispose of the engine."""
    engine = make_engine(url)
    try:
        await create_tables(engine)
        yield engine
    finally:
        await engine.dispose()


async def empty(url: str) -> None:
    """Close what is connected to a PostgreSQL database, and drop all in it."""
    engine = make_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        for statement in (CLOSE, EMPTY):
            await connection.execute(text(statement))


CLOSE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
EMPTY = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  LOOP EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP;
  CREATE SCHEMA public;
  EXECUTE format('ALTER DATABASE %I RESET ALL', current_database());
END $$
"""


# The servers.


def required() -> set[str]:
    """Tell which databases may not be missing."""
    names = os.environ.get("REQUIRE_DATABASES", "")  # noqa: TID251  tests' own
    return {name.strip() for name in names.split(",") if name.strip()}


def chosen_drivers() -> dict[str, str]:
    """Tell which other driver is to be used on which database."""
    names = os.environ.get("TEST_DRIVERS", "")  # noqa: TID251  tests' own
    return {
        name.strip().partition("+")[0]: name.strip()
        for name in names.split(",")
        if name.strip()
    }


def by_chosen_driver(url: str) -> str:
    """Write a server's URL with the driver that is to be used."""
    parsed = make_url(url)
    name = chosen_drivers().get(parsed.get_backend_name(), parsed.drivername)
    return parsed.set(drivername=name).render_as_string(hide_password=False)


def servers_of(config: pytest.Config) -> Servers:
    """Give the run's servers; the first call of the run starts them."""
    if SERVERS not in config.stash:
        if workerinput := getattr(config, "workerinput", None):
            config.stash[SERVERS] = Servers(**workerinput["servers"])
        else:
            config.stash[STACK] = stack = ExitStack()
            config.add_cleanup(stack.close)
            config.stash[SERVERS] = stack.enter_context(running())
    return config.stash[SERVERS]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run take its time."""
    parser.addoption(
        "--long",
        action="store_true",
        help="run the long form of tests, and those marked as long",
    )


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Tell whether this run has time: the nightly one has."""
    return bool(request.config.getoption("--long"))


def pytest_configure() -> None:
    """Refuse the name of a database that the tests do not know."""
    if unknown := required().difference(DATABASES):
        raise pytest.UsageError(
            f"REQUIRE_DATABASES names {', '.join(sorted(unknown))}; "
            f"write some of {','.join(DATABASES)}."
        )
    if unknown := chosen_drivers().keys() - set(DATABASES):
        raise pytest.UsageError(
            f"TEST_DRIVERS names a driver of {', '.join(sorted(unknown))}; "
            "write postgresql+psycopg, say, or mysql+asyncmy."
        )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what takes long, unless the run has time."""
    if config.getoption("--long"):
        return
    left_out = {item for item in items if item.get_closest_marker("long")}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the servers before pytest-xdist's workers, and name them."""
    try:
        servers = servers_of(node.config)
    except ServerError as error:
        raise pytest.UsageError(str(error)) from error
    node.workerinput["servers"] = asdict(servers)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the servers before pytest-xdist waits for what was interrupted."""
    stack = session.config.stash.get(STACK, None)
    if stack and session.config.pluginmanager.has_plugin("dsession"):
        stack.close()


def pytest_collection_finish() -> None:
    """Spare each garbage collection what every test imports.

    Some tests collect by themselves, to see what has been left behind.
    """
    gc.collect()
    gc.freeze()


# Signals.


@pytest.fixture
def heard_signals() -> Iterator[None]:
    """Have child processes hear these signals, as in a terminal.

    They inherit what is ignored: SIGINT and SIGQUIT are in a background job
    of a script, SIGHUP under nohup.
    """
    numbers = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
    before = {
        number: signal.signal(number, signal.SIG_DFL) for number in numbers
    }
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


# The account at the end.


def pytest_itemcollected(item: pytest.Item) -> None:
    """Note each test's database in its report."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    if "server_url" in parameters:
        item.user_properties.append(("database", parameters["server_url"]))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name the databases that tests ran on, and how to get the others."""
    phases = Counter(
        (dict(report.user_properties).get("database"), report.when)
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport)
    )
    missing = config.stash[SERVERS].missing if SERVERS in config.stash else {}
    met = [name for name in DATABASES if phases[name, "setup"]]
    if met:
        terminalreporter.section("databases")
    for name in met:
        ran, of = phases[name, "call"], phases[name, "setup"]
        line = f"{name:<11}{ran} of {of} tests ran. {missing.get(name, '')}"
        terminalreporter.line(line.rstrip(), red=ran < of, green=ran == of)
