"""The bank as a web application."""

import asyncio
import logging
import re
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from sqlalchemy import Engine, event, make_url, text

import lab
from bank.app import create_app
from bank.db.engine import make_engine
from bank.db.errors import (
    DatabaseUnavailable,
    DatabaseURLError,
    Retryable,
    TimedOut,
)
from bank.db.session import make_session_factory, transaction
from bank.dependencies import get_session_factory
from bank.errors import WrongTables
from bank.repositories import AccountRepository
from bank.services import TransferService
from bank.settings import Settings, SettingsError
from tests.bank.build import SLOW, assert_sound, watched_connections


@pytest.fixture
async def client(bank_app, rolled_back_factory, monkeypatch):
    """Give a client of the application, on a transaction undone later."""
    given = {get_session_factory: lambda: rolled_back_factory}
    monkeypatch.setattr(bank_app, "dependency_overrides", given)
    transport = httpx.ASGITransport(app=bank_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bank"
    ) as client:
        yield client


@pytest.fixture
async def ada(client):
    """Give a registered user's id."""
    return (await register(client, "ada")).json()["id"]


async def register(client, name):
    """Register a user of that name."""
    return await client.post(
        "/users", json={"email": f"{name}@example.org", "name": name.title()}
    )


async def open_account(client, owner_id, balance=0):
    """Open an account with money on it, and return its id."""
    answer = await client.post(
        "/accounts", json={"owner_id": owner_id, "name": "Main"}
    )
    assert answer.status_code == 201
    account_id = answer.json()["id"]
    if balance:
        answer = await client.post(
            "/deposits",
            json={
                "reference": f"open-{account_id}",
                "account_id": account_id,
                "amount": balance,
            },
        )
        assert answer.status_code == 201
    return account_id


async def balance(client, account_id):
    """Read an account's balance."""
    answer = await client.get(f"/accounts/{account_id}")
    return answer.json()["balance"]


def transfer(reference, source_id, target_id, amount):
    """Write a transfer's body."""
    return {
        "reference": reference,
        "source_id": source_id,
        "target_id": target_id,
        "amount": amount,
    }


async def test_health(client, database_url):
    """The process answers by itself, and is ready while its database is."""
    assert (await client.get("/health/live")).json() == {"status": "ok"}
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        url = url.set(database="/proc/no-file-can-be-made-here")
    else:
        url = url.set(host="127.0.0.1", port=1)
    engine = make_engine(database_url)
    app = create_app(Settings())
    app.state.session_factory = make_session_factory(engine)
    away = make_engine(url)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bank"
    ) as other:
        assert (await other.get("/health/ready")).json() == {"status": "ok"}
        app.state.session_factory = make_session_factory(away)
        answer = await other.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["title"] == "DatabaseUnavailable"
        assert (await other.get("/health/live")).status_code == 200
    await engine.dispose()
    await away.dispose()


async def test_readiness_is_decided_soon(database_url, caplog):
    """Where no connection comes free, readiness is refused in 2 seconds.

    The log blames the pool, not the database.
    """
    engine = make_engine(database_url, pool_size=1)
    app = create_app(Settings())
    app.state.session_factory = make_session_factory(engine)
    transport = httpx.ASGITransport(app=app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://b") as client,
        engine.connect(),
        asyncio.timeout(6),
    ):
        assert (await client.get("/health/ready")).status_code == 503
    [line] = [
        record.getMessage()
        for record in caplog.records
        if record.name == "bank.problems"
    ]
    assert "No connection of the pool became free (waited 2 s)" in line
    await engine.dispose()


async def test_last_page_that_is_full(client, ada):
    """The last page has no next one, also where it is full."""
    await register(client, "eve")
    for _ in range(2):
        account = await open_account(client, ada)
    for n in (1, 2):
        body = {"reference": f"d{n}", "account_id": account, "amount": n}
        await client.post("/deposits", json=body)
    for path in (
        "/users",
        f"/users/{ada}/accounts",
        f"/accounts/{account}/statement",
    ):
        for limit, is_last in ((1, False), (2, True), (3, True)):
            page = await client.get(path, params={"limit": limit})
            assert len(page.json()["items"]) == min(limit, 2)
            assert (page.json()["next"] is None) == is_last, path


