"""A pool watched while a workload runs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import AsyncAdaptedQueuePool


@dataclass(frozen=True)
class PoolSample:
    """What the pool looked like at one moment.

    Attributes:
        at: Seconds since watching began.
        in_use: Connections that are checked out.
        waiting: Tasks that wait for a connection.
    """

    at: float
    in_use: int
    waiting: int


@dataclass
class PoolWatch:
    """A pool's limits, and what was seen.

    Attributes:
        size: How many connections the pool keeps.
        max_overflow: How many more it may open.
        samples: What was seen, oldest first.
    """

    size: int
    max_overflow: int
    samples: list[PoolSample] = field(default_factory=list)

    @property
    def limit(self) -> int:
        """How many connections there can be at once."""
        return self.size + self.max_overflow

    @property
    def most_in_use(self) -> int:
        """The largest number of connections in use at one moment."""
        return max(sample.in_use for sample in self.samples)

    @property
    def most_waiting(self) -> int:
        """The largest number of tasks seen waiting."""
        return max(sample.waiting for sample in self.samples)


@asynccontextmanager
async def watch_pool(
    engine: AsyncEngine, *, interval: float = 0.002
) -> AsyncIterator[PoolWatch]:
    """Watch an engine's pool while a block runs.

    A sample is taken at every check-out and at an interval.

    Args:
        engine: The engine; its pool must be the default one.
        interval: Seconds between samples.

    Yields:
        The watch, whose samples grow while the block runs.

    Raises:
        TypeError: The pool keeps no connections, so there is nothing to see.
    """
    pool = engine.pool
    if not isinstance(pool, AsyncAdaptedQueuePool):
        raise TypeError(
            f"{type(pool).__name__} has no size to watch: make the engine"
            " without poolclass."
        )
    watch = PoolWatch(pool.size(), max(pool._max_overflow, 0))  # noqa: SLF001 - no public way
    started = time.perf_counter()

    def look(*_event: Any) -> None:
        now = time.perf_counter() - started
        sample = PoolSample(now, pool.checkedout(), _waiting(pool))
        watch.samples.append(sample)

    async def keep_looking() -> None:
        while True:
            look()
            await asyncio.sleep(interval)

    look()
    sampler = asyncio.create_task(keep_looking())
    event.listen(engine.sync_engine, "checkout", look)
    try:
        yield watch
    finally:
        event.remove(engine.sync_engine, "checkout", look)
        sampler.cancel()
        await asyncio.wait([sampler])
        look()


def _waiting(pool: AsyncAdaptedQueuePool) -> int:
    """Count the tasks that wait in the pool's queue.

    Neither SQLAlchemy nor asyncio tells it publicly, so this reads what
    ``asyncio.Queue`` keeps for itself; ``tests/lab/test_pools.py`` tells when
    that moves.
    """
    queue: Any = pool._pool  # noqa: SLF001 - no public way
    return len(queue._queue._getters)  # noqa: SLF001 - no public way
