"""What goes over the wire: request bodies checked, responses shaped."""

import re
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bank.services import MAX_AMOUNT

MAX_ID = 2**53 - 1
"""The largest integer that every reader of JSON keeps exactly."""

# Plain classes of characters: JavaScript, Python and Rust read them alike.
# No control characters, since PostgreSQL stores no NUL.
_EMAIL = r"^[^@\x00-\x20\x7f]+@[^@.\x00-\x20\x7f]+(\.[^@.\x00-\x20\x7f]+)+$"
_NAME = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
_REFERENCE = r"^[A-Za-z0-9_.:-]+$"


def _require_digits(value: object) -> object:
    """Refuse what Pydantic takes for an integer, such as 8.0, +8 and 1_0."""
    if isinstance(value, str) and not re.fullmatch("-?[0-9]+", value):
        raise ValueError("an integer is written in digits")
    return value


ONLY_DIGITS = BeforeValidator(_require_digits)
"""For an integer in an address, where all values are text.

It stands last in ``Annotated``: after it, limits would not be documented.
"""

Id = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
Cents = Annotated[int, Field(description="An amount of money, in cents.")]
Amount = Annotated[
    int,
    Field(
        strict=True,
        ge=1,
        le=MAX_AMOUNT,
        description="How much money to move, in cents.",
    ),
]
Version = Annotated[
    int,
    Field(
        strict=True,
        ge=1,
        le=2**31 - 1,
        description="The version that the editor read.",
    ),
]
Email = Annotated[
    str,
    Field(
        max_length=254,
        pattern=_EMAIL,
        description="Only mail that arrives proves that an address exists.",
    ),
]
Name = Annotated[
    str,
    Field(
        max_length=100,
        pattern=_NAME,
        description="Without blanks at its ends, and on one line.",
    ),
]
Reference = Annotated[
    str,
    Field(
        max_length=64,
        pattern=_REFERENCE,
        description="The client's own name for this movement of money. Sent"
        " again with the same content, it moves nothing and gets the first"
        " answer; with other content it is refused.",
    ),
]
Item = TypeVar("Item")


class _FromModel(BaseModel):
    """A response that is read from a model's attributes."""

    model_config = ConfigDict(from_attributes=True)


class UserCreate(BaseModel):
    """A user to register."""

    email: Email
    name: Name


class UserRead(_FromModel):
    """A user."""

    id: int
    email: str
    name: str
    created_at: datetime


class AccountCreate(BaseModel):
    """An account to open."""

    owner_id: Id
    name: Name


class AccountUpdate(BaseModel):
    """An account's new name, and the version that the editor saw."""

    name: Name
    version: Version


class AccountRead(_FromModel):
    """An account; the house's own has no owner."""

    id: int
    owner_id: int | None
    name: str
    balance: Cents
    version: int


class UserWithAccounts(UserRead):
    """A user, with the first accounts."""

    accounts: list[AccountRead]
    next: int | None = Field(
        description="The account to continue after, at"
        " ``/users/{user_id}/accounts``, or null if these are all."
    )


class DepositCreate(BaseModel):
    """Cash to pay in."""

    reference: Reference
    account_id: Id
    amount: Amount


class TransferCreate(BaseModel):
    """Money to move; the same reference moves it once."""

    reference: Reference
    source_id: Id
    target_id: Id
    amount: Amount


class TransferRead(_FromModel):
    """A transfer."""

    id: int
    reference: str
    source_id: int
    target_id: int
    amount: Cents
    created_at: datetime


class EntryTransfer(_FromModel):
    """The transfer that an entry belongs to."""

    id: int
    reference: str
    created_at: datetime


class EntryRead(_FromModel):
    """One line of a statement."""

    id: int
    amount: Cents
    transfer: EntryTransfer


class Page(BaseModel, Generic[Item]):
    """A page of a list, and where the next one begins."""

    items: list[Item]
    next: int | None = Field(
        description="The id to continue from, or null on the last page."
    )


class Health(BaseModel):
    """That the service, or its database, answers."""

    status: str = "ok"
