"""A pool with no connection left."""

import asyncio

import pytest

from bank.db.engine import make_engine
from bank.db.errors import TimedOut
from bank.db.session import make_session_factory
from tests.bank.build import QUICK, move, read
from tests.faults.load import PATIENCE

IMPATIENT = 0.1
"""Seconds that a task waits for a connection that never comes."""


@pytest.fixture
async def small(committing_engine):
    """Give a function that makes factories on a pool of two connections."""
    engines = []

    def make(seconds):
        engine = make_engine(
            committing_engine.url,
            pool_size=2,
            max_overflow=0,
            pool_timeout=seconds,
        )
        engines.append(engine)
        return make_session_factory(engine)

    yield make
    for engine in engines:
        await engine.dispose()


async def test_exhausted(small, pair):
    """A task that waits too long times out, and the pool serves the next."""
    factory = small(IMPATIENT)
    async with factory() as one, factory() as two:
        await one.execute(QUICK)
        await two.execute(QUICK)
        words = "QueuePool limit of size 2 overflow 0 reached"
        with pytest.raises(TimedOut, match=words):
            await move(factory, "in vain", 1, *pair)
    assert factory.kw["bind"].pool.checkedout() == 0
    await move(factory, "now", 1, *pair)
    assert (await read(factory))[pair[0]] == 999


async def test_exhausted_under_load(small, pair):
    """Patient clients share two connections, and each is served once."""
    factory = small(PATIENCE)
    one, two = pair
    await asyncio.gather(
        *(
            move(factory, f"t{n}", 1, *((one, two) if n % 2 else (two, one)))
            for n in range(20)
        )
    )
    assert (await read(factory))[one] == 1_000
    assert factory.kw["bind"].pool.checkedout() == 0


async def test_impatient_under_load(small, pair):
    """Of clients that time out, nothing is stored, and of others all."""
    factory = small(IMPATIENT / 10)
    outcomes = await asyncio.gather(
        *(move(factory, f"t{n}", 1, *pair) for n in range(30)),
        return_exceptions=True,
    )
    refused = [o for o in outcomes if isinstance(o, Exception)]
    assert {type(error) for error in refused} <= {TimedOut}
    stored = await read(factory)
    assert stored[pair[0]] == 1_000 - (len(outcomes) - len(refused))
    assert factory.kw["bind"].pool.checkedout() == 0
