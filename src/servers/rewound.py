"""A primary that was replaced comes back, and follows its successor.

It is one that ``servers.replica`` started. The settings are what that module
told of both servers: ``old``, to be stopped and rewound, and ``new``.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from servers.companion import Facts
from servers.keeper import keep
from servers.recipes import postgresql
from servers.replica import following, programs, source
from servers.starting import run, serving


@asynccontextmanager
async def rewound(settings: Facts, _folder: Path) -> AsyncIterator[Facts]:
    """Run the old primary as a replica, where it was.

    Yields:
        The server's process id ``pid``.
    """
    old, new = settings["old"], settings["new"]
    found, copy = programs()
    server = following(postgresql(found, Path(old["folder"])))
    successor = postgresql(found, Path(new["folder"]))
    for name, *arguments in (
        ("pg_ctl", "stop", "--mode=fast", f"--pgdata={server.folder}/data"),
        (
            "pg_rewind",
            f"--target-pgdata={server.folder}/data",
            f"--source-server={source(successor, port_of(new))}",
            "--write-recovery-conf",
            "--no-sync",
        ),
    ):
        await run(server, [str(copy.with_name(name)), *arguments])
    async with serving(server, f"--port={port_of(old)}") as process:
        yield {"pid": process.pid}


def port_of(facts: Facts) -> int | None:
    """Read the port from a server's URL."""
    return urlsplit(facts["url"]).port


if __name__ == "__main__":
    keep(rewound)
