"""What a request needs, and how long it lives."""

import asyncio
from typing import Annotated

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import Depends, HTTPException, WebSocket
from fastapi.exceptions import DependencyScopeError
from sqlalchemy import event, func, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession

from bank.app import create_app
from bank.db.engine import make_engine
from bank.db.errors import TimedOut
from bank.db.session import make_session_factory, retry, transaction
from bank.dependencies import (
    FactoryDep,
    SessionDep,
    TransactionDep,
    account_service,
    get_db,
    get_session_factory,
    get_transaction,
)
from bank.models import Account, User
from bank.settings import Settings
from tests.bank.build import SLOW


def call(app):
    """Open a client that calls an application in-process."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://bank")


def twins():
    """Make two users of one address: only the database sees the fault."""
    return [User(email="ada@example.org", name="Ada") for _ in range(2)]


@pytest.fixture
def app(factory):
    """Give the bank with routes that write as a test needs."""
    app = create_app(Settings())
    app.state.session_factory = factory

    @app.post("/without-commit")
    async def without_commit(session: SessionDep) -> str:
        session.add(twins()[0])
        await session.flush()
        return "stored?"

    @app.post("/with-commit")
    async def with_commit(session: TransactionDep) -> str:
        session.add(twins()[0])
        return "stored"

    @app.post("/failing-commit")
    async def failing_commit(session: TransactionDep) -> str:
        session.add_all(twins())
        return "stored"

    @app.post("/failing-route")
    async def failing_route(session: TransactionDep) -> str:
        session.add(twins()[0])
        await session.flush()
        raise LookupError("a bug")

    @app.post("/refusing-route")
    async def refusing_route(session: TransactionDep) -> str:
        session.add(twins()[0])
        await session.flush()
        raise HTTPException(400, "It is not wanted.")

    @app.post("/failing-reader")
    async def failing_reader(session: SessionDep) -> str:
        await session.execute(select(1))
        raise LookupError("a bug")

    return app


async def stored(factory):
    """Count the users that are really stored."""
    async with factory() as session:
        return await session.scalar(select(func.count()).select_from(User))


async def test_get_db_does_not_commit(app, factory):
    """What is written through get_db is gone after the request."""
    async with call(app) as client:
        answer = await client.post("/without-commit")
    assert answer.status_code == 200
    assert await stored(factory) == 0


async def test_transaction_commits(app, factory):
    """What is written through the transaction is stored."""
    async with call(app) as client:
        answer = await client.post("/with-commit")
    assert answer.status_code == 200
    assert await stored(factory) == 1


async def test_failing_commit_is_an_error(app, factory):
    """A commit that fails is the client's error, and nothing is stored."""
    async with call(app) as client:
        answer = await client.post("/failing-commit")
    assert answer.status_code == 409
    assert answer.json()["title"] == "UniqueViolated"
    assert await stored(factory) == 0


def test_why_the_scope_matters():
    """A commit after the response is refused when the route is made."""
    app = create_app(Settings())
    with pytest.raises(DependencyScopeError, match="scope"):

        @app.post("/late-commit")
        async def late_commit(
            session: Annotated[AsyncSession, Depends(get_transaction)],  # noqa: ARG001 - it is refused
        ) -> None:
            pytest.fail("it was made")


@pytest.mark.parametrize(
    ("path", "status"),
    [("failing-route", 500), ("failing-reader", 500), ("refusing-route", 400)],
)
async def test_failing_route_rolls_back(app, factory, path, status):
    """A route that raises stores nothing and leaves no connection out."""
    async with call(app) as client:
        answer = await client.post(f"/{path}")
    assert answer.status_code == status
    assert await stored(factory) == 0
    assert factory.kw["bind"].pool.checkedout() == 0


async def test_override(rolled_back_factory):
    """A test hands its own factory to the application."""
    app = create_app(Settings())
    app.dependency_overrides[get_session_factory] = lambda: rolled_back_factory
    async with call(app) as client:
        answer = await client.post(
            "/users", json={"email": "ada@example.org", "name": "Ada"}
        )
        assert answer.status_code == 201
        assert len((await client.get("/users")).json()["items"]) == 1


async def test_get_db_by_hand(rolled_back_factory):
    """The dependency is the cheat sheet's generator: one open session."""
    generator = get_db(rolled_back_factory)
    session = await anext(generator)
    assert await session.scalar(select(1)) == 1
    with pytest.raises(StopAsyncIteration):
        await anext(generator)
    with pytest.raises(InvalidRequestError, match="permanently closed"):
        await session.scalar(select(1))


async def current_user(session: SessionDep) -> User:
    """Find who is asking, as an application's own dependency does."""
    users = await session.scalars(select(User).order_by(User.id))
    return users.one()


CurrentUserDep = Annotated[User, Depends(current_user)]