async def test_lists_with_nothing_in_them(client, ada):
    """A list that has nothing, or nothing more, is an empty page."""
    nothing: dict[str, Any] = {"items": [], "next": None}
    path = f"/users/{ada}/accounts"
    assert (await client.get(path)).json() == nothing
    account = await open_account(client, ada)
    for asked in (
        f"/users?after={ada}",
        f"{path}?after={account}",
        f"/accounts/{account}/statement",
    ):
        answer = await client.get(asked)
        assert (answer.status_code, answer.json()) == (200, nothing), asked


async def test_many_accounts(client, ada):
    """A user comes with the first accounts, and the others page by page."""
    opened = [await open_account(client, ada) for _ in range(53)]
    user = (await client.get(f"/users/{ada}")).json()
    assert [account["id"] for account in user["accounts"]] == opened[:50]
    rest = await client.get(
        f"/users/{ada}/accounts", params={"after": user["next"]}
    )
    assert [each["id"] for each in rest.json()["items"]] == opened[50:]
    assert rest.json()["next"] is None
    first = (await client.get(f"/users/{ada}/accounts")).json()
    assert first == {"items": user["accounts"], "next": user["next"]}
    for asked in ("", "?after=0", "?after=7"):
        lost = await client.get(f"/users/1000000/accounts{asked}")
        assert lost.status_code == 404


async def test_house_account(client, ada):
    """Customers do not touch the house's account."""
    account = await open_account(client, ada, 100)
    statement = await client.get(f"/accounts/{account}/statement")
    paid = statement.json()["items"][0]["transfer"]["id"]
    cash = (await client.get(f"/transfers/{paid}")).json()["source_id"]
    for source, target in ((cash, account), (account, cash)):
        answer = await client.post(
            "/transfers", json=transfer("rob", source, target, 1)
        )
        assert answer.status_code == 403
    answer = await client.patch(
        f"/accounts/{cash}", json={"name": "Mine", "version": 1}
    )
    assert answer.status_code == 403
    assert (await client.get(f"/accounts/{cash}")).json()["name"] == "Cash"


async def test_users(client):
    """A user is registered, read, and refused the second time."""
    created = await register(client, "ada")
    assert created.status_code == 201
    ada = created.json()
    assert ada["email"] == "ada@example.org"
    assert ada["created_at"].endswith("Z")
    read = await client.get(f"/users/{ada['id']}")
    assert read.status_code == 200
    assert read.json() == {**ada, "accounts": [], "next": None}
    taken = await register(client, "ADA")
    assert taken.status_code == 409
    assert taken.headers["content-type"] == "application/problem+json"
    told = taken.json()
    assert "address" in told.pop("detail")
    assert told == {
        "type": "urn:bank:problem:EmailTaken",
        "title": "EmailTaken",
        "status": 409,
    }


async def test_pages_of_users(client):
    """A list tells where its next page begins, and its last tells null."""
    ids = [(await register(client, f"u{n}")).json()["id"] for n in range(3)]
    first = (await client.get("/users", params={"limit": 2})).json()
    assert [user["id"] for user in first["items"]] == ids[:2]
    assert first["next"] == ids[1]
    rest = (
        await client.get("/users", params={"limit": 2, "after": ids[1]})
    ).json()
    assert [user["id"] for user in rest["items"]] == ids[2:]
    assert rest["next"] is None


async def test_accounts(client, ada):
    """An account is opened, read, listed with its owner, and renamed."""
    account_id = await open_account(client, ada)
    account = (await client.get(f"/accounts/{account_id}")).json()
    assert account == {
        "id": account_id,
        "owner_id": ada,
        "name": "Main",
        "balance": 0,
        "version": 1,
    }
    owner = (await client.get(f"/users/{ada}")).json()
    assert owner["accounts"] == [account]
    edit = {"name": "Holidays", "version": 1}
    renamed = await client.patch(f"/accounts/{account_id}", json=edit)
    assert renamed.status_code == 200
    assert renamed.json() == {**account, "name": "Holidays", "version": 2}
    late = await client.patch(f"/accounts/{account_id}", json=edit)
    assert late.status_code == 409


