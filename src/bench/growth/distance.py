"""A server that is farther away than this machine's own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sqlalchemy import make_url

_BLOCK = 65_536


@contextlib.asynccontextmanager
async def distant(url: str, seconds: float) -> AsyncIterator[str]:
    """Reach a server by a line on which every round trip takes longer.

    Args:
        url: The server's database URL.
        seconds: How much longer.

    Yields:
        The URL to use.
    """
    there = make_url(url)
    tasks: set[asyncio.Task[None]] = set()

    async def carry(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far_reader, far_writer = await asyncio.open_connection(
            there.host, there.port
        )
        for each in (
            _pump(reader, far_writer, seconds / 2),
            _pump(far_reader, writer, seconds / 2),
        ):
            task = asyncio.create_task(each)
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async with await asyncio.start_server(carry, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        near = there.set(host="127.0.0.1", port=port)
        yield near.render_as_string(hide_password=False)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, late: float
) -> None:
    """Hand bytes on, each block a little later than it came."""
    loop = asyncio.get_running_loop()
    try:
        with contextlib.suppress(OSError):
            while block := await reader.read(_BLOCK):
                loop.call_later(late, _write, writer, block)
    finally:
        writer.close()


def _write(writer: asyncio.StreamWriter, block: bytes) -> None:
    if not writer.is_closing():
        writer.write(block)
