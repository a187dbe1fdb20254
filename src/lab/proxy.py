"""A line to the database that a lesson can cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from lab.dialects import dialect

_PORTS = {"postgresql": 5432, "mysql": 3306}
_HOST = "127.0.0.1"


class Proxy:
    """Passes bytes between a free port on this machine and a server.

    Make it with :func:`start_proxy` or :func:`proxied`.

    Attributes:
        round_trips: How often a client has asked and waited for the answer,
            on all connections together.
    """

    def __init__(self, url: str) -> None:
        """Note where the server is.

        Args:
            url: The server's database URL.

        Raises:
            ValueError: It is SQLite's, or names no host.
        """
        self._upstream = make_url(url)
        if dialect(url) == "sqlite":
            raise ValueError(
                "SQLite has no server to put a proxy before: use start_line()."
            )
        if not self._upstream.host:
            raise ValueError(
                "The URL names no host: write 127.0.0.1, not a socket's path."
            )
        self.round_trips = 0
        self._passing = asyncio.Event()
        self._passing.set()
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}

    @property
    def url(self) -> str:
        """The same database, reached through the proxy."""
        url = self._upstream.set(host=_HOST, port=self._port)
        return url.render_as_string(hide_password=False)

    @property
    def connections(self) -> int:
        """How many connections are open through the proxy."""
        return len(self._open)

    async def accept(self) -> None:
        """Take new connections; a proxy that was started does."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._handle, _HOST, self._port
            )
            self._port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Refuse new connections; open ones live on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def mute(self) -> None:
        """Pass nothing on and tell nobody, as a network that lost its way."""
        self._passing.clear()

    async def cut(self) -> None:
        """End all open connections without a goodbye, on both sides.

        From then on a proxy that was muted passes everything on again.
        """
        self._passing.set()
        for writers in self._open.values():
            for writer in writers:
                writer.transport.abort()
        while self._open:
            await asyncio.wait(list(self._open))
        # One turn of the loop, for the drivers to notice.
        await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Refuse, cut, and be done."""
        await self.refuse()
        await self.cut()

    async def _handle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection until either side ends it."""
        task = asyncio.current_task()
        if task is None:  # pragma: no cover - asyncio runs this in a task
            raise RuntimeError("A connection is served in a task.")
        writers = self._open.setdefault(task, [writer])
        is_waiting = False

        def ask() -> None:
            nonlocal is_waiting
            self.round_trips += not is_waiting
            is_waiting = True

        def answer() -> None:
            nonlocal is_waiting
            is_waiting = False

        try:
            far_reader, far_writer = await asyncio.open_connection(
                self._upstream.host,
                self._upstream.port or _PORTS[dialect(self._upstream)],
            )
            writers.append(far_writer)
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(self._pump(reader, far_writer, ask))
                both_ways.create_task(self._pump(far_reader, writer, answer))
        except OSError:
            pass  # the server is away: the client sees its connection end
        finally:
            for each in writers:
                each.transport.abort()
            del self._open[task]

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        note: Callable[[], None],
    ) -> None:
        """Copy bytes one way; at their end, end the other side too."""
        with contextlib.suppress(OSError):
            while block := await reader.read(65_536):
                note()
                await self._passing.wait()
                writer.write(block)
                await writer.drain()
        writer.transport.abort()


async def start_proxy(url: str) -> Proxy:
    """Start a proxy on a free port of 127.0.0.1, to use across cells.

    Args:
        url: The database URL of a server, with its host.

    Returns:
        The proxy; ``await proxy.stop()`` ends it.

    Raises:
        ValueError: The URL is SQLite's, or names no host.
    """
    proxy = Proxy(url)
    await proxy.accept()
    return proxy


@contextlib.asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """Run a proxy for one block.

    Args:
        url: The database URL of a server, with its host.

    Yields:
        The proxy, whose ``url`` goes through it.

    Raises:
        ValueError: The URL is SQLite's, or names no host.
    """
    proxy = await start_proxy(url)
    try:
        yield proxy
    finally:
        await proxy.stop()


class Line:
    """The same cut on every database: see :meth:`cut`.

    Make it with :func:`start_line`.

    Attributes:
        url: The URL to make the engine with.
        proxy: The proxy to the server, or ``None`` on SQLite.
    """

    def __init__(self, url: str, proxy: Proxy | None) -> None:
        """Keep what :func:`start_line` found.

        Args:
            url: The URL to make the engine with.
            proxy: The proxy to the server, or ``None`` on SQLite.
        """
        self.url = url
        self.proxy = proxy

    async def cut(self, engine: AsyncEngine) -> None:
        """Break the engine's connections behind its back.

        On a server, all connections through the proxy end, those in use as
        well, as if a cable were pulled. SQLite has no cable: there the file
        handles of the connections that lie idle in the pool are closed, and
        those in use are left alone. Either way the pool believes that its
        connections are good.

        Args:
            engine: The engine, made with this line's ``url``.
        """
        if self.proxy:
            await self.proxy.cut()
        else:
            await _close_idle(engine)

    async def stop(self) -> None:
        """End the proxy, where there is one."""
        if self.proxy:
            await self.proxy.stop()


async def start_line(url: str) -> Line:
    """Start a line to a database that can be cut, to use across cells.

    Args:
        url: The database URL.

    Returns:
        The line; ``await line.stop()`` ends it.

    Raises:
        ValueError: It is a server's URL that names no host.
    """
    if dialect(url) == "sqlite":
        return Line(url, None)
    proxy = await start_proxy(url)
    return Line(proxy.url, proxy)


async def _close_idle(engine: AsyncEngine) -> None:
    """Close the driver's connections that lie in the pool, and tell nobody."""
    pool = engine.pool
    if not isinstance(pool, QueuePool):
        return  # others keep no connection, so there is none to close
    drivers: list[Any] = []
    async with contextlib.AsyncExitStack() as taken:
        for _ in range(pool.checkedin()):
            connection = await taken.enter_async_context(engine.connect())
            raw = await connection.get_raw_connection()
            drivers.append(raw.driver_connection)
    # Only now: the pool would notice a closed one that is handed back.
    for driver in drivers:
        await driver.close()
