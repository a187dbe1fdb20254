"""``python -m bench.serve``: serve one layer until standard input closes.

It reads the database URL from standard input, since a URL has a password,
and prints the port that it listens on.
"""

import argparse
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from bank.app import create_app
from bank.models import now
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
from bench.layers import APP, NOTHING, open_layer
from bench.work import AccountRow, Layer, Move, TransferRow, UserRow

CONNECTIONS = 10
"""How many connections a server has to its database: the bank's default."""

_BACKLOG = 256
_RUNS_ON: dict[str, dict[str, Any]] = {
    "plain": {"loop": "asyncio", "http": "h11"},
    "fast": {"loop": "uvloop", "http": "httptools"},
}


class NoDatabase:
    """Answers without asking anybody."""

    async def get_by_id(self, user_id: int) -> UserRow:
        """Make a user up."""
        return UserRow(user_id, "u1@example.org", "User", now())

    async def get_by_email(self, email: str) -> UserRow:
        """Make a user up."""
        return UserRow(1, email, "User", now())

    async def list_page(self, after_id: int, limit: int) -> list[UserRow]:
        """Make a page of users up."""
        return [await self.get_by_id(after_id + n) for n in range(limit)]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserRow, list[AccountRow]]:
        """Make a user with accounts up."""
        accounts = [AccountRow(n, user_id, "a", n, 1) for n in range(1, 4)]
        return await self.get_by_id(user_id), accounts

    async def insert(self, email: str, name: str) -> UserRow:
        """Store nothing."""
        return UserRow(1, email, name, now())

    async def transfer(self, move: Move) -> TransferRow:
        """Move nothing."""
        return TransferRow(1, *move, now())

    async def close(self) -> None:
        """Close nothing."""


def make_app(name: str, url: str) -> FastAPI:
    """Make an application: the bank's own, or the same routes on a layer.

    Args:
        name: The layer behind its routes, ``NOTHING`` or ``APP``.
        url: The database URL.

    Returns:
        The application.
    """
    if name == APP:
        settings = Settings(database_url=url, database_pool_size=CONNECTIONS)
        return create_app(settings)
    if name == NOTHING:
        return wrap(NoDatabase())
    return wrap(open_layer(name, url, connections=CONNECTIONS))


def wrap(layer: Layer) -> FastAPI:
    """Put the bank's routes before a layer, and two more.

    Args:
        layer: The layer, which is closed at the application's end.

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


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("layer")
    parser.add_argument("loop", choices=_RUNS_ON)
    parsed = parser.parse_args()
    config = uvicorn.Config(
        make_app(parsed.layer, sys.stdin.readline().strip()),
        backlog=_BACKLOG,
        log_level="warning",
        access_log=False,
        **_RUNS_ON[parsed.loop],
    )
    server = uvicorn.Server(config)
    # The protocol is named, since asyncio turns Nagle's algorithm off for no
    # other. With it, an answer's second packet waits 40 ms for the first's
    # acknowledgement.
    listener = socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )
    listener.bind(("127.0.0.1", 0))
    listener.listen(_BACKLOG)  # so that clients may come before it starts
    threading.Thread(target=_await_end, args=(server,), daemon=True).start()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


def _await_end(server: uvicorn.Server) -> None:
    """End the server when standard input closes."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    server.should_exit = True


if __name__ == "__main__":
    main()
