"""A client that costs little: HTTP/1.1 by hand, on connections kept open."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import cast

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_OK = (b"200", b"201")

PATIENCE = 30
"""Seconds after which a server that does not answer is given up."""


class BadAnswer(Exception):
    """A server answers otherwise than it should."""


@dataclass
class Load:
    """What all connections share.

    Attributes:
        make: Writes the request with a number.
        deadline: When no further request is sent.
        numbers: The numbers that no request has had yet.
        answered: How many answers came.
        error: What went wrong, if anything did.
    """

    make: Callable[[int], bytes]
    deadline: float
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    answered: int = 0
    error: str = ""


class Connection(asyncio.Protocol):
    """Sends a request as soon as the one before is answered."""

    def __init__(self, load: Load) -> None:
        """Wait for the start.

        Args:
            load: What all connections share.
        """
        self.done: asyncio.Future[None] = (
            asyncio.get_running_loop().create_future()
        )
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """Report an end that nobody asked for."""
        if not self.done.done():
            self._load.error = "the server closed the connection"
            self.done.set_result(None)

    def send(self) -> None:
        """Send the next request, or be done."""
        if self._load.error or time.perf_counter() > self._load.deadline:
            self.done.set_result(None)
        elif self._transport:
            self._transport.write(self._load.make(next(self._load.numbers)))

    def data_received(self, data: bytes) -> None:
        """Read on, until the answer is whole."""
        self._buffer += data
        head = self._buffer.find(_END)
        if head < 0:
            return
        top = self._buffer[:head].lower()
        at = top.find(_LENGTH) + len(_LENGTH)
        length = int(top[at:].partition(b"\r\n")[0])
        if len(self._buffer) < head + len(_END) + length:
            return
        if top[9:12] not in _OK:
            self._load.error = self._buffer.decode(errors="replace")
        self._buffer = b""
        self._load.answered += 1
        self.send()

    def close(self) -> None:
        """Close the connection."""
        if self._transport:
            self._transport.close()


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """Write a request.

    Args:
        method: Such as ``GET``.
        path: What is asked for.
        body: JSON, or nothing.

    Returns:
        The request as it is sent.
    """
    lines = [f"{method} {path} HTTP/1.1", "Host: bench"]
    if body:
        lines += [
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
    return "\r\n".join(lines).encode() + _END + body


async def put_load(
    port: int,
    make: Callable[[int], bytes],
    *,
    connections: int,
    seconds: float,
    first: int = 1,
) -> tuple[int, float]:
    """Ask a server for some time, on several connections.

    Args:
        port: Where it listens.
        make: Writes the request with a number.
        connections: How many connections there are.
        seconds: How long.
        first: The first request's number.

    Returns:
        How many answers came, and in how many seconds.

    Raises:
        BadAnswer: An answer was no success.
    """
    load = Load(make, deadline=0, numbers=count(first))
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(load), "127.0.0.1", port)
        for _ in range(connections)
    ]
    began = time.perf_counter()
    load.deadline = began + seconds
    for _, connection in made:
        connection.send()
    async with asyncio.timeout(seconds + PATIENCE):
        for _, connection in made:
            await connection.done
    took = time.perf_counter() - began
    for _, connection in made:
        connection.close()
    if load.error:
        raise BadAnswer(f"After {load.answered} answers: {load.error}")
    return load.answered, took
