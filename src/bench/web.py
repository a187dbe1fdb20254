"""The layers over HTTP: requests to servers in their own processes."""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import IO, Any, NamedTuple, cast

import psutil

from bench.databases import scratch_bank
from bench.layers import APP, BASE, LAYERS, NOTHING
from bench.measure import Effort, ratio, spread
from bench.work import PAGE, email, move, new_email, user_id

LOOPS = ("plain", "fast")
"""What uvicorn runs on: asyncio and h11, or uvloop and httptools."""

_PATIENCE = 30  # seconds after which a silent server is given up
_APART = 1_000_000
_WARM = 0.05


class BadAnswer(Exception):
    """A server's answer was no success, or the server did not start."""


class Server(NamedTuple):
    """A server in its own process.

    Attributes:
        port: Where it listens.
        process: Its process.
    """

    port: int
    process: psutil.Process


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()


def _post(path: str, body: Mapping[str, object]) -> bytes:
    content = json.dumps(body)
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n{content}"
    ).encode()


REQUESTS: dict[str, Callable[[int, int], bytes]] = {
    "id": lambda _, n: _get(f"/plain-users/{user_id(n)}"),
    "email": lambda _, n: _get(f"/users-by-email/{email(user_id(n))}"),
    "page": lambda _, n: _get(f"/users?after={user_id(n)}&limit={PAGE}"),
    "accounts": lambda _, n: _get(f"/users/{user_id(n)}"),
    "insert": lambda mark, n: _post(
        "/users", {"email": new_email(mark, n), "name": "User"}
    ),
    "transfer": lambda mark, n: _post("/transfers", move(mark, n)._asdict()),
}
"""The operations as requests, from a writer's mark and a new number."""

NOT_IN_APP = ("id", "email")
"""The operations for which the bank's own application has no route."""

ON_EACH = ("id", "page", "transfer")
"""The operations that are measured on the databases beside the first."""


async def compare_servers(
    database: str, server: str, effort: Effort, *, whole: bool
) -> list[dict[str, Any]]:
    """Measure operations behind every application.

    Args:
        database: The database's name.
        server: The URL of its server.
        effort: How long to measure.
        whole: Whether to measure all operations, connections and loops, or a
            few on the plain loop.

    Returns:
        A row for each operation, number of connections, loop and layer.
    """
    loops = LOOPS if whole else LOOPS[:1]
    connections = effort.connections if whole else effort.connections[:1]
    names = [
        (layer, loop) for loop in loops for layer in (NOTHING, *LAYERS, APP)
    ]
    rows = []
    async with scratch_bank(server) as url:
        with serving(names, url) as servers:
            for operation in REQUESTS if whole else ON_EACH:
                able = {
                    name: each
                    for name, each in servers.items()
                    if name[0] != APP or operation not in NOT_IN_APP
                }
                for number in connections:
                    found = await _measure(operation, able, number, effort)
                    rows += [{"database": database, **row} for row in found]
    return rows


async def _measure(
    operation: str,
    servers: Mapping[tuple[str, str], Server],
    connections: int,
    effort: Effort,
) -> list[dict[str, Any]]:
    """Measure one operation in turns."""
    names = list(servers)
    rates: dict[tuple[str, str], list[float]] = {name: [] for name in names}
    answered = dict.fromkeys(names, 0)
    used = dict.fromkeys(names, 0.0)
    for turn in range(effort.turns + 1):
        for name in random.sample(names, len(names)):
            mark = 100 + names.index(name)
            numbers = count((connections * 10 + turn) * _APART)
            before = _cpu(servers[name])
            done, took = await put_load(
                servers[name].port,
                lambda m=mark, n=numbers: REQUESTS[operation](m, next(n)),  # type: ignore[misc]
                connections=connections,
                seconds=5 * effort.slice if turn else _WARM,
            )
            if turn:
                rates[name].append(done / took)
                answered[name] += done
                used[name] += _cpu(servers[name]) - before
    return [
        {
            "operation": operation,
            "connections": connections,
            "loop": loop,
            "layer": layer,
            "rate": spread(rates[layer, loop]),
            "ratio": ratio(rates[layer, loop], rates[BASE, loop]),
            "cpu": used[layer, loop] / answered[layer, loop],
        }
        for layer, loop in names
    ]


def _cpu(server: Server) -> float:
    """Return the processor time that a server has used, in seconds."""
    times = server.process.cpu_times()
    return float(times.user + times.system)


async def put_load(
    port: int, make: Callable[[], bytes], *, connections: int, seconds: float
) -> tuple[int, float]:
    """Send requests for some time, each connection one after the other.

    Args:
        port: Where the server listens.
        make: Writes the next request.
        connections: How many connections there are.
        seconds: How long.

    Returns:
        How many answers came, and in how many seconds.

    Raises:
        BadAnswer: An answer was no success.
    """
    lines = [
        await asyncio.open_connection("127.0.0.1", port)
        for _ in range(connections)
    ]
    began = time.perf_counter()

    async def ask(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            writer.write(make())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length:")[2].split()[0]
            body = await reader.readexactly(int(length))
            if head[9:10] != b"2":
                raise BadAnswer(f"{head.decode()}{body.decode()}")
            done += 1
        return done

    try:
        async with asyncio.timeout(seconds + _PATIENCE):
            done = sum(await asyncio.gather(*(ask(*line) for line in lines)))
        return done, time.perf_counter() - began
    finally:
        for _, writer in lines:
            writer.close()


@contextmanager
def serving(
    names: list[tuple[str, str]], url: str
) -> Iterator[dict[tuple[str, str], Server]]:
    """Serve several applications at once, each in its own process.

    Args:
        names: The layer and the loop of each.
        url: The URL of the database of all of them.

    Yields:
        The servers, ready.

    Raises:
        BadAnswer: One does not start; it says why on standard error.
    """
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(
                subprocess.Popen(  # noqa: S603 - our own module
                    [sys.executable, "-m", "bench.serve", *name],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for name in names
        }
        for process in started.values():
            stack.callback(cast("IO[str]", process.stdin).close)
            cast("IO[str]", process.stdin).write(f"{url}\n")
            cast("IO[str]", process.stdin).flush()
        servers = {}
        for name, process in started.items():
            port = cast("IO[str]", process.stdout).readline()
            if not port:
                raise BadAnswer(f"{' on '.join(name)} has not started.")
            servers[name] = Server(int(port), psutil.Process(process.pid))
        yield servers
