"""The layers beside each other in one process, without the web."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import lab
from bench.databases import filled_bank
from bench.effort import Effort
from bench.layers import BASE, LAYERS, Layer, open_layer
from bench.measure import WARM, count_calls, interleave, ratio, spread
from bench.operations import OPERATIONS, Operation
from bench.same import require_same

TRIPS = 3
"""How many operations the round trips of one are taken from."""


async def compare_layers(
    database: str,
    server: str,
    effort: Effort,
    names: Mapping[str, str] = LAYERS,
    operations: tuple[Operation, ...] = OPERATIONS,
) -> list[dict[str, Any]]:
    """Measure every operation in every layer.

    Args:
        database: The database's name.
        server: The URL of its server.
        effort: How long to measure.
        names: The layers.
        operations: The operations.

    Returns:
        A row for each operation and layer.
    """
    rows = []
    async with filled_bank(server) as url, AsyncExitStack() as stack:
        layers = await _opened(names, url, stack)
        await require_same(layers)
        trips = await _round_trips(database, url, names, operations)
        for operation in operations:
            works = {
                name: partial(operation.run, layer, 10 + mark)
                for mark, (name, layer) in enumerate(layers.items())
            }
            calls = {
                name: await count_calls(work) for name, work in works.items()
            }
            timed = await interleave(
                works, rounds=effort.rounds, seconds=effort.slice
            )
            for name, found in timed.items():
                base = timed[BASE]
                rows.append(
                    {
                        "database": database,
                        "operation": operation.name,
                        "layer": name,
                        "calls": calls[name],
                        "round_trips": trips.get((operation.name, name)),
                        "cpu": spread(found.cpu),
                        "seconds": spread(found.seconds),
                        "ratio": ratio(found.seconds, base.seconds),
                        "cpu_ratio": ratio(found.cpu, base.cpu),
                    }
                )
    return rows


async def _opened(
    names: Mapping[str, str], url: str, stack: AsyncExitStack
) -> dict[str, Layer]:
    """Open the layers, each with one connection."""
    layers = {}
    for name in names:
        layers[name] = open_layer(name, url, connections=1)
        stack.push_async_callback(layers[name].close)
    return layers


async def _round_trips(
    database: str,
    url: str,
    names: Mapping[str, str],
    operations: tuple[Operation, ...],
) -> dict[tuple[str, str], float]:
    """Count the round trips of each operation in each layer."""
    if database == "sqlite":
        return {}
    found = {}
    async with lab.proxied(url) as proxy, AsyncExitStack() as stack:
        layers = await _opened(names, proxy.url, stack)
        for mark, (name, layer) in enumerate(layers.items()):
            for operation in operations:
                for number in range(WARM):
                    await operation.run(layer, 50 + mark, number)
                before = proxy.round_trips
                for number in range(TRIPS):
                    await operation.run(layer, 50 + mark, WARM + number)
                trips = proxy.round_trips - before
                found[operation.name, name] = trips / TRIPS
    return found
