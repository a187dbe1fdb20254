"""Make a server's data, start it, and tell when it takes connections.

Whatever runs a program here raises ``ServerError`` where the program cannot
be started, fails, or takes too long. The message ends with its log.
"""

import asyncio
import os
import pwd
import signal
import socket
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import (
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    suppress,
)
from typing import Any

from servers import ServerError
from servers.companion import Facts
from servers.recipes import HOST, Server

PATIENCE = 60.0  # seconds that a server gets to start on a busy machine
ATTEMPTS = 5  # since another program may take the port that was free
PORT_TAKEN = "already in use"  # as the C library words EADDRINUSE


def free_ports(count: int) -> list[int]:
    """Ask the kernel for ports of 127.0.0.1 that are free right now."""
    with ExitStack() as stack:
        listeners = [
            stack.enter_context(socket.create_server((HOST, 0)))
            for _ in range(count)
        ]
        return [int(each.getsockname()[1]) for each in listeners]


async def fill(server: Server) -> None:
    """Make a server's folder, which must not exist yet, and its data."""
    server.folder.mkdir(mode=0o700)
    for name, text in server.files.items():
        (server.folder / name).touch(mode=0o600)  # libpq asks for that
        (server.folder / name).write_text(text)
    if user := _account(server):
        for path in (server.folder, *server.folder.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
    if server.make:
        await run(server, server.make)


async def run(server: Server, command: list[str]) -> None:
    """Run one of a server's programs to its end."""
    async with program(server, command, signal.SIGKILL) as process:
        if await process.wait() != 0:
            raise ServerError(failure(server, command))


@asynccontextmanager
async def listening(
    server: Server,
    on: Callable[[int], list[str]] = lambda port: [f"--port={port}"],
) -> AsyncIterator[tuple[int, Process]]:
    """Run a server, which has its data, on a port that is free.

    Args:
        server: The server.
        on: Makes the server listen on a port: returns the arguments for it.

    Yields:
        The port on which it takes connections, and its process.
    """
    async with AsyncExitStack() as stack:
        for attempt in range(1, ATTEMPTS + 1):
            [port] = free_ports(1)
            try:
                process = await stack.enter_async_context(
                    serving(server, *on(port))
                )
            except ServerError:
                if attempt == ATTEMPTS or PORT_TAKEN not in log_of(server):
                    raise
            else:
                break
        yield port, process


@asynccontextmanager
async def serving(server: Server, *arguments: str) -> AsyncIterator[Process]:
    """Run a server that takes connections as soon as the context begins."""
    command = [*server.start, *arguments]
    async with program(server, command, server.stop) as process:
        await until_ready(server, process)
        yield process


@asynccontextmanager
async def program(
    server: Server, command: list[str], stop: signal.Signals
) -> AsyncIterator[Process]:
    """Run one of a server's programs until it ends or the context does.

    Its output replaces what the file ``log`` in the server's folder has.
    """
    log = server.folder / "log"
    log.write_bytes(b"")
    try:
        with log.open("a") as output:
            process = await asyncio.create_subprocess_exec(
                *command, stdout=output, stderr=output, **_options(server)
            )
    except OSError as error:
        raise ServerError(f"{command[0]} cannot be run: {error}") from error
    try:
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, stop)
            await process.wait()


async def until_ready(server: Server, process: Process) -> None:
    """Wait until a server takes connections."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while process.returncode is None:
                said = log_of(server)
                if all(line in said for line in server.ready):
                    return
                await asyncio.sleep(0.02)
    raise ServerError(failure(server, server.start))


def failure(server: Server, command: list[str]) -> str:
    """Say which program failed, and what its log says at the end."""
    last = log_of(server).splitlines()[-15:]
    return "\n".join([f"{command[0]} does not run. Its log ends:", *last])


def log_of(server: Server) -> str:
    """Read what the server, or the last of its programs, has said."""
    return (server.folder / "log").read_text(errors="replace")


def facts(server: Server, port: int, process: Process) -> Facts:
    """Tell what an owner needs to use a server, and to kill it."""
    return {
        "url": server.url(port),
        "pid": process.pid,
        "folder": str(server.folder),
    }


def _options(server: Server) -> dict[str, Any]:
    """Give arguments for ``asyncio.create_subprocess_exec``."""
    options: dict[str, Any] = {
        "cwd": server.folder,
        "env": {
            "PATH": os.defpath,
            "LC_ALL": "C",
            # In /tmp, MariaDB's temporary tables meet those of another one.
            "TMPDIR": str(server.folder),
        },
        "stdin": subprocess.DEVNULL,
        "start_new_session": True,  # a group of its own, to be stopped whole
    }
    if user := _account(server):
        options |= {
            "user": user.pw_uid,
            "group": user.pw_gid,
            "extra_groups": [],
        }
    return options


def _account(server: Server) -> pwd.struct_passwd | None:
    """Choose whom root lets a server run as, since servers refuse root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get(server.account) or known["nobody"]
