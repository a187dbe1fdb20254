"""The six operations, each with the values that its number stands for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.databases import ACCOUNTS, FIRST_ACCOUNT, USERS, email
from bench.layers import Layer
from bench.values import Move

PAGE = 50
"""How many users a page has."""

_STEP = 379  # has no common factor with the numbers of rows below


@dataclass(frozen=True)
class Operation:
    """One of the things that every layer does.

    Attributes:
        name: Its name.
        label: What readers call it.
        run: Does it, given a layer, a mark that keeps writers apart, and a
            number.
    """

    name: str
    label: str
    run: Callable[[Layer, int, int], Awaitable[object]]


def user_id(number: int) -> int:
    """Choose a user, so that neighbours are far apart.

    Args:
        number: Any number.

    Returns:
        The id of a user with a full page after it.
    """
    return 1 + number * _STEP % (USERS - PAGE)


def move(mark: int, number: int) -> Move:
    """Choose a transfer of one cent between two accounts.

    Args:
        mark: What keeps the references of several writers apart.
        number: Any number, new each time.

    Returns:
        The transfer.
    """
    accounts = USERS * ACCOUNTS
    source = number * _STEP % accounts
    target = (source + accounts // 2) % accounts
    return Move(
        reference=f"{mark}-{number:09}",
        source_id=FIRST_ACCOUNT + source,
        target_id=FIRST_ACCOUNT + target,
        amount=1,
    )


def new_email(mark: int, number: int) -> str:
    """Make an e-mail address that nobody has.

    Args:
        mark: What keeps the addresses of several writers apart.
        number: Any number, new each time.

    Returns:
        The address.
    """
    return f"{mark}-{number:09}@example.com"


OPERATIONS = (
    Operation(
        "id",
        "get by id",
        lambda layer, _, number: layer.get_by_id(user_id(number)),
    ),
    Operation(
        "email",
        "get by e-mail",
        lambda layer, _, number: layer.get_by_email(email(user_id(number))),
    ),
    Operation(
        "page",
        f"list a page of {PAGE}",
        lambda layer, _, number: layer.list_page(user_id(number), PAGE),
    ),
    Operation(
        "accounts",
        "a user with accounts",
        lambda layer, _, number: layer.get_with_accounts(user_id(number)),
    ),
    Operation(
        "insert",
        "insert",
        lambda layer, mark, number: layer.insert(
            new_email(mark, number), "User"
        ),
    ),
    Operation(
        "transfer",
        "transfer",
        lambda layer, mark, number: layer.transfer(move(mark, number)),
    ),
)
"""The operations, in the order of their weight."""
