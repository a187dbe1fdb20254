"""SQLModel: its own models of the bank's tables, and its session.

It checks no version of an account, as the bank's mapper does. A transfer's
rules are the same lines as by hand.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.orm import joinedload, registry, selectinload
from sqlmodel import Field, Relationship, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bank.db.sqlite import BEGIN_IMMEDIATE
from bank.db.types import UTCDateTime
from bank.models import normalise_email, now
from bench.layers import rules
from bench.layers.base import EngineLayer
from bench.layers.objects import account_value, transfer_value, user_value
from bench.values import AccountValue, Move, TransferValue, UserValue


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
    entries: list["Entry"] = Relationship(
        back_populates="account",
        sa_relationship_kwargs={"order_by": "Entry.id"},
    )


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
    account: Account | None = Relationship(back_populates="entries")


class OfSQLModel(EngineLayer):
    """Statements on SQLModel's models, as its documentation writes them."""

    def __init__(self, url: str, connections: int) -> None:
        """Make the engine and the factory.

        Args:
            url: The database URL.
            connections: How many connections it keeps, and has at most.
        """
        super().__init__(url, connections)
        self.sessions = async_sessionmaker(
            self.engine, class_=AsyncSession, expire_on_commit=False
        )

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        """Open a session that writes, and commit it.

        Yields:
            The session.
        """
        async with self.sessions() as session, session.begin():
            await session.connection(execution_options=BEGIN_IMMEDIATE)
            yield session

    async def get_by_id(self, user_id: int) -> UserValue:
        """Find a user by id."""
        async with self.sessions() as session:
            stmt = select(User).where(User.id == user_id)
            return user_value((await session.exec(stmt)).one_or_none())

    async def get_by_email(self, email: str) -> UserValue:
        """Find a user by e-mail address."""
        async with self.sessions() as session:
            stmt = select(User).where(User.email == normalise_email(email))
            return user_value((await session.exec(stmt)).one_or_none())

    async def list_page(self, after_id: int, limit: int) -> list[UserValue]:
        """List users after one of them."""
        async with self.sessions() as session:
            stmt = (
                select(User)
                .where(User.id > after_id)
                .order_by(User.id)
                .limit(limit)
            )
            users = await session.exec(stmt)
            return [user_value(user) for user in users.all()]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserValue, list[AccountValue]]:
        """Find a user and the accounts, in one statement."""
        async with self.sessions() as session:
            stmt = (
                select(User)
                .where(User.id == user_id)
                .options(joinedload(User.accounts))
            )
            user = (await session.exec(stmt)).unique().one()
            return user_value(user), [account_value(a) for a in user.accounts]

    async def insert(self, email: str, name: str) -> UserValue:
        """Store a new user."""
        async with self.unit_of_work() as session:
            user = User(email=normalise_email(email), name=name)
            session.add(user)
            await session.flush()
        return user_value(user)

    async def transfer(self, move: Move) -> TransferValue:
        """Move money once: change objects, and let the session write."""
        reference, source_id, target_id, amount = move
        async with self.unit_of_work() as session:
            lock = (
                select(Account)
                .where(Account.id.in_((source_id, target_id)))
                .order_by(Account.id)
                .with_for_update(key_share=True)
            )
            found = {each.id: each for each in await session.exec(lock)}
            locked = {
                key: (account.owner_id, account.balance)
                for key, account in found.items()
            }
            rules.require_customers(move, locked)
            look = (
                select(Transfer)
                .where(Transfer.reference == reference)
                .options(selectinload(Transfer.entries))
            )
            if earlier := (await session.exec(look)).first():
                return rules.require_same(move, transfer_value(earlier))
            rules.require_funds(move, locked)
            found[source_id].balance -= amount
            found[target_id].balance += amount
            transfer = Transfer(
                reference=reference,
                entries=[
                    Entry(account_id=source_id, amount=-amount),
                    Entry(account_id=target_id, amount=amount),
                ],
            )
            session.add(transfer)
        return transfer_value(transfer)


def make(url: str, connections: int) -> OfSQLModel:
    """Make the layer.

    Args:
        url: The database URL.
        connections: How many connections it keeps, and has at most.

    Returns:
        The layer.
    """
    return OfSQLModel(url, connections)