async def test_transfers(client, ada):
    """Money moves once per reference, and shows on the statements."""
    one = await open_account(client, ada, 1_000)
    two = await open_account(client, ada)
    body = transfer("rent", one, two, 300)
    created = await client.post("/transfers", json=body)
    assert created.status_code == 201
    moved = created.json()
    assert {key: moved[key] for key in body} == body
    again = await client.post("/transfers", json=body)
    assert (again.status_code, again.json()) == (201, moved)
    assert await balance(client, one) == 700
    assert await balance(client, two) == 300
    read = await client.get(f"/transfers/{moved['id']}")
    assert read.json() == moved
    other = await client.post("/transfers", json={**body, "amount": 301})
    assert other.status_code == 409
    statement = (await client.get(f"/accounts/{one}/statement")).json()
    assert [line["amount"] for line in statement["items"]] == [-300, 1_000]
    assert statement["items"][0]["transfer"]["reference"] == "rent"
    assert statement["next"] is None


async def test_pages_of_a_statement(client, ada):
    """A statement is read page by page, the newest first."""
    account = await open_account(client, ada)
    for n in (1, 2, 3):
        body = {"reference": f"d{n}", "account_id": account, "amount": n}
        await client.post("/deposits", json=body)
    path = f"/accounts/{account}/statement"
    first = (await client.get(path, params={"limit": 2})).json()
    assert [line["amount"] for line in first["items"]] == [3, 2]
    rest = await client.get(path, params={"limit": 2, "before": first["next"]})
    assert [line["amount"] for line in rest.json()["items"]] == [1]


async def test_refusals(client, ada):
    """What a client can fix is reported with its reason and status."""
    account = await open_account(client, ada, 100)
    other = await open_account(client, ada)
    for body, code in (
        (transfer("t", account, other, 101), 409),
        (transfer("t", account, other, 0), 422),
        (transfer("t", account, account, 1), 409),
        (transfer("t", account, 10**6, 1), 404),
        (transfer("a b", account, other, 1), 422),
        ({"reference": "t"}, 422),
    ):
        answer = await client.post("/transfers", json=body)
        assert answer.status_code == code, answer.text
        assert answer.json()["detail"]
    for path in (
        f"/users/{2**53 - 1}",
        "/accounts/1000000",
        "/accounts/1000000/statement",
        "/transfers/1000000",
    ):
        assert (await client.get(path)).status_code == 404
    for path in (f"/users/{2**63}", "/users/x", "/users?limit=201"):
        assert (await client.get(path)).status_code == 422
    lost = await client.post(
        "/accounts", json={"owner_id": 10**6, "name": "x"}
    )
    assert lost.status_code == 404
    assert await balance(client, account) == 100


async def test_refusals_are_documented(bank_app, client, ada):
    """Each status of a refusal is one that the route's document names."""
    account = await open_account(client, ada, 100)
    statement = await client.get(f"/accounts/{account}/statement")
    paid = statement.json()["items"][0]["transfer"]
    cash = (await client.get(f"/transfers/{paid['id']}")).json()["source_id"]
    nobody, documented = 10**6, bank_app.openapi()["paths"]
    taken = {"email": "ada@example.org", "name": "A"}
    deposit = {"reference": paid["reference"], "amount": 1}
    edit = {"name": "x", "version": 7}
    for method, path, number, body, code in (
        ("POST", "/users", 0, taken, 409),
        ("GET", "/users/{user_id}", nobody, None, 404),
        ("GET", "/users/{user_id}/accounts", nobody, None, 404),
        ("POST", "/accounts", 0, {"owner_id": nobody, "name": "x"}, 404),
        ("GET", "/accounts/{account_id}", nobody, None, 404),
        ("GET", "/accounts/{account_id}/statement", nobody, None, 404),
        ("PATCH", "/accounts/{account_id}", cash, edit, 403),
        ("PATCH", "/accounts/{account_id}", nobody, edit, 404),
        ("PATCH", "/accounts/{account_id}", account, edit, 409),
        ("POST", "/deposits", 0, deposit | {"account_id": nobody}, 404),
        ("POST", "/deposits", 0, deposit | {"account_id": account}, 409),
        ("POST", "/transfers", 0, transfer("t", cash, account, 1), 403),
        ("POST", "/transfers", 0, transfer("t", nobody, account, 1), 404),
        ("POST", "/transfers", 0, transfer("t", account, account, 1), 409),
        ("GET", "/transfers/{transfer_id}", nobody, None, 404),
    ):
        where = re.sub(r"{\w+}", str(number), path)
        answer = await client.request(method, where, json=body)
        assert answer.status_code == code, (method, path)
        responses = documented[path][method.lower()]["responses"]
        assert str(code) in responses, (method, path)


