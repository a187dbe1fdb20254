"""What every layer answers with: plain values, so that all do the same."""

from datetime import datetime
from typing import NamedTuple


class UserValue(NamedTuple):
    """A user's fields.

    Attributes:
        id: The id.
        email: The e-mail address, in lower case.
        name: The name.
        created_at: When the user was registered, aware and in UTC.
    """

    id: int
    email: str
    name: str
    created_at: datetime


class AccountValue(NamedTuple):
    """An account's fields.

    Attributes:
        id: The id.
        owner_id: The user who owns it.
        name: What the owner calls it.
        balance: What is on it, in cents.
        version: How often its details were edited.
    """

    id: int
    owner_id: int | None
    name: str
    balance: int
    version: int


class TransferValue(NamedTuple):
    """A transfer's fields.

    Attributes:
        id: The id.
        reference: The client's own name for it.
        source_id: The account that the money came from.
        target_id: The account that the money went to.
        amount: How much was moved, in cents.
        created_at: When it was made, aware and in UTC.
    """

    id: int
    reference: str
    source_id: int
    target_id: int
    amount: int
    created_at: datetime


class Move(NamedTuple):
    """A transfer to make.

    Attributes:
        reference: What makes it the same when it is sent again.
        source_id: The account to take from.
        target_id: The account to give to.
        amount: How much, in cents.
    """

    reference: str
    source_id: int
    target_id: int
    amount: int
