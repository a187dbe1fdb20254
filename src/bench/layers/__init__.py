"""The layers that are compared: each does the same six things."""

from importlib import import_module
from typing import Protocol, cast

from bench.values import AccountValue, Move, TransferValue, UserValue

LAYERS = {
    "raw": "raw driver",
    "core": "Core",
    "orm": "ORM by hand",
    "bank": "bank",
    "alchemy": "advanced-alchemy",
    "sqlmodel": "SQLModel",
}
"""The layers and what readers call them, from the bare driver upwards."""

BASE = "orm"
"""The layer that all others are compared with."""

NOTHING = "nothing"
"""A layer without a database: what is left is the web framework's own."""

_MODULES = {
    "raw": "raw",
    "core": "core",
    "orm": "by_hand",
    "bank": "of_bank",
    "alchemy": "alchemy",
    "sqlmodel": "sqlmodels",
    NOTHING: "nothing",
}


class Layer(Protocol):
    """Six things that an application does with its database."""

    async def get_by_id(self, user_id: int) -> UserValue:
        """Find a user by id."""

    async def get_by_email(self, email: str) -> UserValue:
        """Find a user by e-mail address, in whatever case it is typed."""

    async def list_page(self, after_id: int, limit: int) -> list[UserValue]:
        """List users in the order of their ids, after one of them."""

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserValue, list[AccountValue]]:
        """Find a user and the accounts, in the order of their ids."""

    async def insert(self, email: str, name: str) -> UserValue:
        """Store a new user, and commit."""

    async def transfer(self, move: Move) -> TransferValue:
        """Move money once, and commit; see :mod:`bench.layers.rules`."""

    async def close(self) -> None:
        """Close all connections."""


def open_layer(name: str, url: str, *, connections: int) -> Layer:
    """Make a layer; it connects when it is first asked.

    Args:
        name: Its name, one of ``LAYERS`` or ``NOTHING``.
        url: The database URL.
        connections: How many connections it keeps, and has at most.

    Returns:
        The layer, to be closed by the caller.
    """
    # Not at the top: a peer is installed for the bench alone.
    module = import_module(f"{__name__}.{_MODULES[name]}")
    return cast("Layer", module.make(url, connections))
