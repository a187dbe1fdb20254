"""The ORM by hand: the statements stand where they are needed.

Sessions and the unit of work are the bank's, so that this layer differs from
the bank by its repositories and services alone.
"""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from bank.db.session import make_session_factory, transaction
from bank.models import Account, Entry, Transfer, User, normalise_email
from bench.layers import rules
from bench.layers.base import EngineLayer
from bench.layers.objects import account_value, transfer_value, user_value
from bench.values import AccountValue, Move, TransferValue, UserValue


class ByHand(EngineLayer):
    """The bank's models, without its repositories and services."""

    def __init__(self, url: str, connections: int) -> None:
        """Make the engine and the factory.

        Args:
            url: The database URL.
            connections: How many connections it keeps, and has at most.
        """
        super().__init__(url, connections)
        self.sessions = make_session_factory(self.engine)

    async def get_by_id(self, user_id: int) -> UserValue:
        """Find a user by id."""
        async with self.sessions() as session:
            stmt = select(User).where(User.id == user_id)
            result = await session.execute(stmt)
            return user_value(result.scalar_one_or_none())

    async def get_by_email(self, email: str) -> UserValue:
        """Find a user by e-mail address."""
        async with self.sessions() as session:
            stmt = select(User).where(User.email == normalise_email(email))
            result = await session.execute(stmt)
            return user_value(result.scalar_one_or_none())

    async def list_page(self, after_id: int, limit: int) -> list[UserValue]:
        """List users after one of them."""
        async with self.sessions() as session:
            stmt = (
                select(User)
                .where(User.id > after_id)
                .order_by(User.id)
                .limit(limit)
            )
            result = await session.execute(stmt)
            users = result.scalars().all()
            return [user_value(user) for user in users]

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
            result = await session.execute(stmt)
            user = result.unique().scalar_one()
            return user_value(user), [account_value(a) for a in user.accounts]

    async def insert(self, email: str, name: str) -> UserValue:
        """Store a new user."""
        async with transaction(self.sessions) as session:
            user = User(email=email, name=name)
            session.add(user)
            await session.flush()
        return user_value(user)

    async def transfer(self, move: Move) -> TransferValue:
        """Move money once: change objects, and let the session write."""
        reference, source_id, target_id, amount = move
        async with transaction(self.sessions) as session:
            lock = (
                select(Account)
                .where(Account.id.in_((source_id, target_id)))
                .order_by(Account.id)
                .with_for_update(key_share=True)
            )
            found = {each.id: each for each in await session.scalars(lock)}
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
            if earlier := await session.scalar(look):
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


def make(url: str, connections: int) -> ByHand:
    """Make the layer.

    Args:
        url: The database URL.
        connections: How many connections it keeps, and has at most.

    Returns:
        The layer.
    """
    return ByHand(url, connections)
