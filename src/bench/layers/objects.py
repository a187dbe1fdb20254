"""From mapped objects, whoever has mapped them, to plain values."""

from typing import Any

from bench.layers.rules import sides
from bench.values import AccountValue, TransferValue, UserValue


def user_value(user: Any) -> UserValue:
    """Read a user's fields.

    Args:
        user: The mapped object.

    Returns:
        The fields.
    """
    return UserValue(user.id, user.email, user.name, user.created_at)


def account_value(account: Any) -> AccountValue:
    """Read an account's fields.

    Args:
        account: The mapped object.

    Returns:
        The fields.
    """
    return AccountValue(
        account.id,
        account.owner_id,
        account.name,
        account.balance,
        account.version,
    )


def transfer_value(transfer: Any) -> TransferValue:
    """Read a transfer's fields.

    Args:
        transfer: The mapped object, whose entries are loaded.

    Returns:
        The fields.
    """
    entries = [(entry.account_id, entry.amount) for entry in transfer.entries]
    return TransferValue(
        transfer.id, transfer.reference, *sides(entries), transfer.created_at
    )
