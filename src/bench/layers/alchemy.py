"""The repository of advanced-alchemy, on the bank's models.

It has no answer for a transfer's rules, so those are the same lines as by
hand; the rows are found and stored through its repositories. By default it
refreshes after each ``add``, with one more SELECT: that is turned off here.
"""

from typing import Any

from advanced_alchemy.filters import LimitOffset
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.orm import joinedload, selectinload

from bank.models import Account, Entry, Transfer, User, normalise_email
from bench.layers.shared import (
    EngineLayer,
    account_row,
    require_customers,
    require_funds,
    require_same,
    transfer_row,
    user_row,
    writing,
)
from bench.work import AccountRow, Move, TransferRow, UserRow


class _Users(SQLAlchemyAsyncRepository[User]):
    model_type = User


class _Accounts(SQLAlchemyAsyncRepository[Account]):
    model_type = Account


class _Transfers(SQLAlchemyAsyncRepository[Transfer]):
    model_type = Transfer


class Alchemy(EngineLayer):
    """Calls of advanced-alchemy's repository."""

    def __init__(self, url: str, connections: int) -> None:
        """Make the engine and the factory, as ``EngineLayer`` does."""
        super().__init__(url, connections)
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    async def get_by_id(self, user_id: int) -> UserRow:
        async with self.sessions() as session:
            return user_row(await _Users(session=session).get(user_id))

    async def get_by_email(self, email: str) -> UserRow:
        async with self.sessions() as session:
            user = await _Users(session=session).get_one_or_none(
                User.email == normalise_email(email)
            )
            return user_row(user)

    async def list_page(self, after_id: int, limit: int) -> list[UserRow]:
        async with self.sessions() as session:
            users = await _Users(session=session).list(
                User.id > after_id,
                LimitOffset(limit, 0),
                order_by=("id", False),
            )
            return [user_row(user) for user in users]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserRow, list[AccountRow]]:
        async with self.sessions() as session:
            user = await _Users(session=session).get(
                user_id, load=[joinedload(User.accounts)], uniquify=True
            )
            return user_row(user), [account_row(a) for a in user.accounts]

    async def insert(self, email: str, name: str) -> UserRow:
        async with writing(self.sessions) as session:
            users = _Users(session=session, auto_refresh=False)
            user = await users.add(User(email=email, name=name))
        return user_row(user)

    async def transfer(self, move: Move) -> TransferRow:
        """Move money once: change objects, and let the session write."""
        reference, source_id, target_id, amount = move
        async with writing(self.sessions) as session:
            transfers = _Transfers(session=session, auto_refresh=False)
            lock: Any = select(Account).with_for_update(key_share=True)
            accounts = await _Accounts(session=session).list(
                Account.id.in_((source_id, target_id)),
                statement=lock,
                order_by=("id", False),
            )
            found = {each.id: each for each in accounts}
            locked = {a.id: (a.owner_id, a.balance) for a in found.values()}
            require_customers(move, locked)
            earlier = await transfers.get_one_or_none(
                Transfer.reference == reference,
                load=[selectinload(Transfer.entries)],
            )
            if earlier:
                return require_same(move, transfer_row(earlier))
            require_funds(move, locked)
            found[source_id].balance -= amount
            found[target_id].balance += amount
            transfer = await transfers.add(
                Transfer(
                    reference=reference,
                    entries=[
                        Entry(account_id=source_id, amount=-amount),
                        Entry(account_id=target_id, amount=amount),
                    ],
                )
            )
        return transfer_row(transfer)