async def test_nul(client):
    """Text that a database cannot store is refused as a client's fault."""
    body = {"email": "ada@example.org", "name": "A\0da"}
    answer = await client.post("/users", json=body)
    assert answer.status_code == 422


@pytest.mark.parametrize("kind", ["transfer", "deposit"])
async def test_transfer_is_retried(client, ada, monkeypatch, kind):
    """A transfer that meets a deadlock is tried again for the client."""
    one = await open_account(client, ada, 100)
    two = await open_account(client, ada)
    real, tries = getattr(TransferService, kind), []

    async def deadlocked_once(self, **request):
        tries.append(request)
        if len(tries) == 1:
            raise Retryable("deadlock")
        return await real(self, **request)

    monkeypatch.setattr(TransferService, kind, deadlocked_once)
    body = {"account_id": two, "reference": "t", "amount": 1}
    if kind == "transfer":
        body = transfer("t", one, two, 1)
    answer = await client.post(f"/{kind}s", json=body)
    assert answer.status_code == 201
    assert len(tries) == 2
    assert await balance(client, two) == 1


async def test_hopeless_transfer_is_unavailable(client, ada, monkeypatch):
    """A transfer that meets a deadlock ten times is answered with 503."""
    one = await open_account(client, ada, 100)
    two = await open_account(client, ada)
    tries = []

    async def deadlocked(_self, **request):
        tries.append(request)
        raise Retryable("deadlock: row data that clients must not see")

    monkeypatch.setattr(TransferService, "transfer", deadlocked)
    answer = await client.post("/transfers", json=transfer("t", one, two, 1))
    assert answer.status_code == 503
    assert "row data" not in answer.text
    assert len(tries) == 10


async def test_read_without_tables(rolled_back_factory, session):
    """A mistake of ours is a 500, and tells the client nothing."""
    app = create_app(Settings())
    app.dependency_overrides[get_session_factory] = lambda: rolled_back_factory

    @app.get("/mistake")
    async def mistake() -> None:
        async with session.begin_nested():
            await session.execute(text("SELECT secret FROM nowhere"))

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bank"
    ) as client:
        answer = await client.get("/mistake")
    assert answer.status_code == 500
    assert "secret" not in answer.text


async def test_life_of_the_application(database_url):
    """The start pings and makes the tables, the end closes the pool."""
    app = create_app(Settings(database_url=database_url))
    assert not hasattr(app.state, "session_factory")
    async with LifespanManager(app) as manager:
        pool = app.state.session_factory.kw["bind"].pool
        assert pool.size() == 10
        transport = httpx.ASGITransport(app=manager.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bank"
        ) as client:
            assert (await client.get("/users")).json()["items"] == []
        assert pool.checkedin() == 1
    assert pool.checkedin() == 0
    assert app.state.session_factory is None


async def test_second_start(database_url):
    """An application that has stopped can be started again."""
    app = create_app(Settings(database_url=database_url))
    for _ in range(2):
        async with lab.served(app) as client:
            assert (await client.get("/users")).status_code == 200


async def test_stop_lets_nobody_in(database_url):
    """While the pool is being closed, a request finds no factory any more.

    It would open a connection that nobody closes.
    """
    app = create_app(Settings(database_url=database_url))
    found = []
    async with LifespanManager(app):
        engine = app.state.session_factory.kw["bind"]

        @event.listens_for(engine.sync_engine, "close")
        def note(*_):
            found.append(app.state.session_factory)

    assert set(found) == {None}


async def test_failure_while_it_runs(database_url):
    """The pool is closed also if what runs in the lifespan fails."""
    app = create_app(Settings(database_url=database_url))
    with watched_connections() as (opened, closed):
        with pytest.raises(LookupError):
            async with app.router.lifespan_context(app):
                raise LookupError("a bug")
        assert opened
        assert closed == opened
    assert app.state.session_factory is None


async def test_url_is_refused_at_the_start():
    """A URL that cannot work is refused by the start, and not before."""
    app = create_app(Settings(database_url="oracle+oracledb://h/d"))
    with pytest.raises(DatabaseURLError):
        async with LifespanManager(app):
            pass


