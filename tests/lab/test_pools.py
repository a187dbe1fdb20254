"""A pool watched while a workload runs."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from bank.db.engine import make_engine
from lab import watch_pool


@pytest.fixture
async def small_engine(database_url):
    """Give an engine of three connections at most."""
    engine = make_engine(database_url, pool_size=2, max_overflow=1)
    yield engine
    await engine.dispose()


async def test_a_full_pool_and_its_queue_are_seen(small_engine):
    """Eight tasks share three connections, so five of them wait."""

    async def work():
        async with small_engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            await asyncio.sleep(0.05)

    async with watch_pool(small_engine) as watch:
        await asyncio.gather(*(work() for _ in range(8)))
    assert watch.limit == watch.most_in_use == 3
    assert watch.most_waiting == 5
    assert (watch.samples[-1].in_use, watch.samples[-1].waiting) == (0, 0)
    times = [sample.at for sample in watch.samples]
    assert times == sorted(times)


async def test_a_brief_use_is_not_missed(small_engine):
    """A check-out between two samples counts as well."""
    async with (
        watch_pool(small_engine, interval=60) as watch,
        small_engine.connect(),
    ):
        pass
    assert watch.most_in_use == 1


async def test_watching_ends_with_the_block(small_engine):
    """Later use adds no samples, also when the block failed."""
    with pytest.raises(ValueError, match="wrong"):
        async with watch_pool(small_engine) as watch:
            raise ValueError("wrong")
    seen = len(watch.samples)
    async with small_engine.connect():
        await asyncio.sleep(0.01)
    assert len(watch.samples) == seen


async def test_a_pool_without_a_size_is_refused(database_url):
    """There is nothing to see in a pool that keeps nothing."""
    engine = make_engine(database_url, poolclass=NullPool)
    with pytest.raises(TypeError, match="NullPool has no size"):
        async with watch_pool(engine):
            pass
