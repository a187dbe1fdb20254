"""The process that keeps one server, to be killed and started on demand.

It reads a word a line, ``start`` or ``kill``, and answers each with a line of
JSON. When its standard input closes, it stops the server and removes its
data: the kernel closes that pipe however the owner ends.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from servers import ServerError
from servers.folder import own_folder
from servers.keeper import answer
from servers.recipes import SERVERS
from servers.starting import fill, free_ports, serving

DURABLE = {
    "postgresql": ["--synchronous_commit=on"],
    "mysql": ["--innodb-flush-log-at-trx-commit=2"],
}
"""So that a commit is the system's before it is told: it outlives a kill."""


async def keep(name: str, programs: list[str], folder: Path) -> None:
    """Make a server, and start and kill it as the owner says.

    Args:
        name: ``postgresql`` or ``mysql``.
        programs: The paths of its programs.
        folder: The server's folder, which does not exist yet.

    Raises:
        ServerError: The server does not start.
    """
    server = SERVERS[name](programs, folder)
    await fill(server)
    [port] = free_ports(1)
    words = read_words()
    async for _start in words:
        async with serving(
            server, *DURABLE[name], f"--port={port}"
        ) as process:
            answer(url=server.url(port))
            for file in server.files:  # they have served
                (folder / file).write_text("")
            async for _kill in words:
                await kill(process.pid)
                await process.wait()
                answer(killed=True)
                break


async def read_words() -> AsyncIterator[str]:
    """Read what the owner says, until it is gone."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        yield line.decode().strip()


async def kill(server: int) -> None:
    """Kill a server and its children, as a failing machine would.

    PostgreSQL does not start again while a child of the old one lives.

    Args:
        server: The process id of the server.
    """
    os.kill(server, signal.SIGSTOP)  # so it begets no more
    family = [server, *children(server)]
    for process in family:
        os.kill(process, signal.SIGKILL)
    while alive().keys() & set(family):  # noqa: ASYNC110  only asking tells
        await asyncio.sleep(0.01)


def children(parent: int) -> list[int]:
    """List the processes that a process has started."""
    return [child for child, its in alive().items() if its == parent]


def alive() -> dict[int, int]:
    """List all processes that are not dead, each with its parent."""
    listing = subprocess.run(
        ["/bin/ps", "-ax", "-o", "pid=,ppid=,stat="],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    rows = [line.split() for line in listing.splitlines()]
    return {
        int(process): int(parent)
        for process, parent, state in rows
        if not state.startswith("Z")
    }


def main() -> None:
    """Keep the server that the arguments name."""
    name, programs = sys.argv[1], json.loads(sys.argv[2])
    with own_folder() as folder:
        try:
            asyncio.run(keep(name, programs, folder / name))
        except ServerError as error:
            answer(error=str(error))


if __name__ == "__main__":
    main()
