"""The ORM by hand: each statement stands where it is needed.

Sessions and the unit of work are the bank's, so that this layer differs from
the bank only by its repositories and services.
"""

from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from bank import models
from bank.db.session import make_session_factory, transaction
from bank.models import User, normalise_email
from bench.layers.shared import (
    EngineLayer,
    account_row,
    require_customers,
    require_funds,
    require_same,
    transfer_row,
    user_row,
)
from bench.work import AccountRow, Move, TransferRow, UserRow


class ByHand(EngineLayer):
    """The bank's models, without its repositories and services."""

    models: Any = models

    def __init__(self, url: str, connections: int) -> None:
        """Make the engine and the factory, as ``EngineLayer`` does."""
        super().__init__(url, connections)
        self.sessions: Any = make_session_factory(self.engine)
        self.unit_of_work: Any = partial(transaction, self.sessions)

    async def get_by_id(self, user_id: int) -> UserRow:
        async with self.sessions() as session:
            stmt = select(User).where(User.id == user_id)
            result = await session.execute(stmt)
            return user_row(result.scalar_one_or_none())

    async def get_by_email(self, email: str) -> UserRow:
        async with self.sessions() as session:
            stmt = select(User).where(User.email == normalise_email(email))
            result = await session.execute(stmt)
            return user_row(result.scalar_one_or_none())

    async def list_page(self, after_id: int, limit: int) -> list[UserRow]:
        async with self.sessions() as session:
            stmt = (
                select(User)
                .where(User.id > after_id)
                .order_by(User.id)
                .limit(limit)
            )
            result = await session.execute(stmt)
            users = result.scalars().all()
            return [user_row(user) for user in users]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserRow, list[AccountRow]]:
        async with self.sessions() as session:
            stmt = (
                select(User)
                .where(User.id == user_id)
                .options(joinedload(User.accounts))
            )
            result = await session.execute(stmt)
            user = result.unique().scalar_one()
            return user_row(user), [account_row(a) for a in user.accounts]

    async def insert(self, email: str, name: str) -> UserRow:
        async with self.unit_of_work() as session:
            user = User(email=email, name=name)
            session.add(user)
            await session.flush()
        return user_row(user)

    async def transfer(self, move: Move) -> TransferRow:
        """Move money once: change objects, and let the session write."""
        reference, source_id, target_id, amount = move
        account, transfer = self.models.Account, self.models.Transfer
        async with self.unit_of_work() as session:
            lock = (
                select(account)
                .where(account.id.in_((source_id, target_id)))
                .order_by(account.id)
                .with_for_update(key_share=True)
            )
            found = {each.id: each for each in await session.scalars(lock)}
            locked = {a.id: (a.owner_id, a.balance) for a in found.values()}
            require_customers(move, locked)
            look = (
                select(transfer)
                .where(transfer.reference == reference)
                .options(selectinload(transfer.entries))
            )
            if earlier := await session.scalar(look):
                return require_same(move, transfer_row(earlier))
            require_funds(move, locked)
            found[source_id].balance -= amount
            found[target_id].balance += amount
            entry = self.models.Entry
            made = transfer(
                reference=reference,
                entries=[
                    entry(account_id=source_id, amount=-amount),
                    entry(account_id=target_id, amount=amount),
                ],
            )
            session.add(made)
        return transfer_row(made)
