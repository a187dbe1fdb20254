"""The repository of advanced-alchemy, on the bank's models.

It has no answer for a transfer's rules, so those are the same lines as by
hand; the rows are found and stored through its repositories. A refresh after
each ``add``, one more SELECT, is its default and is turned off here.
"""

from advanced_alchemy.filters import LimitOffset
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from bank.models import Account, Entry, Transfer, User, normalise_email
from bench.layers import rules
from bench.layers.base import SessionLayer
from bench.layers.objects import account_value, transfer_value, user_value
from bench.values import AccountValue, Move, TransferValue, UserValue


class _Users(SQLAlchemyAsyncRepository[User]):
    model_type = User


class _Accounts(SQLAlchemyAsyncRepository[Account]):
    model_type = Account


class _Transfers(SQLAlchemyAsyncRepository[Transfer]):
    model_type = Transfer


class Alchemy(SessionLayer):
    """Calls of advanced-alchemy's repository."""

    async def get_by_id(self, user_id: int) -> UserValue:
        """Find a user by id."""
        async with self.sessions() as session:
            return user_value(await _Users(session=session).get(user_id))

    async def get_by_email(self, email: str) -> UserValue:
        """Find a user by e-mail address."""
        async with self.sessions() as session:
            user = await _Users(session=session).get_one_or_none(
                User.email == normalise_email(email)
            )
            return user_value(user)

    async def list_page(self, after_id: int, limit: int) -> list[UserValue]:
        """List users after one of them."""
        async with self.sessions() as session:
            users = await _Users(session=session).list(
                User.id > after_id,
                LimitOffset(limit, 0),
                order_by=("id", False),
            )
            return [user_value(user) for user in users]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserValue, list[AccountValue]]:
        """Find a user and the accounts, in one statement."""
        async with self.sessions() as session:
            user = await _Users(session=session).get(
                user_id, load=[joinedload(User.accounts)], uniquify=True
            )
            return user_value(user), [account_value(a) for a in user.accounts]

    async def insert(self, email: str, name: str) -> UserValue:
        """Store a new user."""
        async with self.unit_of_work() as session:
            users = _Users(session=session, auto_refresh=False)
            user = await users.add(User(email=email, name=name))
        return user_value(user)

    async def transfer(self, move: Move) -> TransferValue:
        """Move money once: change objects, and let the session write."""
        reference, source_id, target_id, amount = move
        async with self.unit_of_work() as session:
            accounts = _Accounts(session=session)
            transfers = _Transfers(session=session, auto_refresh=False)
            found = {
                each.id: each
                for each in await accounts.list(
                    Account.id.in_((source_id, target_id)),
                    statement=select(Account).with_for_update(key_share=True),
                    order_by=("id", False),
                )
            }
            locked = {
                key: (account.owner_id, account.balance)
                for key, account in found.items()
            }
            rules.require_customers(move, locked)
            earlier = await transfers.get_one_or_none(
                Transfer.reference == reference,
                load=[selectinload(Transfer.entries)],
            )
            if earlier:
                return rules.require_same(move, transfer_value(earlier))
            rules.require_funds(move, locked)
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
        return transfer_value(transfer)


def make(url: str, connections: int) -> Alchemy:
    """Make the layer.

    Args:
        url: The database URL.
        connections: How many connections it keeps, and has at most.

    Returns:
        The layer.
    """
    return Alchemy(url, connections)