async def test_start_without_a_database(database_url):
    """Without a database the start fails with the sentence of ping."""
    url = make_url(database_url)
    error: type[Exception] = DatabaseUnavailable
    if url.get_backend_name() == "sqlite":
        url, error = url.set(database="/dev/null/folder/x"), DatabaseURLError
    else:
        url = url.set(host="127.0.0.1", port=1)
    settings = Settings(database_url=url.render_as_string(hide_password=False))
    with pytest.raises(error):
        async with LifespanManager(create_app(settings)):
            pass


@pytest.mark.parametrize("echo", [True, False])
async def test_settings_reach_the_pool(database_url, monkeypatch, echo):
    """The engine has the connections and the log that the settings say."""
    log = logging.getLogger("sqlalchemy.engine.Engine")
    monkeypatch.setattr(log, "handlers", [logging.NullHandler()])
    settings = Settings(
        database_url=database_url,
        database_echo=echo,
        database_pool_size=2,
        database_max_overflow=1,
    )
    app = create_app(settings)
    async with LifespanManager(app):
        engine = app.state.session_factory.kw["bind"]
        async with lab.watch_pool(engine) as watch:
            assert (watch.size, watch.max_overflow) == (2, 1)
        assert bool(engine.echo) is echo


async def test_a_lock_is_waited_for_as_long_as_set(factory, pair):
    """A statement that needs a lock gives up after the setting's seconds."""
    url = factory.kw["bind"].url.render_as_string(hide_password=False)
    app = create_app(Settings(database_url=url, database_lock_timeout=1))
    async with LifespanManager(app), transaction(factory) as holder:
        await AccountRepository(holder).lock(pair[0])
        async with asyncio.timeout(4):
            with pytest.raises(Retryable):
                async with transaction(app.state.session_factory) as session:
                    await AccountRepository(session).lock(pair[0])


async def test_a_statement_runs_as_long_as_set(committing_engine):
    """The database stops a statement after the setting's seconds."""
    url = committing_engine.url.render_as_string(hide_password=False)
    settings = Settings(database_url=url, database_statement_timeout=0.3)
    app = create_app(settings)
    async with LifespanManager(app), app.state.session_factory() as session:
        with pytest.raises(TimedOut):
            await session.execute(SLOW)


@pytest.mark.parametrize(("seconds", "logged"), [(0, True), (60, False)])
async def test_slow_statements_are_watched(
    database_url, caplog, seconds, logged
):
    """A statement is slow from the time on that the settings say."""
    settings = Settings(
        database_url=database_url, database_slow_statement=seconds
    )
    async with LifespanManager(create_app(settings)):
        pass
    assert ("slow statement" in caplog.text.lower()) == logged


async def test_failed_start_closes_its_connections(committing_engine):
    """A start that fails leaves no connection to the database open."""
    async with committing_engine.begin() as connection:
        await connection.execute(text("DROP TABLE entries"))
    url = committing_engine.url.render_as_string(hide_password=False)
    with watched_connections() as (opened, closed):
        with pytest.raises(WrongTables):
            async with LifespanManager(create_app(Settings(database_url=url))):
                pass
        assert opened
        assert closed == opened


@pytest.mark.parametrize(
    "error",
    [WrongTables("Drop it."), DatabaseUnavailable("No."), SettingsError("X.")],
)
async def test_why_a_start_failed(tmp_path, error):
    """The server is told that one sentence, and gets the error."""
    [message] = await failed_start(tmp_path, error)
    assert message["type"] == "lifespan.startup.failed"
    assert message["message"] == str(error)


async def test_mistake_at_the_start(tmp_path):
    """A start that fails by a mistake is told with its traceback."""
    [message] = await failed_start(tmp_path, LookupError("a bug"))
    assert message["type"] == "lifespan.startup.failed"
    assert "Traceback" in message["message"]


async def test_start_that_is_cancelled(tmp_path):
    """The server is told of it, as of any other failure."""
    [message] = await failed_start(tmp_path, asyncio.CancelledError())
    assert message["type"] == "lifespan.startup.failed"


@pytest.mark.parametrize(
    "error", [DatabaseUnavailable("No."), LookupError("a bug")]
)
async def test_stop_that_fails(tmp_path, error):
    """The server is told of a stop that fails, and gets the error."""
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    app = create_app(Settings(database_url=url))
    told: list[str] = []

    def fail(_engine):
        raise error

    async def receive():
        if not told:
            return {"type": "lifespan.startup"}
        engine = app.state.session_factory.kw["bind"]
        event.listen(engine.sync_engine, "engine_disposed", fail)
        return {"type": "lifespan.shutdown"}

    async def send(message):
        told.append(message["type"])

    with pytest.raises(type(error), match=str(error)):
        await app({"type": "lifespan"}, receive, send)
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.failed"]


