"""Connections that the server ends: killed ones, and idle ones."""

import asyncio

import pytest

from bank.db import engine
from bank.db.engine import make_engine
from bank.db.errors import Disconnected
from bank.db.session import make_session_factory, transaction
from tests.bank.build import QUICK, move, read
from tests.faults.half import assert_nothing_moved, transfer_in
from tests.faults.load import under_load, until

IDLE = 1
"""Whole seconds, as MySQL counts, after which a connection idles too long."""

ROUNDS = 3
"""How often the connections are killed under load."""

pytestmark = pytest.mark.parametrize(
    "server_url", ["postgresql", "mysql"], indirect=True
)


async def warm(factory, number):
    """Fill the pool with connections, and tell how many lie there."""
    everybody = asyncio.Barrier(number)

    async def hold():
        async with factory() as session:
            await session.execute(QUICK)
            await everybody.wait()

    await asyncio.gather(*(hold() for _ in range(number)))
    return factory.kw["bind"].pool.checkedin()


async def test_killed_between_requests(factory, pair, server):
    """Connections killed in the pool are replaced, and nobody notices."""
    assert await warm(factory, 3) == 3
    await server.cut_connections()
    await asyncio.sleep(engine.IDLE)
    await asyncio.gather(*(move(factory, f"t{n}", 1, *pair) for n in range(3)))
    assert (await read(factory))[pair[0]] == 997
    assert factory.kw["bind"].pool.checkedout() == 0


async def test_killed_right_after_a_request(factory, pair, server):
    """One killed within a second of its use costs one request, no more."""
    assert await warm(factory, 3) == 3
    await server.cut_connections()
    with pytest.raises(Disconnected):
        await move(factory, "lost", 1, *pair)
    assert factory.kw["bind"].pool.checkedout() == 0
    await asyncio.gather(*(move(factory, f"t{n}", 1, *pair) for n in range(3)))
    assert (await read(factory))[pair[0]] == 997


@pytest.mark.parametrize("moment", ["before a statement", "before the commit"])
async def test_killed_in_mid_transaction(factory, pair, server, moment):
    """A transaction whose connection is killed is gone, and says so."""
    with pytest.raises(Disconnected):
        async with transaction(factory) as session:
            await transfer_in(session, pair)
            await server.cut_connections()
            if moment == "before a statement":
                await session.execute(QUICK)
    await assert_nothing_moved(factory, pair)


async def test_killed_under_load(factory, pair, server):
    """Connections killed again and again, in use or not, lose no cent."""
    async with under_load(factory, pair) as load:
        for _ in range(ROUNDS):
            await load.more()
            before = len(load.lost)
            while len(load.lost) == before:
                await server.cut_connections()
                await load.more()
        await load.more()
    assert factory.kw["bind"].pool.checkedout() == 0


async def test_idle_for_too_long(factory, pair, impatient, server):
    """A connection that the server has ended in the pool is replaced."""
    assert await warm(impatient, 1) == 1
    await until(lambda: only_of(factory, server))
    await move(impatient, "after a break", 1, *pair)
    assert (await read(factory))[pair[0]] == 999
    assert impatient.kw["bind"].pool.checkedout() == 0


async def test_idle_in_transaction_for_too_long(
    factory, pair, impatient, server
):
    """A transaction that idles away is gone, and says so."""
    with pytest.raises(Disconnected):
        async with transaction(impatient) as session:
            await transfer_in(session, pair)
            await until(lambda: only_of(factory, server))
            await session.execute(QUICK)
    await assert_nothing_moved(impatient, pair)


@pytest.fixture
async def impatient(committing_engine, server):
    """Give a factory whose connections the server ends when they idle."""
    milliseconds = str(1000 * IDLE)
    connect_args = {
        "postgresql": {
            "server_settings": {
                "idle_session_timeout": milliseconds,
                "idle_in_transaction_session_timeout": milliseconds,
            }
        },
        "mysql": {"init_command": f"SET wait_timeout = {IDLE}"},
    }[server.name]
    impatient = make_engine(committing_engine.url, connect_args=connect_args)
    yield make_session_factory(impatient)
    await impatient.dispose()


async def only_of(factory, server):
    """Tell whether a factory's are all the connections that are left."""
    pool = factory.kw["bind"].pool
    return len(await server.connections()) == pool.checkedin()
