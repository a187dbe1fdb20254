"""The web application around a layer: the same routes for each of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from bank.app import create_app
from bank.schemas import (
    AccountRead,
    Page,
    TransferCreate,
    TransferRead,
    UserCreate,
    UserRead,
    UserWithAccounts,
)
from bank.settings import Settings
from bench.layers import Layer, open_layer
from bench.values import Move

CONNECTIONS = 10
"""How many connections a server has to its database: the bank's default."""

WHOLE = "app"
"""The name of the bank's own application, with all that it checks."""

WHOLE_LABEL = "bank, its own app"
"""What readers call it."""


def make_app(name: str, url: str) -> FastAPI:
    """Make an application.

    Args:
        name: The layer behind its routes, or ``WHOLE``.
        url: The database URL.

    Returns:
        The application.
    """
    if name == WHOLE:
        return create_app(
            Settings(database_url=url, database_pool_size=CONNECTIONS)
        )
    return wrap(open_layer(name, url, connections=CONNECTIONS))


def wrap(layer: Layer) -> FastAPI:
    """Put routes before a layer: those of the bank, and two more.

    Args:
        layer: The layer, closed at the application's end.

    Returns:
        The application.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await layer.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/plain-users/{user_id}")
    async def get_by_id(user_id: int) -> UserRead:
        return UserRead.model_validate(await layer.get_by_id(user_id))

    @app.get("/users-by-email/{email}")
    async def get_by_email(email: str) -> UserRead:
        return UserRead.model_validate(await layer.get_by_email(email))

    @app.get("/users")
    async def list_page(after: int = 0, limit: int = 50) -> Page[UserRead]:
        users = await layer.list_page(after, limit)
        items = [UserRead.model_validate(user) for user in users]
        return Page(items=items, next=items[-1].id)

    @app.get("/users/{user_id}")
    async def get_with_accounts(user_id: int) -> UserWithAccounts:
        user, found = await layer.get_with_accounts(user_id)
        accounts = [AccountRead.model_validate(each) for each in found]
        return UserWithAccounts(**user._asdict(), accounts=accounts, next=None)

    @app.post("/users", status_code=201)
    async def insert(body: UserCreate) -> UserRead:
        user = await layer.insert(body.email, body.name)
        return UserRead.model_validate(user)

    @app.post("/transfers", status_code=201)
    async def transfer(body: TransferCreate) -> TransferRead:
        made = await layer.transfer(Move(**body.model_dump()))
        return TransferRead.model_validate(made)

    return app
