"""SQLModel: its own models of the bank's tables, and its session.

It checks no version of an account, as the bank's mapper does. A transfer is
the same lines as by hand, on SQLModel's models.
"""

from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.orm import joinedload, registry
from sqlmodel import Field, Relationship, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bank.db.types import UTCDateTime
from bank.models import normalise_email, now
from bench.layers.orm import ByHand
from bench.layers.shared import account_row, user_row, writing
from bench.work import AccountRow, UserRow


class _Model(SQLModel, registry=registry()):
    """The base of the models here, apart from the bank's."""


class User(_Model, table=True):
    """A customer."""

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    email: str
    name: str
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    accounts: list["Account"] = Relationship(
        back_populates="owner",
        sa_relationship_kwargs={"order_by": "Account.id"},
    )


class Account(_Model, table=True):
    """An account."""

    __tablename__ = "accounts"

    id: int | None = Field(default=None, primary_key=True)
    owner_id: int | None = Field(default=None, foreign_key="users.id")
    name: str
    balance: int = 0
    version: int = 1
    owner: User | None = Relationship(back_populates="accounts")


class Transfer(_Model, table=True):
    """Money moved once."""

    __tablename__ = "transfers"

    id: int | None = Field(default=None, primary_key=True)
    reference: str
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    entries: list["Entry"] = Relationship(
        back_populates="transfer",
        sa_relationship_kwargs={"order_by": "Entry.amount"},
    )


class Entry(_Model, table=True):
    """One account's side of a transfer."""

    __tablename__ = "entries"

    id: int | None = Field(default=None, primary_key=True)
    transfer_id: int | None = Field(default=None, foreign_key="transfers.id")
    account_id: int = Field(foreign_key="accounts.id")
    amount: int
    transfer: Transfer | None = Relationship(back_populates="entries")


class OfSQLModel(ByHand):
    """Statements on SQLModel's models, as its documentation writes them."""

    models = SimpleNamespace(Account=Account, Entry=Entry, Transfer=Transfer)

    def __init__(self, url: str, connections: int) -> None:
        """Make the engine and the factory, as ``EngineLayer`` does."""
        super().__init__(url, connections)
        self.sessions = async_sessionmaker(
            self.engine, class_=AsyncSession, expire_on_commit=False
        )
        self.unit_of_work = partial(writing, self.sessions)

    async def get_by_id(self, user_id: int) -> UserRow:
        async with self.sessions() as session:
            stmt = select(User).where(User.id == user_id)
            return user_row((await session.exec(stmt)).one_or_none())

    async def get_by_email(self, email: str) -> UserRow:
        async with self.sessions() as session:
            stmt = select(User).where(User.email == normalise_email(email))
            return user_row((await session.exec(stmt)).one_or_none())

    async def list_page(self, after_id: int, limit: int) -> list[UserRow]:
        async with self.sessions() as session:
            stmt = (
                select(User)
                .where(col(User.id) > after_id)
                .order_by(col(User.id))
                .limit(limit)
            )
            users = (await session.exec(stmt)).all()
            return [user_row(user) for user in users]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserRow, list[AccountRow]]:
        async with self.sessions() as session:
            accounts: Any = User.accounts
            stmt = (
                select(User)
                .where(User.id == user_id)
                .options(joinedload(accounts))
            )
            user = (await session.exec(stmt)).unique().one()
            return user_row(user), [account_row(a) for a in user.accounts]

    async def insert(self, email: str, name: str) -> UserRow:
        async with self.unit_of_work() as session:
            user = User(email=normalise_email(email), name=name)
            session.add(user)
            await session.flush()
        return user_row(user)
