"""The process that keeps servers for the owner who started it.

It answers on standard output with one line of JSON: what the owner is told
of the servers, or the error. Once its standard input closes, it stops the
servers at once and removes their data. Killed itself, it leaves both to the
next keeper.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any

from servers import ServerError
from servers.companion import Facts
from servers.folder import own_folder

Work = Callable[[Facts, Path], AbstractAsyncContextManager[Facts]]
"""Runs servers by some settings, in a folder for their data.

It yields what their owner is told, and raises ``ServerError`` where a server
is not installed or does not start.
"""


def keep(work: Work) -> None:
    """Run servers by the first argument, for as long as the owner lives."""
    with own_folder() as folder:
        try:
            asyncio.run(_owned(work(json.loads(sys.argv[1]), folder)))
        except* ServerError as errors:
            answer(error="\n".join(map(str, errors.exceptions)))


def answer(**line: Any) -> None:
    """Tell the owner something, as one line of JSON."""
    print(json.dumps(line), flush=True)  # noqa: T201  the owner reads it


async def _owned(servers: AbstractAsyncContextManager[Facts]) -> None:
    """Run servers until the owner is gone, or sends SIGTERM."""
    loop = asyncio.get_running_loop()

    async def stay() -> None:
        async with servers as facts:
            answer(**facts)
            await asyncio.Event().wait()

    task = asyncio.create_task(stay())

    def end() -> None:
        loop.remove_reader(sys.stdin)
        task.cancel()

    # The owner holds the other end and writes nothing, so that there is
    # something to read only when the kernel has closed it.
    loop.add_reader(sys.stdin, end)
    loop.add_signal_handler(signal.SIGTERM, end)
    with suppress(asyncio.CancelledError):
        await task
