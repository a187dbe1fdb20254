"""A Galera node that was killed comes back to its cluster.

It is one that ``servers.galera`` started; the settings are what that module
told of it. As MariaDB's service does at each start, it first asks the node's
own data how far it got, so that the others send only what it missed.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from servers.companion import Facts
from servers.galera import READY, find_programs
from servers.keeper import keep
from servers.recipes import mysql
from servers.starting import log_of, run, serving


@asynccontextmanager
async def rejoined(settings: Facts, _folder: Path) -> AsyncIterator[Facts]:
    """Run the node again, where it was, while the context lasts.

    Yields:
        The node's process id ``pid``, and how it caught up, as ``transfer``:
        ``IST`` or ``SST``.
    """
    programs, _ = find_programs()
    node = replace(
        mysql(programs, Path(settings["folder"])),
        start=settings["start"],
        ready=READY,
    )
    await run(node, [*node.start, "--wsrep-recover"])
    position = re.findall(r"Recovered position: (\S+)", log_of(node))[-1]
    async with serving(node, f"--wsrep-start-position={position}") as process:
        [transfer] = re.findall(r"(.ST) completed on joiner", log_of(node))
        yield {"pid": process.pid, "transfer": transfer}


if __name__ == "__main__":
    keep(rejoined)
