"""The rules of a transfer, which every layer keeps as the bank does.

Both accounts are locked in the order of their ids, both are customers', a
reference that was used already moves nothing again, and nobody overdraws.
"""

from collections.abc import Iterable, Mapping

from bank.errors import (
    HouseAccount,
    InsufficientFunds,
    NotFound,
    ReferenceReused,
)
from bench.values import Move, TransferValue

Locked = Mapping[int, tuple[int | None, int]]
"""The owner and the balance of each locked account."""


def require_customers(move: Move, locked: Locked) -> None:
    """Refuse an account that is missing, or the house's own.

    Args:
        move: The transfer to make.
        locked: What is stored of its accounts.

    Raises:
        NotFound: There is no such account.
        HouseAccount: It is the house's own.
    """
    for account_id in sorted((move.source_id, move.target_id)):
        if account_id not in locked:
            raise NotFound(f"There is no account {account_id}.")
        if locked[account_id][0] is None:
            raise HouseAccount(f"Account {account_id} is the house's own.")


def require_funds(move: Move, locked: Locked) -> None:
    """Refuse to overdraw an account.

    Args:
        move: The transfer to make.
        locked: What is stored of its accounts.

    Raises:
        InsufficientFunds: The source holds less than the amount.
    """
    if locked[move.source_id][1] < move.amount:
        raise InsufficientFunds(f"Account {move.source_id} holds too little.")


def require_same(move: Move, earlier: TransferValue) -> TransferValue:
    """Return an earlier transfer, if it is this one sent again.

    Args:
        move: The transfer to make.
        earlier: The transfer that has its reference.

    Returns:
        The earlier transfer.

    Raises:
        ReferenceReused: It is another transfer.
    """
    if earlier[1:5] != move:
        raise ReferenceReused(f"Reference {move.reference} is taken.")
    return earlier


def sides(entries: Iterable[tuple[int, int]]) -> tuple[int, int, int]:
    """Tell from a transfer's entries what it moved.

    Args:
        entries: The account and the amount of each entry.

    Returns:
        The source, the target and the amount.
    """
    (source_id, _), (target_id, amount) = sorted(
        entries, key=lambda entry: entry[1]
    )
    return source_id, target_id, amount
