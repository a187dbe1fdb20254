"""What goes over the wire: request bodies checked, responses shaped."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
)

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Cents = Annotated[int, Field(description="An amount of money, in cents.")]
# No control characters: PostgreSQL stores no NUL.
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f]*$",
    ),
]
Reference = Annotated[str, StringConstraints(pattern=r"^[\w.:-]{1,64}$")]
Item = TypeVar("Item")


class _FromModel(BaseModel):
    """A response that is read from a model's attributes."""

    model_config = ConfigDict(from_attributes=True)


class UserCreate(BaseModel):
    """A user to register."""

    email: EmailStr
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
    version: int


class AccountRead(_FromModel):
    """An account; the house's own have no owner."""

    id: int
    owner_id: int | None
    name: str
    balance: Cents
    version: int


class UserWithAccounts(UserRead):
    """A user, with the accounts."""

    accounts: list[AccountRead]


class DepositCreate(BaseModel):
    """Cash to pay in."""

    reference: Reference
    account_id: Id
    amount: Cents


class TransferCreate(BaseModel):
    """Money to move; the same reference moves it once."""

    reference: Reference
    source_id: Id
    target_id: Id
    amount: Cents


class TransferRead(_FromModel):
    """A transfer."""

    id: int
    reference: str
    source_id: int
    target_id: int
    amount: Cents
    created_at: datetime


class EntryTransfer(_FromModel):
    """What an entry tells of its transfer."""

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
