"""Clients that do not read, that leave, and that all want the same."""

import asyncio
import socket

import pytest

import lab
from bank.app import create_app
from bank.db.engine import make_engine
from bank.db.session import transaction
from bank.models import Account
from bank.settings import Settings
from tests.faults.ledger import assert_balanced, stored
from tests.faults.load import until
from tests.faults.traffic import open_accounts, under_traffic

AT_ONCE = 50


@pytest.fixture
async def served(committing_engine, request):
    """Serve the bank, by default on a pool of three connections."""
    size = getattr(request, "param", 3)
    url = committing_engine.url.render_as_string(hide_password=False)
    app = create_app(
        Settings(
            database_url=url,
            database_pool_size=size,
            database_max_overflow=0,
            database_lock_timeout=1,
        )
    )
    async with lab.served(app) as client:
        client.timeout = 60
        client.app = app
        yield client


def pool_of(client):
    """Give the pool of the served application."""
    return client.app.state.session_factory.kw["bind"].pool


async def test_clients_that_do_not_read(served, long):
    """Sockets full of answers that nobody reads stop nobody else."""
    await open_accounts(served)
    port = served.base_url.port
    request = b"GET /users?limit=200 HTTP/1.1\r\nhost: bank\r\n\r\n"
    sockets = []
    try:
        for _ in range(64 if long else 8):
            silent = socket.create_connection(("127.0.0.1", port))
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            silent.sendall(request * 40)
            sockets.append(silent)
        await asyncio.sleep(0.5)
        async with asyncio.timeout(10):
            for _ in range(5):
                answer = await served.get("/health/ready")
                assert answer.status_code == 200
        await until(lambda: pool_of(served).checkedout() == 0)
    finally:
        for silent in sockets:
            silent.close()


async def test_equal_transfers(served, committing_engine):
    """Fifty equal transfers at once move money once, and answer alike."""
    one, two, *_ = await open_accounts(served)
    body = {"reference": "r", "source_id": one, "target_id": two, "amount": 7}
    answers = await asyncio.gather(
        *(served.post("/transfers", json=body) for _ in range(AT_ONCE))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    await assert_balanced(committing_engine)
    sql = "SELECT balance FROM accounts WHERE id = :id"
    assert await stored(committing_engine, sql, id=one) == [9_993]


async def test_equal_deposits(served, committing_engine):
    """So do fifty equal deposits, which all meet in the cash account."""
    one, *_ = await open_accounts(served)
    body = {"reference": "d", "account_id": one, "amount": 7}
    answers = await asyncio.gather(
        *(served.post("/deposits", json=body) for _ in range(AT_ONCE))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    await assert_balanced(committing_engine)


async def test_different_deposits(served, committing_engine):
    """Fifty deposits at once are all paid in."""
    one, *_ = await open_accounts(served)
    answers = await asyncio.gather(
        *(
            served.post(
                "/deposits",
                json={"reference": f"d{n}", "account_id": one, "amount": 1},
            )
            for n in range(AT_ONCE)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    await assert_balanced(committing_engine)
    sql = "SELECT balance FROM accounts WHERE id = :id"
    assert await stored(committing_engine, sql, id=one) == [10_050]


async def test_equal_registrations(served, committing_engine):
    """Of fifty equal registrations at once, one is made."""
    body = {"email": "ada@example.org", "name": "Ada"}
    answers = await asyncio.gather(
        *(served.post("/users", json=body) for _ in range(AT_ONCE))
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201, *[409] * (AT_ONCE - 1)]
    assert len(await stored(committing_engine, "SELECT id FROM users")) == 1


async def test_different_registrations(served, committing_engine):
    """Fifty registrations at once are all made."""
    answers = await asyncio.gather(
        *(
            served.post(
                "/users", json={"email": f"u{n}@example.org", "name": "U"}
            )
            for n in range(AT_ONCE)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    users = await stored(committing_engine, "SELECT id FROM users")
    assert len(users) == AT_ONCE


@pytest.mark.parametrize("served", [4], indirect=True)
async def test_locked_row(served, committing_engine, factory):
    """Who waits for a locked row holds up nobody who reads."""
    one, two, *_ = await open_accounts(served)
    body = {"source_id": one, "target_id": two, "amount": 1}
    async with transaction(factory) as session:
        await session.get(Account, one, with_for_update=True)
        waiting = [
            asyncio.create_task(
                served.post("/transfers", json=body | {"reference": f"w{n}"})
            )
            for n in range(30)
        ]
        await asyncio.sleep(0.5)
        for _ in range(5):
            async with asyncio.timeout(2):
                answer = await served.get(f"/accounts/{two}")
            assert answer.status_code == 200
        assert not any(task.done() for task in waiting)
    answers = await asyncio.gather(*waiting)
    assert {answer.status_code for answer in answers} == {201}
    await assert_balanced(committing_engine)


async def test_clients_that_leave(served, committing_engine, long):
    """Requests whose clients leave at any moment are whole or not there."""
    async with under_traffic(served, committing_engine) as traffic:
        one, two, *_ = traffic.accounts

        async def leave(n):
            body = {"reference": f"left-{n}", "amount": 1}
            request = asyncio.create_task(
                served.post(
                    "/transfers",
                    json=body | {"source_id": one, "target_id": two},
                )
            )
            await asyncio.sleep(n % 40 / 1000)
            request.cancel()
            await asyncio.wait([request])

        for start in range(0, 1_800 if long else 60, 20):
            await asyncio.gather(*(leave(start + n) for n in range(20)))
        await traffic.more()
    await until(lambda: pool_of(served).checkedout() == 0)


@pytest.mark.parametrize("server_url", ["sqlite"], indirect=True)
async def test_exhausted_disk_of_a_file(committing_engine):
    """A file that cannot grow answers 503, and works again with space."""
    url = committing_engine.url.render_as_string(hide_password=False)
    settings = Settings(
        database_url=url, database_pool_size=1, database_max_overflow=0
    )
    app = create_app(settings)
    async with lab.served(app) as client:
        engine = app.state.session_factory.kw["bind"]
        await open_accounts(client)

        async def limit(pages):
            async with engine.connect() as connection:
                await connection.exec_driver_sql(
                    f"PRAGMA max_page_count = {pages}"
                )

        async def register(n):
            name = {"email": f"{'x' * 60}{n}@example.org", "name": "x" * 100}
            return (await client.post("/users", json=name)).status_code

        await limit(1)  # SQLite takes the present size instead
        codes = [await register(n) for n in range(300)]
        assert 503 in codes
        assert set(codes) == {201, 503}
        await limit(1_000_000)
        assert await register(1_000) == 201
    await assert_balanced(committing_engine)
    engine = make_engine(url)
    users = await stored(engine, "SELECT id FROM users")
    assert len(users) == 4 + codes.count(201) + 1
    await engine.dispose()