async def failed_start(folder, error):
    """Start an application in vain, as a server does; give what it says."""
    told: list[Any] = []
    settings = Settings(database_url=f"sqlite+aiosqlite:///{folder}/bank.db")

    def fail(_connection, _cursor, statement, *_more):
        if "CREATE TABLE" in statement:
            raise error

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        told.append(message)

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(type(error)):
            await create_app(settings)({"type": "lifespan"}, receive, send)
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    return told


@pytest.mark.parametrize(("size", "writers"), [(2, 1), (8, 6)])
async def test_readers_are_answered_while_writers_wait(
    committing_engine, factory, pair, size, writers
):
    """The writers that wait for a lock leave connections to readers."""
    url = committing_engine.url.render_as_string(hide_password=False)
    settings = Settings(
        database_url=url, database_pool_size=1, database_max_overflow=size - 1
    )
    app = create_app(settings)
    one, two = pair
    async with lab.served(app) as bank:
        pool = app.state.session_factory.kw["bind"].pool
        async with transaction(factory) as session:
            await AccountRepository(session).lock(one)
            waiting = [
                asyncio.create_task(
                    bank.post(
                        "/transfers", json=transfer(f"t{n}", one, two, 1)
                    )
                )
                for n in range(size)
            ]
            async with asyncio.timeout(20):
                while pool.checkedout() < writers:  # noqa: ASYNC110 - a pool has no event
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)  # another would have come by now
            assert pool.checkedout() == writers
            async with asyncio.timeout(10):
                for path in (
                    *("/users", "/users/1", "/users/1/accounts"),
                    *(f"/accounts/{one}", f"/accounts/{one}/statement"),
                    *("/transfers/1", "/health/ready"),
                ):
                    assert (await bank.get(path)).status_code == 200, path
        answers = await asyncio.gather(*waiting)
    assert {answer.status_code for answer in answers} == {201}


async def test_one_connection(own_url):
    """An application with one connection reads and writes."""
    app = create_app(Settings(database_url=own_url, database_pool_size=1))
    async with lab.served(app) as bank, asyncio.timeout(15):
        assert (await register(bank, "ada")).status_code == 201
        assert (await bank.get("/users")).status_code == 200


async def test_settings_come_from_the_environment(monkeypatch):
    """Without settings, the start reads the environment, and not before."""
    app = create_app()
    monkeypatch.setenv("DATABASE_POOL_SIZE", "0")
    with pytest.raises(SettingsError, match="DATABASE_POOL_SIZE"):
        async with LifespanManager(app):
            pass


@pytest.fixture
async def bank(committing_engine):
    """Serve the bank for real, on a database of the test's own."""
    url = committing_engine.url.render_as_string(hide_password=False)
    async with lab.served(create_app(Settings(database_url=url))) as client:
        client.timeout = httpx.Timeout(60)
        yield client


async def test_parallel_transfers_over_http(bank, factory):
    """Twenty transfers in both directions keep the money, over HTTP."""
    ada = (await register(bank, "ada")).json()["id"]
    one = await open_account(bank, ada, 1_000)
    two = await open_account(bank, ada, 1_000)
    answers = await asyncio.gather(
        *(
            bank.post(
                "/transfers",
                json=transfer(
                    f"t{n}", *((one, two) if n % 2 else (two, one)), n + 1
                ),
            )
            for n in range(20)
        )
    )
    assert [answer.status_code for answer in answers] == [201] * 20
    moved = sum(n + 1 if n % 2 else -n - 1 for n in range(20))
    assert await balance(bank, one) == 1_000 - moved
    assert await balance(bank, two) == 1_000 + moved
    async with factory() as session:
        await assert_sound(session)


async def test_equal_references_over_http(bank, factory):
    """Twenty equal requests at once move money once and answer alike."""
    ada = (await register(bank, "ada")).json()["id"]
    one = await open_account(bank, ada, 1_000)
    two = await open_account(bank, ada)
    body = transfer("once", one, two, 100)
    answers = await asyncio.gather(
        *(bank.post("/transfers", json=body) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert await balance(bank, one) == 900
    async with factory() as session:
        await assert_sound(session)
