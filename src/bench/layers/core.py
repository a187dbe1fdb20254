"""SQLAlchemy Core: tables and rows, and no objects."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bank.models import Base, normalise_email, now
from bench.layers import rules
from bench.layers.base import EngineLayer
from bench.values import AccountValue, Move, TransferValue, UserValue

USERS = Base.metadata.tables["users"]
ACCOUNTS = Base.metadata.tables["accounts"]
TRANSFERS = Base.metadata.tables["transfers"]
ENTRIES = Base.metadata.tables["entries"]


class Core(EngineLayer):
    """Statements on tables, written by hand."""

    async def get_by_id(self, user_id: int) -> UserValue:
        """Find a user by id."""
        stmt = select(USERS).where(USERS.c.id == user_id)
        async with self.engine.connect() as connection:
            return UserValue(*(await connection.execute(stmt)).one())

    async def get_by_email(self, email: str) -> UserValue:
        """Find a user by e-mail address."""
        stmt = select(USERS).where(USERS.c.email == normalise_email(email))
        async with self.engine.connect() as connection:
            return UserValue(*(await connection.execute(stmt)).one())

    async def list_page(self, after_id: int, limit: int) -> list[UserValue]:
        """List users after one of them."""
        stmt = (
            select(USERS)
            .where(USERS.c.id > after_id)
            .order_by(USERS.c.id)
            .limit(limit)
        )
        async with self.engine.connect() as connection:
            return [UserValue(*row) for row in await connection.execute(stmt)]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserValue, list[AccountValue]]:
        """Find a user and the accounts, in one statement."""
        stmt = (
            select(USERS, ACCOUNTS)
            .join_from(USERS, ACCOUNTS, isouter=True)
            .where(USERS.c.id == user_id)
            .order_by(ACCOUNTS.c.id)
        )
        async with self.engine.connect() as connection:
            rows = (await connection.execute(stmt)).all()
        accounts = [AccountValue(*row[4:]) for row in rows if row[4]]
        return UserValue(*rows[0][:4]), accounts

    async def insert(self, email: str, name: str) -> UserValue:
        """Store a new user."""
        row = {
            "email": normalise_email(email),
            "name": name,
            "created_at": now(),
        }
        async with self.writing() as connection:
            result = await connection.execute(insert(USERS).values(row))
        return UserValue(result.inserted_primary_key[0], *row.values())

    async def transfer(self, move: Move) -> TransferValue:
        """Move money once."""
        async with self.writing() as connection:
            return await _move(connection, move)


async def _move(connection: AsyncConnection, move: Move) -> TransferValue:
    """Move money in a transaction."""
    reference, source_id, target_id, amount = move
    lock = (
        select(ACCOUNTS.c.id, ACCOUNTS.c.owner_id, ACCOUNTS.c.balance)
        .where(ACCOUNTS.c.id.in_((source_id, target_id)))
        .order_by(ACCOUNTS.c.id)
        .with_for_update(key_share=True)
    )
    locked = {
        row.id: (row.owner_id, row.balance)
        for row in await connection.execute(lock)
    }
    rules.require_customers(move, locked)
    look = select(TRANSFERS).where(TRANSFERS.c.reference == reference)
    if earlier := (await connection.execute(look)).one_or_none():
        look = select(ENTRIES.c.account_id, ENTRIES.c.amount).where(
            ENTRIES.c.transfer_id == earlier.id
        )
        entries = [(row[0], row[1]) for row in await connection.execute(look)]
        return rules.require_same(
            move,
            TransferValue(
                earlier.id,
                reference,
                *rules.sides(entries),
                earlier.created_at,
            ),
        )
    rules.require_funds(move, locked)
    moment = now()
    result = await connection.execute(
        insert(TRANSFERS).values(reference=reference, created_at=moment)
    )
    transfer_id = result.inserted_primary_key[0]
    changes = {source_id: -amount, target_id: amount}
    for account_id, change in changes.items():
        await connection.execute(
            update(ACCOUNTS)
            .where(ACCOUNTS.c.id == account_id)
            .values(balance=ACCOUNTS.c.balance + change)
        )
    rows = [
        {"transfer_id": transfer_id, "account_id": key, "amount": change}
        for key, change in changes.items()
    ]
    await connection.execute(insert(ENTRIES), rows)
    return TransferValue(transfer_id, *move, moment)


def make(url: str, connections: int) -> Core:
    """Make the layer.

    Args:
        url: The database URL.
        connections: How many connections it keeps, and has at most.

    Returns:
        The layer.
    """
    return Core(url, connections)
