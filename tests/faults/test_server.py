"""A server that is killed, and started again."""

import pytest

import lab
from bank.app import create_app
from bank.db.engine import ping
from bank.db.errors import DatabaseUnavailable, Disconnected
from bank.db.session import transaction
from bank.settings import Settings
from tests.bank.build import QUICK, move, read
from tests.faults.load import under_load, until

pytestmark = pytest.mark.parametrize(
    "server_url", ["postgresql", "mysql"], indirect=True
)


@pytest.fixture(autouse=True)
async def started_again(server):
    """Start the server again that a failed test has left dead."""
    yield
    if server.is_dead:
        await server.start()


async def test_killed_under_load(factory, pair, server):
    """A killed server loses no transfer that was told, and halves none."""
    async with under_load(factory, pair) as load:
        await load.more()
        await server.kill()
        await until(lambda: load.lost)
        await server.start()
        await load.more()
    assert factory.kw["bind"].pool.checkedout() == 0


async def test_killed_in_mid_transaction(factory, pair, server):
    """A transaction that the server did not outlive is gone."""
    with pytest.raises(Disconnected):
        async with transaction(factory) as session:
            await session.execute(QUICK)
            await server.kill()
    assert factory.kw["bind"].pool.checkedout() == 0
    with pytest.raises(Disconnected):
        await move(factory, "nobody there", 1, *pair)
    with pytest.raises(DatabaseUnavailable, match="No database answers at"):
        await ping(factory.kw["bind"])
    assert factory.kw["bind"].pool.checkedout() == 0
    await server.start()
    await move(factory, "somebody there", 1, *pair)
    assert (await read(factory))[pair[0]] == 999


async def test_killed_behind_the_application(committing_engine, pair, server):
    """While the server is away, each route answers 503, and then as ever."""
    url = committing_engine.url.render_as_string(hide_password=False)
    one, two = pair
    body = {"source_id": one, "target_id": two, "amount": 1}
    async with lab.served(create_app(Settings(database_url=url))) as client:

        async def answers():
            return [
                await client.get(f"/accounts/{one}"),
                await client.get("/users"),
                await client.patch(
                    f"/accounts/{one}", json={"name": "x", "version": 1}
                ),
                await client.post(
                    "/transfers", json=body | {"reference": "once"}
                ),
            ]

        assert (await answers())[0].json()["balance"] == 1_000
        await server.kill()
        for _ in range(2):
            for answer in await answers():
                assert answer.status_code == 503
                assert answer.json()["title"] == "Disconnected"
        await server.start()
        assert [answer.status_code for answer in await answers()] == [
            200,
            200,
            409,  # renamed before
            201,
        ]
