"""Three MariaDB nodes with Galera, of which a page may kill one.

Each node has a copy of the same data, and a note that the three were a
cluster before. They meet again as after a power cut, all at the same point,
so no state is transferred, which would take longer than the rest. They listen
on 127.0.0.1 alone. The settings are options of Galera's, such as
``evs.suspect_timeout``.
"""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from servers import ServerError, find
from servers.companion import Facts
from servers.keeper import keep
from servers.recipes import HOST, mysql
from servers.starting import facts, fill, free_ports, program, until_ready

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


class Seat(NamedTuple):
    """A node's place in the cluster: its name, its id, and its ports."""

    name: str
    member: uuid.UUID
    port: int  # for clients
    group: int  # for the other nodes
    transfer: int  # for what it has missed


@asynccontextmanager
async def cluster(settings: Facts, folder: Path) -> AsyncIterator[Facts]:
    """Run the nodes for the time of the context.

    Yields:
        ``nodes``: of each, the administrator's ``url``, the process id
        ``pid``, the ``folder``, and the command that ``start``s it.
    """
    programs, provider = find_programs()
    ports = free_ports(3 * NODES)
    seats = [
        Seat(f"node{number + 1}", uuid.uuid1(), *ports[number::NODES])
        for number in range(NODES)
    ]
    first = mysql(programs, folder / seats[0].name)
    nodes = []
    for seat in seats:
        home = folder / seat.name
        server = mysql(programs, home, first.password)
        copy = ["/bin/cp", "-R", f"{first.folder}/data", str(home)]
        node = replace(
            server,
            make=server.make if seat is seats[0] else copy,
            start=[
                *server.start,
                f"--wsrep-provider={provider}",
                f"--wsrep-data-home-dir={home}",
                *options(seat, seats, settings),
            ],
            ready=READY,
            files=server.files | saved_state(seat, seats),
        )
        await fill(node)
        nodes.append(node)
    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(
                program(node, node.start, node.stop)
            )
            for node in nodes
        ]
        for node, process in zip(nodes, processes, strict=True):
            await until_ready(node, process)
        yield {
            "nodes": [
                {**facts(node, seat.port, process), "start": node.start}
                for seat, node, process in zip(
                    seats, nodes, processes, strict=True
                )
            ]
        }


def find_programs() -> tuple[list[Path], str]:
    """Find MariaDB's programs, and Galera's library.

    Raises:
        ServerError: They are not installed.
    """
    found = find("mysql") or []
    for provider in PROVIDERS:
        if len(found) > 1 and Path(provider).exists():  # MySQL's is one
            return found, provider
    raise ServerError(MISSING)


def options(seat: Seat, seats: list[Seat], settings: Facts) -> list[str]:
    """Write the arguments that make ``mariadbd`` one node of a cluster."""
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
    keep(cluster)
