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

from servers import companion
from servers.galera import READY, find_programs
from servers.recipes import mysql
from servers.starting import (
    StartError,
    failure,
    options_for,
    program,
    run,
    started,
)


@asynccontextmanager
async def rejoined(
    settings: companion.Facts, _folder: Path
) -> AsyncIterator[companion.Facts]:
    """Run the node again while the context lasts.

    Args:
        settings: The facts of a node that is not running.
        _folder: Nothing: the node stays where it was.

    Yields:
        The node's process id ``pid``, and how it caught up, as ``transfer``:
        ``IST`` or ``SST``.

    Raises:
        StartError: The node does not start.
    """
    home, start = Path(settings["folder"]), settings["start"]
    node = mysql(find_programs()[0], home, "")
    options = options_for(node, home)
    log = home / "log"
    await run([*start, "--wsrep-recover"], home, options)
    position = re.findall(r"Recovered position: (\S+)", log.read_text())[-1]
    log.write_text("")  # what it says below, it must say anew
    again = replace(node, start=[*start, f"--wsrep-start-position={position}"])
    async with program(again.start, again.stop, home, options) as process:
        for line in READY:
            if not await started(replace(again, ready=line), process, home):
                raise StartError(failure(again.start, home))
        [transfer] = re.findall(r"(.ST) completed on joiner", log.read_text())
        yield {"pid": process.pid, "transfer": transfer}


if __name__ == "__main__":
    companion.keep(rejoined)
