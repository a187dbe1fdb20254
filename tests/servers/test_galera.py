"""Three Galera nodes that a page starts, and may kill one of."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from servers import ServerError, companion, galera
from tests.servers.test_servers import eventually, listens

ROOT = Path(__file__).parent.parent.parent

# A cluster does not wait for a reader of the table that it drops: it ends
# the reader's transaction, on each node.
ELSEWHERE = [
    "tests/bank/db/test_engine.py::test_wait_for_an_altered_table_ends[mysql]"
]

OWNER = """
import json, time
from servers import companion
print(json.dumps(companion.start("servers.galera").facts), flush=True)
time.sleep(600)
"""


def is_installed() -> bool:
    """Tell whether MariaDB and Galera are here."""
    try:
        galera.find_programs()
    except ServerError:
        return False
    return True


installed = pytest.mark.skipif(not is_installed(), reason=galera.MISSING)


@pytest.fixture
def urls() -> Iterator[list[str]]:
    """Start the nodes, and give the URL of each."""
    cluster = companion.start("servers.galera")
    yield [node["url"] for node in cluster.facts["nodes"]]
    cluster.stop()


async def execute(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Execute statements one by one, and read what the last one gives."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            result = await connection.execute(text(statement))
        rows = result.all() if result.returns_rows else []
    await engine.dispose()
    return [tuple(row) for row in rows]


@installed
@pytest.mark.long
async def test_three_nodes_are_one_cluster(urls: list[str]) -> None:
    """Each counts three, and reads a row that another one has committed."""
    first, *others = urls
    await execute(
        first,
        "CREATE TABLE pond (depth INT PRIMARY KEY)",
        "INSERT INTO pond VALUES (3)",
    )
    for url in others:
        assert await execute(url, "SHOW STATUS LIKE 'wsrep_cluster_size'") == [
            ("wsrep_cluster_size", "3")
        ]
        assert await execute(
            url, "SET wsrep_sync_wait = 1", "SELECT depth FROM pond"
        ) == [(3,)]


@installed
@pytest.mark.long
def test_nodes_listen_on_loopback_alone(urls: list[str]) -> None:
    """Of all ports that their processes hold, none is open to others."""
    with socket.create_server(("0.0.0.0", 0)) as open_to_all:  # noqa: S104  to see the check fail
        port = open_to_all.getsockname()[1]
        if not listens(f"mysql://:{port}", "127.0.0.2"):
            pytest.skip("This system has no 127.0.0.2.")
    for url in urls:
        assert listens(url)
        assert not listens(url, "127.0.0.2")
        assert not listens(url, "::1")


@installed
@pytest.mark.long
def test_nodes_end_with_their_owner() -> None:
    """An owner that is killed takes all three nodes with it."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout
        nodes = json.loads(owner.stdout.readline())["nodes"]
        assert all(listens(node["url"]) for node in nodes)
        owner.kill()
    assert eventually(lambda: not any(listens(node["url"]) for node in nodes))


@installed
@pytest.mark.long
def test_the_suite_of_the_bank(urls: list[str]) -> None:
    """The bank's tests pass on a node of a cluster as on a server alone."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-k", "mysql"),
            *("-p", "no:cacheprovider", "tests/bank"),
            *(f"--deselect={name}" for name in ELSEWHERE),
        ],
        cwd=ROOT,
        env={**os.environ, "TEST_MYSQL_URL": urls[0]},  # noqa: TID251 - handed on
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def test_missing_library_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is not installed is named with the command that installs it."""
    monkeypatch.setattr(galera, "PROVIDERS", ())
    with pytest.raises(ServerError, match=r"apt-get install .*galera-4"):
        galera.find_programs()
