"""The layers over HTTP beside each other: answers, and processor time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench.databases import filled_bank
from bench.effort import Effort
from bench.http.apps import WHOLE
from bench.http.client import put_load
from bench.http.requests import REQUESTS, Request
from bench.http.servers import Server, serving
from bench.layers import BASE, LAYERS, NOTHING
from bench.measure import ratio, spread

SERVED = (NOTHING, *LAYERS, WHOLE)
"""What is served, from the lightest to the heaviest."""

ON_EACH = ("id", "page", "transfer")
"""The operations that are measured on the databases beside the first."""

_WARM = 0.05
_FAR_APART = 1_000_000


@dataclass
class _Served:
    """What one server has done for one operation."""

    rates: list[float] = field(default_factory=list)
    answered: int = 0
    cpu: float = 0


async def compare_servers(
    database: str, server: str, effort: Effort, *, whole: bool
) -> list[dict[str, Any]]:
    """Measure every operation behind every application.

    Args:
        database: The database's name.
        server: The URL of its server.
        effort: How long to measure.
        whole: Whether to measure all operations, numbers of connections and
            loops, or a few on the plain loop.

    Returns:
        A row for each operation, number of connections, loop and layer.
    """
    loops = ("plain", "fast") if whole else ("plain",)
    requests = [r for r in REQUESTS if whole or r.name in ON_EACH]
    connections = effort.connections if whole else effort.connections[:1]
    rows = []
    async with filled_bank(server) as url:
        wanted = [(layer, loop) for loop in loops for layer in SERVED]
        with serving(wanted, url) as servers:
            for asked in requests:
                able = [
                    each
                    for each in servers
                    if asked.in_bank or each.layer != WHOLE
                ]
                for number in connections:
                    found = await _measure(asked, able, number, effort)
                    rows += [
                        {"database": database, **row} for row in found
                    ]
    return rows


async def _measure(
    asked: Request, servers: Sequence[Server], connections: int, effort: Effort
) -> list[dict[str, Any]]:
    """Measure one operation in turns."""
    found = {(each.layer, each.loop): _Served() for each in servers}
    for turn in range(effort.http_rounds + 1):
        order = random.sample(servers, len(servers))
        for server in order:
            mark = 100 + servers.index(server)
            before = server.cpu()
            answered, took = await put_load(
                server.port,
                partial(asked.make, mark),
                connections=connections,
                seconds=effort.http_slice if turn else _WARM,
                first=(connections * 10 + turn) * _FAR_APART,
            )
            if turn:
                served = found[server.layer, server.loop]
                served.rates.append(answered / took)
                served.answered += answered
                served.cpu += server.cpu() - before
    return [
        {
            "operation": asked.name,
            "connections": connections,
            "loop": loop,
            "layer": layer,
            "rate": spread(served.rates),
            "ratio": ratio(served.rates, found[BASE, loop].rates),
            "cpu": served.cpu / served.answered,
        }
        for (layer, loop), served in found.items()
    ]
