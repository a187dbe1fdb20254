"""SQLAlchemy Core: tables and rows, and no objects."""

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bank.models import Base, normalise_email, now
from bench.layers.shared import (
    EngineLayer,
    require_customers,
    require_funds,
    require_same,
    sides,
)
from bench.work import AccountRow, Move, TransferRow, UserRow

USERS = Base.metadata.tables["users"]
ACCOUNTS = Base.metadata.tables["accounts"]
TRANSFERS = Base.metadata.tables["transfers"]
ENTRIES = Base.metadata.tables["entries"]


class Core(EngineLayer):
    """Statements on tables, written by hand."""

    async def get_by_id(self, user_id: int) -> UserRow:
        stmt = select(USERS).where(USERS.c.id == user_id)
        async with self.engine.connect() as connection:
            return UserRow(*(await connection.execute(stmt)).one())

    async def get_by_email(self, email: str) -> UserRow:
        stmt = select(USERS).where(USERS.c.email == normalise_email(email))
        async with self.engine.connect() as connection:
            return UserRow(*(await connection.execute(stmt)).one())

    async def list_page(self, after_id: int, limit: int) -> list[UserRow]:
        stmt = (
            select(USERS)
            .where(USERS.c.id > after_id)
            .order_by(USERS.c.id)
            .limit(limit)
        )
        async with self.engine.connect() as connection:
            return [UserRow(*row) for row in await connection.execute(stmt)]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserRow, list[AccountRow]]:
        stmt = (
            select(USERS, ACCOUNTS)
            .join_from(USERS, ACCOUNTS, isouter=True)
            .where(USERS.c.id == user_id)
            .order_by(ACCOUNTS.c.id)
        )
        async with self.engine.connect() as connection:
            rows = (await connection.execute(stmt)).all()
        accounts = [AccountRow(*row[4:]) for row in rows if row[4]]
        return UserRow(*rows[0][:4]), accounts

    async def insert(self, email: str, name: str) -> UserRow:
        row: dict[str, Any] = {
            "email": normalise_email(email),
            "name": name,
            "created_at": now(),
        }
        async with self.writing() as connection:
            stmt = insert(USERS).values(row)
            result: Any = await connection.execute(stmt)
        return UserRow(result.inserted_primary_key[0], **row)

    async def transfer(self, move: Move) -> TransferRow:
        async with self.writing() as connection:
            return await _move(connection, move)


async def _move(connection: AsyncConnection, move: Move) -> TransferRow:
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
    require_customers(move, locked)
    look = (
        select(TRANSFERS, ENTRIES.c.account_id, ENTRIES.c.amount)
        .join_from(TRANSFERS, ENTRIES)
        .where(TRANSFERS.c.reference == reference)
    )
    if earlier := (await connection.execute(look)).all():
        entries = [(row.account_id, row.amount) for row in earlier]
        number, moment = earlier[0].id, earlier[0].created_at
        return require_same(
            move, TransferRow(number, reference, *sides(entries), moment)
        )
    require_funds(move, locked)
    moment = now()
    result: Any = await connection.execute(
        insert(TRANSFERS).values(reference=reference, created_at=moment)
    )
    number = result.inserted_primary_key[0]
    changes = {source_id: -amount, target_id: amount}
    for account_id, change in changes.items():
        await connection.execute(
            update(ACCOUNTS)
            .where(ACCOUNTS.c.id == account_id)
            .values(balance=ACCOUNTS.c.balance + change)
        )
    rows = [
        {"transfer_id": number, "account_id": key, "amount": change}
        for key, change in changes.items()
    ]
    await connection.execute(insert(ENTRIES), rows)
    return TransferRow(number, *move, moment)
