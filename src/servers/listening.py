"""A server on a port that is free, whichever that is."""

from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from servers.recipes import Server
from servers.starting import StartError, failure, free_port, program, started

ATTEMPTS = 5  # since another program may take the port that was free
PORT_TAKEN = "already in use"  # as the C library words EADDRINUSE


@asynccontextmanager
async def listening(
    server: Server,
    folder: Path,
    options: dict[str, Any],
    on: Callable[[int], list[str]] = lambda port: [f"--port={port}"],
) -> AsyncIterator[tuple[int, Process]]:
    """Run a server while the context lasts.

    Args:
        server: The server, laid out in its folder.
        folder: That folder.
        options: What ``lay_out`` gave.
        on: Makes the server listen on a port: returns the arguments for it.

    Yields:
        The port on which it takes connections, and its process.

    Raises:
        StartError: It does not start.
    """
    for _ in range(ATTEMPTS):
        async with AsyncExitStack() as stack:
            port = free_port()
            command = [*server.start, *on(port)]
            process = await stack.enter_async_context(
                program(command, server.stop, folder, options)
            )
            if await started(server, process, folder):
                yield port, process
                return
        if PORT_TAKEN not in (folder / "log").read_text(errors="replace"):
            break
    raise StartError(failure(server.start, folder))
