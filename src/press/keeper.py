"""The process that keeps the database servers of one run.

``press.servers`` starts it with the programs to run, as JSON. It answers
on standard output with one line of JSON: the servers' URLs, or what went
wrong. Then it waits until its standard input closes, stops the servers at
once and removes their data. Killed itself, it leaves both to the next
keeper.
"""

import asyncio
import fcntl
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import (
    ExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = "press-servers-"
HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds that a server gets to start on a busy machine
ATTEMPTS = 5  # since another program may take the port that was free
PORT_TAKEN = "already in use"  # as the C library words EADDRINUSE


class StartError(RuntimeError):
    """A server did not start; the message ends with its log."""


@dataclass(frozen=True)
class Server:
    """One server to start.

    Attributes:
        account: The system user whom root lets the server run as.
        scheme: SQLAlchemy's dialect and driver.
        user: The administrator's name.
        database: The database in the administrator's URL.
        make: The command that fills the data folder.
        start: The command that serves it, without the port.
        ready: What the log says when the server takes connections.
        stop: The signal that ends the server soonest and still frees what
            it holds outside of its folder.
        files: Further files that the commands read, by their names.
    """

    account: str
    scheme: str
    user: str
    database: str
    make: list[str]
    start: list[str]
    ready: str
    stop: signal.Signals
    files: dict[str, str]


def postgresql(programs: list[str], folder: Path, password: str) -> Server:
    """Describe a PostgreSQL server that tests may throw away.

    Nothing is synchronised to disk, as in
    https://www.postgresql.org/docs/current/non-durability.html.

    Args:
        programs: The paths of ``postgres`` and ``initdb``.
        folder: The server's own folder.
        password: The administrator's password.

    Returns:
        The commands and what belongs to them.
    """
    server, initdb = programs
    return Server(
        account="postgres",
        scheme="postgresql+asyncpg",
        user="postgres",
        database="postgres",
        make=[
            initdb,
            f"--pgdata={folder}/data",
            f"--pwfile={folder}/password",
            "--username=postgres",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # The one UTF-8 locale that each system has.
            "--locale="
            + ("en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"),
            "--no-instructions",
            "--no-sync",
        ],
        start=[
            server,
            *("-D", f"{folder}/data"),
            *("-h", HOST),
            *("-k", ""),  # no Unix socket
            *("-N", "200"),
            "-F",  # no fsync
            "--synchronous_commit=off",
            "--full_page_writes=off",
            "--wal_level=minimal",
            "--max_wal_senders=0",
        ],
        ready="database system is ready to accept connections",
        stop=signal.SIGQUIT,
        files={"password": password},
    )


def mysql(programs: list[str], folder: Path, password: str) -> Server:
    """Describe a MariaDB or MySQL server that tests may throw away.

    Args:
        programs: The paths of ``mariadbd`` and ``mariadb-install-db``, or of
            MySQL's ``mysqld`` alone.
        folder: The server's own folder.
        password: The administrator's password.

    Returns:
        The commands and what belongs to them.
    """
    data = ["--no-defaults", f"--datadir={folder}/data"]
    match programs:
        case [server, install]:
            make = [
                install,
                *data,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--innodb-log-file-size=8M",
            ]
            own = []
        case [server]:
            make = [server, *data, "--initialize-insecure"]
            own = ["--mysqlx=OFF", "--secure-file-priv=NULL"]
    return Server(
        account="mysql",
        scheme="mysql+aiomysql",
        user="press",
        database="press",
        make=make,
        start=[
            server,
            *data,
            *own,
            f"--bind-address={HOST}",
            f"--init-file={folder}/init.sql",
            "--socket=socket",
            "--pid-file=pid",
            "--max-connections=200",
            "--character-set-server=utf8mb4",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--performance-schema=OFF",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-flush-method=nosync",
            "--innodb-doublewrite=0",
            "--innodb-use-native-aio=0",  # containers often have none left
        ],
        ready="ready for connections",
        stop=signal.SIGKILL,
        files={
            "init.sql": (
                f"CREATE USER 'press'@'{HOST}' IDENTIFIED BY '{password}';\n"
                f"GRANT ALL ON *.* TO 'press'@'{HOST}' WITH GRANT OPTION;\n"
                "CREATE DATABASE press;\n"
            )
        },
    )


SERVERS = {"postgresql": postgresql, "mysql": mysql}


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


@contextmanager
def own_folder() -> Iterator[Path]:
    """Make the run's folder, and remove it and stale ones of other runs.

    A lock on a file inside says that its keeper lives. The folder gets
    the name that ``sweep`` looks for only once the lock is held.

    Yields:
        The folder's path.
    """
    sweep()
    new = Path(tempfile.mkdtemp(prefix="new-"))
    with (new / "lock").open("x") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        new.chmod(0o711)  # the servers' accounts pass through
        folder = new.rename(new.with_name(PREFIX + new.name[4:]))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def sweep() -> None:
    """Stop the servers of keepers that were killed; remove their data."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with ExitStack() as stack:
            try:
                if folder.stat().st_uid != os.geteuid():
                    continue
                lock = stack.enter_context((folder / "lock").open())
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, FileNotFoundError):
                continue  # its keeper lives, or another sweep was first
            end_orphans(folder)
            with suppress(FileNotFoundError):  # the other sweep just ended
                shutil.rmtree(folder)


def end_orphans(folder: Path) -> None:
    """Stop the servers whose data is in a folder, and wait for their end.

    They are known by their command lines, which name the folder: unlike
    a process id, its random name is never used again.

    Args:
        folder: The folder of a keeper that is gone.

    Raises:
        TimeoutError: A server withstands SIGKILL for 10 seconds.
    """
    data = re.compile(rf"(-D |--datadir=|--pgdata=){re.escape(str(folder))}/")
    deadline = time.monotonic() + 10
    signals = iter([signal.SIGQUIT])  # lets PostgreSQL free its memory
    while True:
        listing = subprocess.run(
            ["/bin/ps", "-axww", "-o", "pid=,args="],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        orphans = [
            int(line.split()[0])
            for line in listing.splitlines()
            if data.search(line)
        ]
        if not orphans:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"Processes {orphans} do not end.")
        number = next(signals, signal.SIGKILL)
        for pid in orphans:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        time.sleep(0.2)


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
        "env": {"PATH": os.defpath, "LC_ALL": "C"},
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
    password = secrets.token_hex(16)
    server = SERVERS[name](programs, folder, password)
    options = lay_out(server, folder)
    async with program(server.make, signal.SIGKILL, folder, options) as made:
        if await made.wait() != 0:
            raise StartError(failure(server.make, folder))
    for _ in range(ATTEMPTS):
        port = free_port()
        command = [*server.start, f"--port={port}"]
        async with program(command, server.stop, folder, options) as process:
            if await started(server, process, folder):
                url.set_result(
                    f"{server.scheme}://{server.user}:{password}"
                    f"@{HOST}:{port}/{server.database}"
                )
                await process.wait()
                break
        if PORT_TAKEN not in (folder / "log").read_text(errors="replace"):
            break
    raise StartError(failure(server.start, folder))


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
