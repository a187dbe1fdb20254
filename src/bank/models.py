"""The tables of the bank: users, accounts, transfers and their entries."""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    UniqueConstraint,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    mapped_column,
    relationship,
    validates,
)

from bank.db.types import ExactText, UTCDateTime


class Base(DeclarativeBase):
    """The base of all tables; it gives constraints names that migrations need.

    There is no entry for ``pk``: MySQL calls every primary key PRIMARY, and
    warns of another name. Without AUTOINCREMENT, SQLite would give a deleted
    row's id to the next one: https://www.sqlite.org/autoinc.html.

    Relationships load only when a query says so (``lazy="raise"``). If a row
    is deleted that others depend on, the foreign key refuses
    (``passive_deletes="all"``). SQLAlchemy's default would set their
    reference to NULL, and an account without an owner is the house's:
    https://docs.sqlalchemy.org/en/21/orm/cascades.html#passive-deletes
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        }
    )
    __table_args__: Any = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it so


def now() -> datetime:
    """Return the current time, as the bank stores it.

    Returns:
        The moment, in UTC.
    """
    return datetime.now(UTC)


# SQLite generates ids only for a column of type INTEGER.
Id = Annotated[
    int,
    mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True
    ),
]
Cents = Annotated[int, mapped_column(BigInteger)]
Moment = Annotated[datetime, mapped_column(UTCDateTime, default=now)]


class User(Base):
    """A customer of the bank."""

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(ExactText(254), unique=True)
    name: Mapped[str] = mapped_column(ExactText(100))
    created_at: Mapped[Moment]

    accounts: Mapped[list["Account"]] = relationship(
        back_populates="owner",
        order_by="Account.id",
        lazy="raise",
        passive_deletes="all",
    )

    @validates("email")
    def _normalise(self, _key: str, email: str) -> str:
        """Store an address in lower case, so that unique means unique."""
        return normalise_email(email)


class Account(Base):
    """An account: a balance in cents that equals the sum of its entries.

    The house's account has no owner, and only it may go negative. ``version``
    counts edits of the details, and the mapper checks it on each UPDATE of an
    object. Transfers change ``balance`` under a row lock and leave
    ``version`` alone.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint(
            "balance >= 0 OR owner_id IS NULL", name="not_overdrawn"
        ),
        Base.__table_args__,
    )

    id: Mapped[Id]
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id"), index=True
    )
    name: Mapped[str] = mapped_column(ExactText(100))
    balance: Mapped[Cents] = mapped_column(default=0)
    version: Mapped[int] = mapped_column()

    owner: Mapped[User | None] = relationship(
        back_populates="accounts", lazy="raise"
    )
    entries: Mapped[list["Entry"]] = relationship(
        back_populates="account",
        order_by="Entry.id",
        lazy="raise",
        passive_deletes="all",
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so


class Transfer(Base):
    """Money moved once: entries that sum to zero, under one reference."""

    __tablename__ = "transfers"

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(ExactText(64), unique=True)
    created_at: Mapped[Moment]

    entries: Mapped[list["Entry"]] = relationship(
        back_populates="transfer",
        order_by="Entry.amount",
        lazy="raise",
        passive_deletes="all",
    )

    @property
    def source_id(self) -> int:
        """The id of the account that the money came from."""
        return min(self.entries, key=lambda entry: entry.amount).account_id

    @property
    def target_id(self) -> int:
        """The id of the account that the money went to."""
        return max(self.entries, key=lambda entry: entry.amount).account_id

    @property
    def amount(self) -> int:
        """How much was moved, in cents."""
        return max(entry.amount for entry in self.entries)


class Entry(Base):
    """One account's side of a transfer, in cents: negative is out."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("transfer_id", "account_id"),
        CheckConstraint("amount <> 0", name="not_zero"),
        Index(None, "account_id", "id"),
        Base.__table_args__,
    )

    id: Mapped[Id]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[Cents]

    transfer: Mapped[Transfer] = relationship(
        back_populates="entries", lazy="raise"
    )
    account: Mapped[Account] = relationship(
        back_populates="entries", lazy="raise"
    )


def normalise_email(email: str) -> str:
    """Write an e-mail address as it is stored and looked up.

    Args:
        email: The address as somebody typed it.

    Returns:
        The address in lower case, without blanks around it.
    """
    return email.strip().lower()
