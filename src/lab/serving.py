"""An application served for real, and called, inside one event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from httpx import AsyncClient

Application = Callable[..., Awaitable[None]]


@asynccontextmanager
async def served(
    app: Application, *, errors: list[Exception] | None = None
) -> AsyncIterator["AsyncClient"]:
    """Serve an application with uvicorn on a free loopback port.

    The block's end stops the server, after it has finished what it began:
    requests whose client has left, and background tasks. Nothing is logged.

    Args:
        app: The application (ASGI). Its lifespan runs as well.
        errors: Gets what the application did not handle itself, which a
            server only logs. Without it, the first such error is raised at
            the block's end.

    Yields:
        A client that calls the application over HTTP.

    Raises:
        Exception: Whatever kept the application from starting, or what it
            let through.
    """
    # Here and not above, since most lessons serve nothing.
    import httpx  # noqa: PLC0415
    import uvicorn  # noqa: PLC0415

    class Server(uvicorn.Server):
        """Leaves signals to the notebook, and stops when it is told."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

        async def main_loop(self) -> None:
            await self.on_tick(0)
            await over.wait()

    over = asyncio.Event()
    unhandled: list[Exception] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            unhandled.append(error)
            raise

    config = uvicorn.Config(
        watched, lifespan="on", ws="none", log_config=None, log_level=60
    )
    server = Server(config)

    async def serve() -> None:
        # So uvicorn ends when the application does not start; in a task, it
        # would end the notebook's loop.
        with suppress(SystemExit):
            await server.serve(sockets=[listener])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        # asyncio does so only for a socket that names its protocol; without
        # it, an answer on a kept connection waits 40 ms for the client's ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host, port = listener.getsockname()
        serving = asyncio.create_task(serve())
        while not server.started:
            if serving.done():
                raise unhandled.pop()
            await asyncio.sleep(0.002)
        try:
            async with httpx.AsyncClient(
                base_url=f"http://{host}:{port}", timeout=10
            ) as client:
                yield client
        finally:
            over.set()
            await serving
    if errors is not None:
        errors += unhandled
    elif unhandled:
        # No ExceptionGroup: a cell that ends in one passes nbmake unnoticed.
        raise unhandled[0]
