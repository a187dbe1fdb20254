"""The process that keeps the database servers of one run.

The owner starts it with the programs to run, as JSON. It answers on standard
output with one line of JSON: the servers' URLs, or what went wrong. Then it
waits until its standard input closes, stops the servers at once and removes
their data. Killed itself, it leaves both to the next keeper.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from servers.folder import own_folder
from servers.listening import listening
from servers.starting import StartError, failure, make


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
    async with listening(server, folder, options) as (port, process):
        url.set_result(server.url(port))
        await process.wait()
    raise StartError(failure(server.start, folder))


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
