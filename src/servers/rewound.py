"""A primary that was replaced comes back, and follows its successor.

It is one that ``servers.replica`` started. The settings are what that module
told of both servers: ``old``, to be stopped and rewound, and ``new``.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from servers import companion
from servers.recipes import postgresql
from servers.replica import FOLLOWING, STREAMING, programs, source
from servers.starting import (
    StartError,
    failure,
    options_for,
    program,
    run,
    started,
)


@asynccontextmanager
async def rewound(
    settings: companion.Facts, _folder: Path
) -> AsyncIterator[companion.Facts]:
    """Run the old primary as a replica while the context lasts.

    Args:
        settings: The facts of the two servers, ``old`` and ``new``.
        _folder: Nothing: the server stays where it was.

    Yields:
        The server's process id ``pid``.

    Raises:
        StartError: ``pg_rewind`` refuses, or the server does not start.
    """
    old, new = settings["old"], settings["new"]
    home = Path(old["folder"])
    found, copy = programs()
    tools = Path(copy).parent
    server = postgresql(found, home, "")
    words = source(server, port_of(new), Path(new["folder"]))
    again = replace(
        server,
        start=[*server.start, *STREAMING, f"--port={port_of(old)}"],
        ready=FOLLOWING,
    )
    options = options_for(again, home)
    for name, *arguments in (
        ("pg_ctl", "stop", "--mode=fast", f"--pgdata={home}/data"),
        (
            "pg_rewind",
            f"--target-pgdata={home}/data",
            f"--source-server={words}",
            "--write-recovery-conf",
            "--no-sync",
        ),
    ):
        await run([str(tools / name), *arguments], home, options)
    async with program(again.start, again.stop, home, options) as process:
        if not await started(again, process, home):
            raise StartError(failure(again.start, home))
        yield {"pid": process.pid}


def port_of(facts: companion.Facts) -> int | None:
    """Read the port from a server's URL."""
    return urlsplit(facts["url"]).port


if __name__ == "__main__":
    companion.keep(rewound)
