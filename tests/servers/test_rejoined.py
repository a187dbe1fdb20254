"""A Galera node that was killed, and comes back to its cluster."""

import os
import signal

import pytest

from servers import companion
from tests.servers.test_galera import execute, installed


@installed
@pytest.mark.long  # the page about Galera shows the same
async def test_killed_node_gets_what_it_missed() -> None:
    """It asks for the rows since its last one, and has all of them."""
    cluster = companion.start("servers.galera")
    *others, killed = cluster.facts["nodes"]
    await execute(
        others[0]["url"],
        "CREATE TABLE pond (depth INT PRIMARY KEY)",
        "INSERT INTO pond VALUES (3)",
    )
    os.kill(killed["pid"], signal.SIGKILL)
    await execute(others[0]["url"], "INSERT INTO pond VALUES (4)")

    node = companion.start("servers.rejoined", **killed)

    assert node.facts["transfer"] == "IST"
    for each in (*others, killed):
        assert await execute(
            each["url"], "SET wsrep_sync_wait = 1", "SELECT depth FROM pond"
        ) == [(3,), (4,)]
    node.stop()
    cluster.stop()
