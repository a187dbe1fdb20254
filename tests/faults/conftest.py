"""Servers that faults may befall, and a bank on each with money in it."""

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import make_url

from servers import MISSING, find
from tests.bank.conftest import pair  # noqa: F401 - a fixture here as well
from tests.conftest import DATABASES, required
from tests.faults.server import Server, own_server

UNCLOSED = "ignore:Unclosed connection <aiomysql:ResourceWarning"
"""aiomysql says goodbye before it closes: on a dead line it does neither."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Expect what the driver leaves of connections that were killed."""
    item.add_marker(pytest.mark.filterwarnings(UNCLOSED))


def programs_of(name: str) -> list[Path]:
    """Find a server's programs, or skip; fail where it is required.

    A server that ``TEST_POSTGRESQL_URL`` or ``TEST_MYSQL_URL`` names does
    for other tests. It is not killed, and so it is not enough for these.
    """
    programs = find(name)
    if programs is None:
        why = MISSING[name].partition(", or set")[0]
        url = os.environ.get(f"TEST_{name.upper()}_URL")  # noqa: TID251  tests' own
        fail = name in required() and not url
        (pytest.fail if fail else pytest.skip)(
            f"{why}. These tests kill their server, so they start their own."
        )
    return programs


@pytest.fixture(scope="session")
def own_servers() -> Iterator[dict[str, Server]]:
    """Keep the servers that tests have asked for, until the last test."""
    with ExitStack() as stack:
        yield _Servers(stack)


class _Servers(dict[str, Server]):
    """Servers by name, each started when it is asked for."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__()
        self.stack = stack

    def __missing__(self, name: str) -> Server:
        server = own_server(name, programs_of(name))
        self[name] = self.stack.enter_context(server)
        return self[name]


@pytest.fixture(scope="session", params=DATABASES)
def server_url(
    request: pytest.FixtureRequest,
    own_servers: dict[str, Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Give the URL of a server that the worker owns, or of a SQLite file."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('s')}/bank.db"
    return own_servers[request.param].url


@pytest.fixture
def spare_url() -> None:
    """Have each test make a database, on this server and on no other."""


@pytest.fixture
def server(
    server_url: str, own_servers: dict[str, Server]
) -> Iterator[Server]:
    """Give the server itself, where it is no file."""
    yield own_servers[make_url(server_url).get_backend_name()]
    gc.collect()  # what is left of connections, before the next test
