"""The process that keeps the database servers of one run.

The owner starts it with the programs to run, as JSON. It answers on standard
output with one line of JSON: the servers' URLs, or what went wrong. Then it
waits until its standard input closes, stops the servers at once and removes
their data. Killed itself, it leaves both to the next keeper.
"""

import asyncio
import json
import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from servers.folder import own_folder
from servers.recipes import HOST, SERVERS, Server

PATIENCE = 60.0  # seconds that a server gets to start on a busy machine
ATTEMPTS = 5  # since another program may take the port that was free
PORT_TAKEN = "already in use"  # as the C library words EADDRINUSE


class StartError(RuntimeError):
    """A server did not start; the message ends with its log."""


def free_port() -> int:
    """Ask the kernel for a port of 127.0.0.1 that is free right now."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


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
        (folder / name).write_text(text)
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
        for path in (folder, *folder.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
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


async def serve(
    name: str, programs: list[str], folder: Path, url: asyncio.Future[str]
) -> None:
    """Make and run one server until the task is cancelled.

    Args:
        name: ``postgresql`` or ``mysql``.
        programs: The paths of its programs.
        folder: The server's folder, which does not exist yet.
        url: Gets the administrator's URL once the server takes connections.

    Raises:
        StartError: The server does not start, or ends by itself.
    """
    server, options = await make(name, programs, folder)
    for _ in range(ATTEMPTS):
        port = free_port()
        command = [*server.start, f"--port={port}"]
        async with program(command, server.stop, folder, options) as process:
            if await started(server, process, folder):
                url.set_result(server.url(port))
                await process.wait()
                break
        if PORT_TAKEN not in (folder / "log").read_text(errors="replace"):
            break
    raise StartError(failure(server.start, folder))


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
    options = lay_out(server, folder)
    async with program(server.make, signal.SIGKILL, folder, options) as made:
        if await made.wait() != 0:
            raise StartError(failure(server.make, folder))
    return server, options


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


async def keep(start: dict[str, list[str]], folder: Path) -> None:
    """Run the servers until standard input closes.

    Args:
        start: The programs of each server.
        folder: The run's folder.

    Raises:
        ExceptionGroup: A server did not start or has ended by itself
            (``StartError``).
    """
    loop = asyncio.get_running_loop()
    urls = {name: loop.create_future() for name in start}
    async with asyncio.TaskGroup() as servers:
        for name, programs in start.items():
            servers.create_task(
                serve(name, programs, folder / name, urls[name])
            )
        answer(urls={name: await url for name, url in urls.items()})


async def owned(work: Coroutine[Any, Any, None]) -> None:
    """Do some work for as long as the owner lives.

    The owner holds the other end of standard input and writes nothing, so
    that there is something to read only when the kernel has closed it.

    Args:
        work: What to do; it is cancelled when the owner is gone or sends
            SIGTERM.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)

    def end() -> None:
        loop.remove_reader(sys.stdin)
        task.cancel()

    loop.add_reader(sys.stdin, end)
    loop.add_signal_handler(signal.SIGTERM, end)
    with suppress(asyncio.CancelledError):
        await task


def answer(**line: Any) -> None:
    """Tell the owner something, as one line of JSON."""
    print(json.dumps(line), flush=True)  # noqa: T201  the owner reads it


def main() -> None:
    """Keep the servers that the first argument names."""
    start = json.loads(sys.argv[1])
    with own_folder() as folder:
        try:
            asyncio.run(owned(keep(start, folder)))
        except* StartError as errors:
            answer(error="\n".join(map(str, errors.exceptions)))


if __name__ == "__main__":
    main()
