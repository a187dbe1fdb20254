"""The six operations that every layer does, and the values they exchange."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

USERS = 1_000
"""How many users the layers are compared on."""

ACCOUNTS = 3
"""How many accounts each user has."""

BALANCE = 10**9
"""The balance of each account, in cents."""

PAGE = 50
"""How many users a page has."""

_FIRST_ACCOUNT = 2  # number 1 is the house's
_STEP = 379  # has no common factor with the numbers of rows


class UserRow(NamedTuple):
    """A user as every layer returns it, with an aware time in UTC."""

    id: int
    email: str
    name: str
    created_at: datetime


class AccountRow(NamedTuple):
    """An account as every layer returns it, with its balance in cents."""

    id: int
    owner_id: int | None
    name: str
    balance: int
    version: int


class TransferRow(NamedTuple):
    """A transfer as every layer returns it, with its amount in cents."""

    id: int
    reference: str
    source_id: int
    target_id: int
    amount: int
    created_at: datetime


class Move(NamedTuple):
    """A transfer to make, of so many cents."""

    reference: str
    source_id: int
    target_id: int
    amount: int


class Layer(Protocol):
    """Six things that an application does with its database."""

    async def get_by_id(self, user_id: int) -> UserRow:
        """Find a user by id."""

    async def get_by_email(self, email: str) -> UserRow:
        """Find a user by e-mail address, whatever its case."""

    async def list_page(self, after_id: int, limit: int) -> list[UserRow]:
        """List users in the order of their ids, after one of them."""

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserRow, list[AccountRow]]:
        """Find a user and the user's accounts, in the order of their ids."""

    async def insert(self, email: str, name: str) -> UserRow:
        """Store a new user, and commit."""

    async def transfer(self, move: Move) -> TransferRow:
        """Move money once, by the bank's rules, and commit."""

    async def close(self) -> None:
        """Close all connections."""


def email(number: int) -> str:
    """Return the e-mail address of the user with this number (and id)."""
    return f"u{number}@example.org"


def new_email(mark: int, number: int) -> str:
    """Return an e-mail address that no other mark or number has."""
    return f"{mark}-{number:09}@example.com"


def user_id(number: int) -> int:
    """Choose a user with a full page after it, far from its neighbours."""
    return 1 + number * _STEP % (USERS - PAGE)


def move(mark: int, number: int) -> Move:
    """Choose a transfer of one cent between two customers' accounts."""
    accounts = USERS * ACCOUNTS
    source = number * _STEP % accounts
    target = (source + accounts // 2) % accounts
    reference = f"{mark}-{number:09}"
    return Move(reference, _FIRST_ACCOUNT + source, _FIRST_ACCOUNT + target, 1)


OPERATIONS: Mapping[
    str, tuple[str, Callable[[Layer, int, int], Awaitable[object]]]
] = {
    "id": (
        "get by id",
        lambda layer, _, number: layer.get_by_id(user_id(number)),
    ),
    "email": (
        "get by e-mail",
        lambda layer, _, number: layer.get_by_email(email(user_id(number))),
    ),
    "page": (
        f"list a page of {PAGE}",
        lambda layer, _, number: layer.list_page(user_id(number), PAGE),
    ),
    "accounts": (
        "a user with accounts",
        lambda layer, _, number: layer.get_with_accounts(user_id(number)),
    ),
    "insert": (
        "insert",
        lambda layer, mark, n: layer.insert(new_email(mark, n), "User"),
    ),
    "transfer": (
        "transfer",
        lambda layer, mark, number: layer.transfer(move(mark, number)),
    ),
}
"""Each operation's label, and how to run it: on a layer, with a mark that
keeps writers apart, and with a number that is new each time."""
