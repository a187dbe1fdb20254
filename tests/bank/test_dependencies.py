"""What a request needs, and how long it lives."""

from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import func, select

from bank.app import create_app
from bank.dependencies import (
    SessionDep,
    TransactionDep,
    get_db,
    get_session_factory,
    get_transaction,
)
from bank.models import User
from bank.settings import Settings


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

    @app.post("/late-commit")
    async def late_commit(
        session: Annotated[object, Depends(get_transaction)],
    ) -> str:
        session.add_all(twins())
        return "stored"

    @app.post("/failing-route")
    async def failing_route(session: TransactionDep) -> str:
        session.add(twins()[0])
        await session.flush()
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
    assert "UniqueViolated" in answer.json()["detail"]
    assert await stored(factory) == 0


async def test_why_the_scope_matters(app, factory):
    """With FastAPI's default scope the client hears 200 of a lost row."""
    async with call(app) as client:
        answer = await client.post("/late-commit")
    assert answer.status_code == 200
    assert await stored(factory) == 0


async def test_failing_route_rolls_back(app, factory):
    """A route that breaks stores nothing and leaves no connection out."""
    async with call(app) as client:
        answer = await client.post("/failing-route")
    assert answer.status_code == 500
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
    assert not session.in_transaction()


def test_scope_of_the_transaction():
    """The committing dependency ends before the response is sent."""
    marker = TransactionDep.__metadata__[0]
    assert marker.dependency is get_transaction
    assert marker.scope == "function"
    assert SessionDep.__metadata__[0].dependency is get_db
    assert isinstance(create_app(Settings()), FastAPI)
