"""What the size of a pool, and its overflow, do for many tasks at once."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bank.db.engine import POOL_SIZE, make_engine
from bench.effort import Effort
from bench.measure import Work, ratio, spread
from bench.options.ways import read

TASKS = 64
"""How many tasks read at once."""

POOLS = {
    f"{POOL_SIZE}, the bank's": {},
    "1": {"pool_size": 1},
    "2": {"pool_size": 2},
    "5": {"pool_size": 5},
    "20": {"pool_size": 20},
    "5 + 10 overflow, SQLAlchemy's": {"pool_size": 5, "max_overflow": 10},
}
"""The pools; the bank's own is the first."""


@dataclass
class _Pool:
    """A pool under load.

    Attributes:
        work: What each task does.
        opened: How many connections were opened.
        done: How often the work was done.
        seconds: What one took, on average, round by round.
    """

    work: Work
    opened: int = 0
    done: int = 0
    seconds: list[float] = field(default_factory=list)

    def note(self, *_: object) -> None:
        """Note that a connection was opened."""
        self.opened += 1


async def compare_pools(
    database: str,
    url: str,
    effort: Effort,
    pools: Mapping[str, Mapping[str, int]] = POOLS,
) -> list[dict[str, Any]]:
    """Read with many tasks at once, through one pool after the other.

    Args:
        database: The database's name.
        url: The URL of a database with users.
        effort: How long to measure.
        pools: The options of each pool, by what readers call it.

    Returns:
        A row for each pool.
    """
    seconds = effort.slice * 4
    async with AsyncExitStack() as stack:
        found = {}
        for name, options in pools.items():
            engine = make_engine(url, **options)
            stack.push_async_callback(engine.dispose)
            found[name] = _watched(engine)
        for number in range(effort.http_rounds + 1):
            for pool in found.values():
                await _load(pool, seconds if number else effort.slice)
    own = next(iter(found.values()))
    return [
        {
            "database": database,
            "pool": name,
            "rate": spread([1 / each for each in pool.seconds[1:]]),
            "ratio": ratio(pool.seconds[1:], own.seconds[1:]),
            "opened": pool.opened,
            "per_thousand": round(1000 * pool.opened / pool.done, 1),
        }
        for name, pool in found.items()
    ]


def _watched(engine: AsyncEngine) -> _Pool:
    """Count the connections that an engine opens."""
    pool = _Pool(read(engine))
    event.listen(engine.sync_engine, "connect", pool.note)
    return pool


async def _load(pool: _Pool, seconds: float) -> None:
    """Let many tasks read for some time."""
    began = time.perf_counter()

    async def task(number: int) -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            await pool.work(number + done)
            done += 1
        return done

    done = sum(await asyncio.gather(*map(task, range(TASKS))))
    pool.seconds.append((time.perf_counter() - began) / done)
    pool.done += done
