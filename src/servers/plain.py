"""A PostgreSQL and a MariaDB or MySQL, of which neither may end by itself.

The settings are the paths of each server's programs, by its name.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers import ServerError
from servers.companion import Facts
from servers.keeper import keep
from servers.recipes import SERVERS, Server
from servers.starting import failure, fill, listening


@asynccontextmanager
async def plain(settings: Facts, folder: Path) -> AsyncIterator[Facts]:
    """Run the servers while the context lasts.

    Yields:
        ``urls``: the administrator's, by the servers' names.

    Raises:
        ExceptionGroup: Of ``ServerError``: a server did not start or has
            ended by itself.
    """
    loop = asyncio.get_running_loop()
    urls = {name: loop.create_future() for name in settings}
    async with asyncio.TaskGroup() as group:
        for name, programs in settings.items():
            server = SERVERS[name](programs, folder / name)
            group.create_task(_serve(server, urls[name]))
        yield {"urls": {name: await url for name, url in urls.items()}}


async def _serve(server: Server, url: asyncio.Future[str]) -> None:
    """Run a server, and tell its URL once it takes connections."""
    await fill(server)
    async with listening(server) as (port, process):
        url.set_result(server.url(port))
        await process.wait()
    raise ServerError(failure(server, server.start))


if __name__ == "__main__":
    keep(plain)