@pytest.fixture
async def crowded(committing_engine):
    """Give the bank on a pool of three, with routes that first read."""
    engine = make_engine(
        committing_engine.url, pool_size=3, max_overflow=0, pool_timeout=20
    )
    app = create_app(Settings())
    app.state.session_factory = make_session_factory(engine, writers=2)
    app.state.in_use = []

    @event.listens_for(engine.sync_engine, "checkout")
    def note(*_):
        app.state.in_use.append(engine.pool.checkedout())

    @app.post("/reader-first")
    async def reader_first(
        user: CurrentUserDep, session: TransactionDep
    ) -> str:
        await account_service(session).open(owner_id=user.id, name="first")
        return user.name

    @app.post("/writer-first")
    async def writer_first(
        session: TransactionDep, user: CurrentUserDep
    ) -> str:
        await account_service(session).open(owner_id=user.id, name="second")
        return user.name

    @app.post("/retried")
    async def retried(user: CurrentUserDep, session: SessionDep) -> str:
        async def work(session: AsyncSession) -> None:
            await account_service(session).open(owner_id=user.id, name="3rd")

        await retry(session, work)
        return user.name

    async with transaction(app.state.session_factory) as session:
        session.add(User(email="ada@example.org", name="Ada"))
    yield app
    assert engine.pool.checkedout() == 0
    await engine.dispose()


@pytest.mark.parametrize("path", ["reader-first", "writer-first", "retried"])
async def test_a_request_holds_one_connection(crowded, path):
    """So fifty that read and write do with a pool of three."""
    async with call(crowded) as client:
        assert (await client.post(f"/{path}")).status_code == 200
        assert set(crowded.state.in_use) == {1}
        answers = await asyncio.gather(
            *(client.post(f"/{path}") for _ in range(50))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json() for answer in answers} == {"Ada"}
    factory = crowded.state.session_factory
    async with factory() as session:
        opened = select(func.count()).where(Account.owner_id.is_not(None))
        assert await session.scalar(opened) == 51


async def test_routes_that_read_answer_errors_alike(factory):
    """A time-out in a route that reads is a 503 like any other."""
    limited = make_engine(factory.kw["bind"].url, statement_timeout=0.1)
    app = create_app(Settings())
    app.state.session_factory = make_session_factory(limited)
    seen = []

    @app.get("/slow")
    async def slow(session: SessionDep) -> None:
        try:
            await session.execute(SLOW)
        except TimedOut as error:
            seen.append(error)
            raise

    async with call(app) as client:
        answer = await client.get("/slow")
    assert answer.status_code == 503
    assert answer.json()["title"] == "TimedOut"
    assert len(seen) == 1
    await limited.dispose()


@pytest.mark.parametrize(
    "dependency", [SessionDep, FactoryDep, TransactionDep]
)
async def test_websockets(database_url, dependency):
    """A WebSocket's route may use the same dependencies."""
    app = create_app(Settings(database_url=database_url))
    sent = []

    @app.websocket("/ws")
    async def answer(socket: WebSocket, found: dependency) -> None:  # type: ignore[valid-type]
        await socket.accept()
        await socket.send_text(type(found).__name__)
        await socket.close()

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message.get("text"))

    scope = {"type": "websocket", "path": "/ws", "query_string": b""}
    async with LifespanManager(app):
        await app(scope | {"headers": []}, receive, send)
    assert sent[1] in {"AsyncSession", "async_sessionmaker"}


async def test_application_that_was_not_started():
    """Without its lifespan the application says what is missing."""
    app = create_app(Settings())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bank"
    ) as client:
        words = "has not been started.*LifespanManager"
        with pytest.raises(RuntimeError, match=words):
            await client.get("/users")


async def test_application_that_has_stopped(tmp_path):
    """A request that arrives after the stop may be sent again: 503."""
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    app = create_app(Settings(database_url=url))
    async with LifespanManager(app):
        pass
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bank"
    ) as client:
        answer = await client.get("/users")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_scope_of_the_transaction():
    """Each dependency ends before the response is sent."""
    marker = TransactionDep.__metadata__[0]
    assert marker.dependency is get_transaction
    assert marker.scope == "function"
    marker = SessionDep.__metadata__[0]
    assert marker.dependency is get_db
    assert marker.scope == "function"


async def test_the_factory_needs_no_thread(app, factory, monkeypatch):
    """A request finds its factory in the event loop, not in a thread."""

    async def refuse(*_arguments, **_options):
        raise AssertionError("a thread was asked for")

    name = "fastapi.dependencies.utils.run_in_threadpool"
    monkeypatch.setattr(name, refuse)
    async with call(app) as client:
        assert (await client.post("/with-commit")).status_code == 200
    assert await stored(factory) == 1
