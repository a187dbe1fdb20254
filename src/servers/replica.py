"""A primary and a read replica of PostgreSQL, which a page may kill.

The replica is a hot standby: it streams the primary's log, replays it, and
answers those who read. The primary does not wait for it until somebody sets
``synchronous_standby_names`` there to ``replica``. A commit is the system's
before it is told, so that it outlives a kill.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from servers import companion, find
from servers.listening import listening
from servers.recipes import HOST, Server, postgresql
from servers.starting import StartError, fill, make

MISSING = (
    "PostgreSQL is not installed with its pg_basebackup: install it (Debian "
    "and Ubuntu: 'apt-get install postgresql'; Homebrew: 'brew install "
    "postgresql')."
)
FOLLOWING = "started streaming WAL"  # in the log of a replica
STREAMING = (
    "--wal_level=replica",
    "--max_wal_senders=5",
    "--synchronous_commit=on",
    "--full_page_writes=on",  # pg_rewind needs these three
    "--wal_log_hints=on",
    "--wal_keep_size=64MB",
)


@asynccontextmanager
async def pair(
    _settings: dict[str, Any], folder: Path
) -> AsyncIterator[companion.Facts]:
    """Run both servers for the time of the context.

    Args:
        _settings: Nothing.
        folder: Where to make their folders.

    Yields:
        For ``primary`` and for ``replica``: the administrator's ``url``, the
        process id ``pid``, and the ``folder``.

    Raises:
        StartError: PostgreSQL is not installed, or does not start.
    """
    server, copy = programs()
    home, second = folder / "primary", folder / "replica"
    made, options = await make("postgresql", server, home)
    primary = replace(made, start=[*made.start, *STREAMING])
    async with listening(primary, home, options) as (port, process):
        alike = postgresql(server, second, primary.password)
        replica = replica_of(alike, port, copy, second)
        options = await fill(replica, second)
        async with listening(replica, second, options) as (its_port, other):
            yield {
                "primary": {
                    "url": primary.url(port),
                    "pid": process.pid,
                    "folder": str(home),
                },
                "replica": {
                    "url": replica.url(its_port),
                    "pid": other.pid,
                    "folder": str(second),
                },
            }


def replica_of(server: Server, port: int, copy: str, folder: Path) -> Server:
    """Make a description of a server into that of a replica.

    Args:
        server: A server with the primary's user and password.
        port: Where the primary listens.
        copy: The path of ``pg_basebackup``.
        folder: The replica's own folder.

    Returns:
        The commands and what belongs to them.
    """
    return replace(
        server,
        make=[
            copy,
            f"--pgdata={folder}/data",
            f"--dbname={source(server, port, folder)}",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
        ],
        start=[*server.start, *STREAMING],
        ready=FOLLOWING,
        files={"passfile": f"*:*:*:*:{server.password}"},
    )


def source(server: Server, port: int | None, folder: Path) -> str:
    """Write libpq's words for the server that a replica follows.

    Args:
        server: A server with that one's user.
        port: Where that one listens.
        folder: A folder with a ``passfile``.

    Returns:
        The words, as in ``host=127.0.0.1 port=5432``.
    """
    words = {
        "host": HOST,
        "port": port,
        "user": server.user,
        "dbname": server.database,
        "passfile": f"{folder}/passfile",
        "application_name": "replica",
    }
    return " ".join(f"{name}={value}" for name, value in words.items())


def programs() -> tuple[list[str], str]:
    """Find the programs that make up the pair, all of one version.

    Returns:
        The paths of the server and of ``initdb``, and that of
        ``pg_basebackup``.

    Raises:
        StartError: They are not installed.
    """
    if found := find("postgresql"):
        copy = found[0].with_name("pg_basebackup")
        if copy.exists():
            return [str(path) for path in found], str(copy)
    raise StartError(MISSING)


if __name__ == "__main__":
    companion.keep(pair)
