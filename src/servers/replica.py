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

from servers import ServerError, find
from servers.companion import Facts
from servers.keeper import keep
from servers.recipes import HOST, Server, postgresql
from servers.starting import facts, fill, listening

MISSING = (
    "PostgreSQL is not installed with its pg_basebackup: install it (Debian "
    "and Ubuntu: 'apt-get install postgresql'; Homebrew: 'brew install "
    "postgresql')."
)


@asynccontextmanager
async def pair(_settings: Facts, folder: Path) -> AsyncIterator[Facts]:
    """Run both servers, in a folder, for the time of the context.

    Yields:
        For ``primary`` and for ``replica``: the administrator's ``url``, the
        process id ``pid``, and the ``folder``.
    """
    found, copy = programs()
    primary = streaming(postgresql(found, folder / "primary"))
    await fill(primary)
    async with listening(primary) as (port, process):
        home = folder / "replica"
        follower = following(postgresql(found, home, primary.password))
        replica = replace(
            follower,
            make=[
                str(copy),
                f"--pgdata={home}/data",
                f"--dbname={source(follower, port)}",
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
            ],
            files={"passfile": f"*:*:*:*:{primary.password}"},
        )
        await fill(replica)
        async with listening(replica) as (its_port, its_process):
            yield {
                "primary": facts(primary, port, process),
                "replica": facts(replica, its_port, its_process),
            }


def streaming(server: Server) -> Server:
    """Let a PostgreSQL have replicas."""
    options = (
        "--wal_level=replica",
        "--max_wal_senders=5",
        "--synchronous_commit=on",
        "--full_page_writes=on",  # pg_rewind needs these three
        "--wal_log_hints=on",
        "--wal_keep_size=64MB",
    )
    return replace(server, start=[*server.start, *options])


def following(server: Server) -> Server:
    """Wait for a PostgreSQL until it follows another one."""
    return replace(streaming(server), ready=("started streaming WAL",))


def source(server: Server, port: int | None) -> str:
    """Write libpq's words for the one on a port that a replica follows.

    The folder of the server that is given has a ``passfile``.
    """
    words = {
        "host": HOST,
        "port": port,
        "user": server.user,
        "dbname": server.database,
        "passfile": f"{server.folder}/passfile",
        "application_name": "replica",
    }
    return " ".join(f"{name}={value}" for name, value in words.items())


def programs() -> tuple[list[Path], Path]:
    """Find PostgreSQL's programs, and the ``pg_basebackup`` beside them.

    Raises:
        ServerError: They are not installed.
    """
    if found := find("postgresql"):
        copy = found[0].with_name("pg_basebackup")
        if copy.exists():
            return found, copy
    raise ServerError(MISSING)


if __name__ == "__main__":
    keep(pair)
