"""Three MariaDB nodes with Galera, of which a page may kill one.

Each node has a copy of the same data, and a note that the three were a
cluster before. They meet again as after a power cut, all at the same point,
so no state is transferred, which would take longer than the rest. They listen
on 127.0.0.1 alone.
"""

import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from servers import companion, find
from servers.recipes import HOST, mysql
from servers.starting import (
    StartError,
    failure,
    fill,
    free_ports,
    program,
    started,
)

NODES = 3
PROVIDERS = (
    "/usr/lib/galera/libgalera_smm.so",
    "/usr/lib64/galera-4/libgalera_smm.so",
)
MISSING = (
    "MariaDB is not installed with its Galera library: install both (Debian "
    "and Ubuntu: 'apt-get install mariadb-server galera-4')."
)
READY = (
    "Synchronized with group, ready for connections",
    "mariadbd: ready for connections",
)


@dataclass(frozen=True)
class Seat:
    """A node's place in the cluster.

    Attributes:
        name: What the node is called.
        member: Its id in the cluster.
        port: Where it listens to clients.
        group: Where it listens to the other nodes.
        transfer: Where it takes what it has missed.
    """

    name: str
    member: uuid.UUID
    port: int
    group: int
    transfer: int


@asynccontextmanager
async def cluster(
    settings: companion.Facts, folder: Path
) -> AsyncIterator[companion.Facts]:
    """Run the nodes for the time of the context.

    Args:
        settings: Options of Galera's, such as ``evs.suspect_timeout``.
        folder: Where to make the nodes' folders.

    Yields:
        ``nodes``: of each, the administrator's ``url``, the process id
        ``pid``, the ``folder``, and the command that ``start``s it.

    Raises:
        StartError: MariaDB or Galera is not installed, or does not start.
    """
    programs, provider = find_programs()
    seats = take_seats()
    password = secrets.token_hex(16)
    async with AsyncExitStack() as stack:
        nodes = []
        for seat in seats:
            home = folder / seat.name
            server = mysql(programs, home, password)
            data = folder / seats[0].name / "data"
            copy = ["/bin/cp", "-R", str(data), str(home)]
            node = replace(
                server,
                make=server.make if seat is seats[0] else copy,
                start=[
                    *server.start,
                    f"--wsrep-provider={provider}",
                    f"--wsrep-data-home-dir={home}",
                    *options(seat, seats, settings),
                ],
                files=server.files | saved_state(seat, seats),
            )
            nodes.append((node, home, await fill(node, home)))
        processes = [
            await stack.enter_async_context(
                program(node.start, node.stop, home, how)
            )
            for node, home, how in nodes
        ]
        for line in READY:
            for (node, home, _), process in zip(nodes, processes, strict=True):
                if not await started(replace(node, ready=line), process, home):
                    raise StartError(failure(node.start, home))
        yield {
            "nodes": [
                {
                    "url": node.url(seat.port),
                    "pid": process.pid,
                    "folder": str(home),
                    "start": node.start,
                }
                for seat, (node, home, _), process in zip(
                    seats, nodes, processes, strict=True
                )
            ]
        }


def find_programs() -> tuple[list[str], str]:
    """Find what a node consists of.

    Returns:
        The paths of ``mariadbd`` and ``mariadb-install-db``, and that of
        Galera's library.

    Raises:
        StartError: They are not installed.
    """
    found = [str(path) for path in find("mysql") or []]
    for provider in PROVIDERS:
        if len(found) > 1 and Path(provider).exists():  # MySQL's is one
            return found, provider
    raise StartError(MISSING)


def take_seats() -> list[Seat]:
    """Give each node an id and ports that are free right now."""
    ports = free_ports(3 * NODES)
    return [
        Seat(f"node{number + 1}", uuid.uuid1(), *ports[number::NODES])
        for number in range(NODES)
    ]


def options(
    seat: Seat, seats: list[Seat], settings: companion.Facts
) -> list[str]:
    """Write the options that make a server one node of a cluster.

    Args:
        seat: The node's own place.
        seats: All places.
        settings: Options of Galera's, by their names.

    Returns:
        Arguments for ``mariadbd``.
    """
    own = {
        "gmcast.listen_addr": f"tcp://{HOST}:{seat.group}",
        "ist.recv_addr": f"{HOST}:{seat.transfer}",
        "gcache.size": "8M",
        **settings,
    }
    words = ";".join(f"{name}={value}" for name, value in own.items())
    addresses = ",".join(f"{HOST}:{each.group}" for each in seats)
    return [
        "--wsrep-on=ON",
        f"--wsrep-cluster-address=gcomm://{addresses}",
        f"--wsrep-node-name={seat.name}",
        f"--wsrep-node-address={HOST}:{seat.group}",
        f"--wsrep-provider-options={words}",
        f"--wsrep-start-position={seats[0].member}:0",
        "--binlog-format=ROW",
        "--innodb-autoinc-lock-mode=2",
        "--innodb-buffer-pool-size=32M",
        "--innodb-log-file-size=16M",
        f"--port={seat.port}",
    ]


def saved_state(seat: Seat, seats: list[Seat]) -> dict[str, str]:
    """Write the two files by which a node knows where it left off.

    They are explained at
    https://galeracluster.com/library/documentation/pc-recovery.html. The
    first node's id serves as that of the cluster.

    Args:
        seat: The node's own place.
        seats: All places.

    Returns:
        The files' texts, by their names.
    """
    first = seats[0].member
    view = [
        f"my_uuid: {seat.member}",
        "#vwbeg",
        f"view_id: 3 {first} 1",
        "bootstrap: 0",
        *(f"member: {each.member} 0" for each in seats),
        "#vwend",
    ]
    return {
        "grastate.dat": f"version: 2.1\nuuid: {first}\nseqno: 0\n",
        "gvwstate.dat": "\n".join([*view, ""]),
    }


if __name__ == "__main__":
    companion.keep(cluster)
