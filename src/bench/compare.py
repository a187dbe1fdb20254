"""The layers next to each other in one process, without the web."""

from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import lab
from bank.errors import InsufficientFunds, ReferenceReused
from bench.databases import scratch_bank
from bench.layers import BASE, LAYERS, open_layer
from bench.measure import WARM, Effort, count_calls, interleave, ratio, spread
from bench.work import BALANCE, OPERATIONS, PAGE, Layer, email, move, new_email

_TRIPS = 3  # operations that one operation's round trips are averaged over


class LayersDiffer(Exception):
    """Two layers do not do the same, so comparing them says nothing."""


async def compare_layers(
    database: str, server: str, effort: Effort
) -> list[dict[str, Any]]:
    """Measure every operation in every layer.

    Args:
        database: The database's name.
        server: The URL of its server.
        effort: How long to measure.

    Returns:
        A row for each operation and layer.

    Raises:
        LayersDiffer: The layers give different answers.
    """
    rows = []
    async with scratch_bank(server) as url, AsyncExitStack() as stack:
        layers = await opened(url, stack)
        await require_same(layers)
        trips = {}
        if database != "sqlite":
            trips = await count_trips(url)
        for operation, (_, run) in OPERATIONS.items():
            works = {
                name: partial(run, layer, 10 + mark)
                for mark, (name, layer) in enumerate(layers.items())
            }
            calls = {name: await count_calls(w) for name, w in works.items()}
            timed = await interleave(works, effort)
            base = timed[BASE]
            rows += [
                {
                    "database": database,
                    "operation": operation,
                    "layer": name,
                    "calls": calls[name],
                    "round_trips": trips.get((operation, name)),
                    "cpu": spread(found.cpu),
                    "seconds": spread(found.seconds),
                    "ratio": ratio(found.seconds, base.seconds),
                    "cpu_ratio": ratio(found.cpu, base.cpu),
                }
                for name, found in timed.items()
            ]
    return rows


async def opened(
    url: str, stack: AsyncExitStack, names: Collection[str] = ()
) -> dict[str, Layer]:
    """Open layers with one connection each, until the stack closes.

    Args:
        url: The database URL.
        stack: What closes them.
        names: Which layers; all without any.

    Returns:
        The layers by name.
    """
    layers = {
        name: open_layer(name, url, connections=1) for name in names or LAYERS
    }
    for layer in layers.values():
        stack.push_async_callback(layer.close)
    return layers


async def count_trips(
    url: str, names: Collection[str] = ()
) -> dict[tuple[str, str], float]:
    """Count the round trips of each operation in each layer.

    Args:
        url: The URL of a filled database on a server.
        names: Which layers; all without any.

    Returns:
        The round trips by operation and layer.
    """
    found = {}
    async with lab.proxied(url) as proxy, AsyncExitStack() as stack:
        layers = await opened(proxy.url, stack, names)
        for mark, (name, layer) in enumerate(layers.items()):
            for operation, (_, run) in OPERATIONS.items():
                for number in range(WARM):
                    await run(layer, 50 + mark, number)
                before = proxy.round_trips
                for number in range(_TRIPS):
                    await run(layer, 50 + mark, WARM + number)
                trips = proxy.round_trips - before
                found[operation, name] = trips / _TRIPS
    return found


async def require_same(layers: Mapping[str, Layer]) -> None:
    """Check that layers answer alike, store alike and refuse alike.

    Args:
        layers: The layers by name, on one database.

    Raises:
        LayersDiffer: One gives another answer than the first.
    """
    answers = {
        name: [
            await layer.get_by_id(7),
            await layer.get_by_email(email(7).upper()),
            await layer.list_page(7, PAGE),
            await layer.get_with_accounts(7),
        ]
        for name, layer in layers.items()
    }
    expected = next(iter(answers.values()))
    for name, found in answers.items():
        if found != expected:
            raise LayersDiffer(f"{name} reads {found}, not {expected}.")
    for mark, (name, layer) in enumerate(layers.items()):
        user = await layer.insert(new_email(mark, 0), "New")
        if user != await layer.get_by_id(user.id):
            raise LayersDiffer(f"{name} stores another user than it returns.")
        wanted = move(mark, 0)
        first = await layer.transfer(wanted)
        if first != await layer.transfer(wanted) or first[1:5] != wanted:
            raise LayersDiffer(f"{name} does not make {wanted} once.")
        refused = {
            ReferenceReused: wanted._replace(amount=2),
            InsufficientFunds: move(mark, 1)._replace(amount=2 * BALANCE),
        }
        for error, bad in refused.items():
            try:
                await layer.transfer(bad)
            except error:
                continue
            raise LayersDiffer(f"{name} makes {bad}.")
