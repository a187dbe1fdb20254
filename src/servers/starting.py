"""Make a server's data, start it, and tell when it takes connections."""

import asyncio
import os
import pwd
import secrets
import signal
import socket
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from servers.recipes import HOST, SERVERS, Server

PATIENCE = 60.0  # seconds that a server gets to start on a busy machine


class StartError(RuntimeError):
    """A server did not start; the message ends with its log."""


def free_port() -> int:
    """Ask the kernel for a port of 127.0.0.1 that is free right now."""
    [port] = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """Ask the kernel for several such ports, no two of them the same."""
    with ExitStack() as stack:
        listeners = [
            stack.enter_context(socket.create_server((HOST, 0)))
            for _ in range(count)
        ]
        return [int(each.getsockname()[1]) for each in listeners]


def account(*names: str) -> pwd.struct_passwd | None:
    """Choose whom a server runs as, since servers refuse to run as root.

    Args:
        *names: System users, the best first.

    Returns:
        The first that exists; ``None`` unless we are root.
    """
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in names if name in known)


def lay_out(server: Server, folder: Path) -> dict[str, Any]:
    """Make a server's folder, and tell how its programs are to be started.

    Args:
        server: The server.
        folder: Its folder, which does not exist yet.

    Returns:
        Arguments for ``asyncio.create_subprocess_exec``.
    """
    folder.mkdir(mode=0o700)
    (folder / "log").touch()
    for name, text in server.files.items():
        (folder / name).touch(mode=0o600)  # libpq asks for that
        (folder / name).write_text(text)
    options = options_for(server, folder)
    if "user" in options:
        for path in (folder, *folder.iterdir()):
            os.chown(path, options["user"], options["group"])
    return options


def options_for(server: Server, folder: Path) -> dict[str, Any]:
    """Tell how a server's programs are to be started in its folder.

    Args:
        server: The server.
        folder: Its folder.

    Returns:
        Arguments for ``asyncio.create_subprocess_exec``.
    """
    options: dict[str, Any] = {
        "cwd": folder,
        "env": {
            "PATH": os.defpath,
            "LC_ALL": "C",
            # In /tmp, MariaDB's temporary tables meet those of another one.
            "TMPDIR": str(folder),
        },
        "stdin": subprocess.DEVNULL,
        "start_new_session": True,  # a group of its own, to be stopped whole
    }
    if user := account(server.account, "nobody"):
        options |= {
            "user": user.pw_uid,
            "group": user.pw_gid,
            "extra_groups": [],
        }
    return options


@asynccontextmanager
async def program(
    command: list[str],
    stop: signal.Signals,
    folder: Path,
    options: dict[str, Any],
) -> AsyncIterator[Process]:
    """Run a program until it ends or the context does.

    Args:
        command: The program and its arguments.
        stop: The signal that stops it.
        folder: Where its output goes, to the file ``log``.
        options: Arguments for ``asyncio.create_subprocess_exec``.

    Yields:
        The process.

    Raises:
        StartError: The system does not start it.
    """
    try:
        with (folder / "log").open("a") as log:
            process = await asyncio.create_subprocess_exec(
                *command, stdout=log, stderr=log, **options
            )
    except OSError as error:
        raise StartError(f"{command[0]} cannot be run: {error}") from error
    try:
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, stop)
            await process.wait()


async def make(
    name: str, programs: list[str], folder: Path
) -> tuple[Server, dict[str, Any]]:
    """Make a server's folder and fill it with its data.

    Args:
        name: ``postgresql`` or ``mysql``.
        programs: The paths of its programs.
        folder: The server's folder, which does not exist yet.

    Returns:
        The server, and the arguments that `lay_out` gives.

    Raises:
        StartError: The data cannot be made.
    """
    server = SERVERS[name](programs, folder, secrets.token_hex(16))
    return server, await fill(server, folder)


async def fill(server: Server, folder: Path) -> dict[str, Any]:
    """Make a server's folder and fill it by the server's own command.

    Args:
        server: The server.
        folder: Its folder, which does not exist yet.

    Returns:
        The arguments that `lay_out` gives.

    Raises:
        StartError: The data cannot be made.
    """
    options = lay_out(server, folder)
    await run(server.make, folder, options)
    return options


async def run(
    command: list[str], folder: Path, options: dict[str, Any]
) -> None:
    """Run a program to its end.

    Args:
        command: The program and its arguments.
        folder: Where its output goes, to the file ``log``.
        options: Arguments for ``asyncio.create_subprocess_exec``.

    Raises:
        StartError: It cannot be started, or it fails.
    """
    async with program(command, signal.SIGKILL, folder, options) as process:
        if await process.wait() != 0:
            raise StartError(failure(command, folder))


async def started(server: Server, process: Process, folder: Path) -> bool:
    """Wait until a server takes connections.

    Args:
        server: The server.
        process: Its process.
        folder: Its folder.

    Returns:
        Whether it does; otherwise it has ended.

    Raises:
        StartError: It does neither in time.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            while process.returncode is None:
                log = (folder / "log").read_text(errors="replace")
                if server.ready in log:
                    return True
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise StartError(failure(server.start, folder)) from None
    return False


def failure(command: list[str], folder: Path) -> str:
    """Say which program failed, and what its log says at the end."""
    log = (folder / "log").read_text(errors="replace").splitlines()
    return "\n".join([f"{command[0]} does not run. Its log ends:", *log[-15:]])
