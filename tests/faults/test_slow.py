"""Queries that outlive their limit, and clients that leave in mid-query."""

import asyncio

import pytest
from sqlalchemy import event

import lab
from bank.app import create_app
from bank.db.engine import make_engine
from bank.db.errors import TimedOut
from bank.db.session import make_session_factory, retry, transaction
from bank.models import Account
from bank.settings import Settings
from tests.bank.build import SLOW, move, read
from tests.faults.half import assert_nothing_moved, transfer_in
from tests.faults.load import under_load, until

LIMIT = 0.3
"""Seconds after which the database gives a statement up."""

LATER = 2.0
"""The same, where the statement has to be seen to run before."""


@pytest.fixture
async def limited(committing_engine, request):
    """Give a factory whose statements have a limit."""
    limit = getattr(request, "param", LIMIT)
    engine = make_engine(committing_engine.url, statement_timeout=limit)
    yield make_session_factory(engine)
    await engine.dispose()


def payment(reference, pair):
    """Write what a client posts to move 100 cents."""
    one, two = pair
    return {
        "reference": reference,
        "source_id": one,
        "target_id": two,
        "amount": 100,
    }


async def test_query_outlives_its_limit(limited, pair):
    """It has timed out, and what its transaction did before is gone."""
    with pytest.raises(TimedOut):
        async with transaction(limited) as session:
            await transfer_in(session, pair)
            await session.execute(SLOW)
    await assert_nothing_moved(limited, pair)


async def test_query_outlives_its_limit_under_load(factory, limited, pair):
    """Those that time out disturb nobody else for longer than the limit.

    On SQLite a writer may wait for its turn in vain, and asks again.
    """

    async def slow():
        with pytest.raises(TimedOut):
            await retry(limited, lambda session: session.execute(SLOW))

    async with under_load(factory, pair) as load:
        await asyncio.gather(slow(), slow())
        await load.more()
    assert limited.kw["bind"].pool.checkedout() == 0


@pytest.mark.parametrize("limited", [LATER], indirect=True)
async def test_task_cancelled_in_mid_query(limited, pair, own_servers):
    """A task that is cancelled leaves neither rows nor a connection.

    MySQL continues the query, and SQLite has the task wait for its end:
    the limit ends it on both.
    """
    engine = limited.kw["bind"].sync_engine
    asked = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection, _cursor, sql, *_):
        asked.append(sql)

    async def runs():
        server = own_servers.get(engine.dialect.name)
        queries = (await server.connections()).values() if server else asked
        return task.done() or any(
            query.startswith("WITH") for query in queries
        )

    async def work():
        async with transaction(limited) as session:
            await transfer_in(session, pair)
            await session.execute(SLOW)

    task = asyncio.create_task(work())
    await until(runs)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await assert_nothing_moved(limited, pair)


async def test_tasks_cancelled_under_load(factory, pair):
    """Of transfers that are cancelled at any moment, none is half."""

    async def cancelled(n):
        task = asyncio.create_task(move(factory, f"cancelled-{n}", 1, *pair))
        await asyncio.sleep(n / 1000)
        task.cancel()
        await asyncio.wait([task])

    async with factory() as session:
        before = (await session.get(Account, pair[0])).balance
    await asyncio.gather(*(cancelled(n) for n in range(30)))
    stored = await read(factory)
    assert before - 30 <= stored[pair[0]] <= before
    assert factory.kw["bind"].pool.checkedout() == 0
    for n in range(30):  # sent again, each is done once
        await move(factory, f"cancelled-{n}", 1, *pair)
    assert (await read(factory))[pair[0]] == before - 30


async def test_client_leaves_in_mid_query(committing_engine, factory, pair):
    """The application finishes for a client that has left, and once."""
    url = committing_engine.url.render_as_string(hide_password=False)
    one, _ = pair
    transfer = payment("left", pair)
    pool = committing_engine.pool
    app = create_app(Settings(database_url=url))
    async with lab.served(app) as client:
        theirs = app.state.session_factory.kw["bind"].pool
        async with transaction(factory) as session:
            await session.get(Account, one, with_for_update=True)
            request = asyncio.create_task(
                client.post("/transfers", json=transfer)
            )
            await until(lambda: theirs.checkedout() == 1)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            assert theirs.checkedout() == 1  # it waits for the lock
        await until(lambda: theirs.checkedout() == 0)
        assert (await read(factory))[one] == 900
        again = await client.post("/transfers", json=transfer)
        assert again.status_code == 201
    assert (await read(factory))[one] == 900
    assert pool.checkedout() == 0


@pytest.mark.parametrize("server_url", ["postgresql", "mysql"], indirect=True)
async def test_request_outlives_its_limit(committing_engine, factory, pair):
    """A request that waits for a lock for too long is answered with 503."""
    url = committing_engine.url.render_as_string(hide_password=False)
    one, _ = pair
    transfer = payment("late", pair)
    settings = Settings(database_url=url, database_statement_timeout=LIMIT)
    async with lab.served(create_app(settings)) as client:
        async with transaction(factory) as session:
            await session.get(Account, one, with_for_update=True)
            late = await client.post("/transfers", json=transfer)
            assert late.status_code == 503
            assert late.json()["title"] == "TimedOut"
        again = await client.post("/transfers", json=transfer)
        assert again.status_code == 201
    assert (await read(factory))[one] == 900
