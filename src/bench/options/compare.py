"""Each experiment's ways beside each other."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import lab
from bench.effort import Effort
from bench.measure import WARM, count_calls, interleave, ratio, spread
from bench.options.experiments import EXPERIMENTS, Experiment, engine_of


async def compare_options(
    database: str,
    url: str,
    effort: Effort,
    experiments: Sequence[Experiment] = EXPERIMENTS,
) -> list[dict[str, Any]]:
    """Measure all experiments.

    Args:
        database: The database's name.
        url: The URL of a database with users.
        effort: How long to measure.
        experiments: The experiments.

    Returns:
        A row for each way of each experiment.
    """
    rows = []
    for experiment in experiments:
        found = await _measure(experiment, database, url, effort)
        rows += [{"database": database, **row} for row in found]
    return rows


async def _measure(
    experiment: Experiment, database: str, url: str, effort: Effort
) -> list[dict[str, Any]]:
    """Measure one experiment."""
    async with AsyncExitStack() as stack:
        works = {}
        for name, way in experiment.ways.items():
            engine = await stack.enter_async_context(engine_of(name, url))
            works[name] = way(engine)
        calls = {name: await count_calls(work) for name, work in works.items()}
        timed = await interleave(
            works, rounds=effort.rounds, seconds=effort.slice
        )
    trips = {}
    if database != "sqlite":
        trips = await _round_trips(experiment, url)
    own = timed[next(iter(timed))]
    return [
        {
            "experiment": experiment.name,
            "way": name,
            "calls": calls[name],
            "round_trips": trips.get(name),
            "seconds": spread(found.seconds),
            "ratio": ratio(found.seconds, own.seconds),
            "cpu_ratio": ratio(found.cpu, own.cpu),
        }
        for name, found in timed.items()
    ]


async def _round_trips(experiment: Experiment, url: str) -> dict[str, int]:
    """Count the round trips of each way."""
    found = {}
    async with lab.proxied(url) as proxy:
        for name, way in experiment.ways.items():
            async with engine_of(name, proxy.url) as engine:
                work = way(engine)
                for number in range(WARM):
                    await work(2_000_000 + number)
                before = proxy.round_trips
                await work(2_000_000 + WARM)
                found[name] = proxy.round_trips - before
    return found
