"""What several layers share: the rules of a transfer, rows, and an engine.

Each layer keeps the bank's rules: both accounts are locked in the order of
their ids, both are customers', a reference moves money once, and nobody
overdraws.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bank.db.engine import make_engine
from bank.db.sqlite import BEGIN_IMMEDIATE
from bank.errors import (
    HouseAccount,
    InsufficientFunds,
    NotFound,
    ReferenceReused,
)
from bench.work import AccountRow, Move, TransferRow, UserRow

Locked = Mapping[int, tuple[int | None, int]]
"""The owner and the balance of each locked account."""


def require_customers(move: Move, locked: Locked) -> None:
    """Raise NotFound or HouseAccount unless both accounts are customers'."""
    for account_id in sorted((move.source_id, move.target_id)):
        if account_id not in locked:
            raise NotFound(f"There is no account {account_id}.")
        if locked[account_id][0] is None:
            raise HouseAccount(f"Account {account_id} is the house's own.")


def require_funds(move: Move, locked: Locked) -> None:
    """Raise InsufficientFunds if the source would be overdrawn."""
    if locked[move.source_id][1] < move.amount:
        raise InsufficientFunds(f"Account {move.source_id} holds too little.")


def require_same(move: Move, earlier: TransferRow) -> TransferRow:
    """Return the earlier transfer; raise ReferenceReused if it differs."""
    if earlier[1:5] != move:
        raise ReferenceReused(f"Reference {move.reference} is taken.")
    return earlier


def sides(entries: Iterable[tuple[int, int]]) -> tuple[int, int, int]:
    """Return the source, the target and the amount of two entries."""
    (source_id, _), (target_id, amount) = sorted(
        entries, key=lambda entry: entry[1]
    )
    return source_id, target_id, amount


def user_row(user: Any) -> UserRow:
    """Read a mapped user's fields."""
    return UserRow(user.id, user.email, user.name, user.created_at)


def account_row(account: Any) -> AccountRow:
    """Read a mapped account's fields."""
    return AccountRow(
        account.id,
        account.owner_id,
        account.name,
        account.balance,
        account.version,
    )


def transfer_row(transfer: Any) -> TransferRow:
    """Read the fields of a mapped transfer whose entries are loaded."""
    entries = [(entry.account_id, entry.amount) for entry in transfer.entries]
    return TransferRow(
        transfer.id, transfer.reference, *sides(entries), transfer.created_at
    )


class EngineLayer:
    """A layer on the bank's kind of engine, so that only layers differ.

    Attributes:
        engine: The engine.
    """

    def __init__(self, url: str, connections: int) -> None:
        """Make the engine.

        Args:
            url: The database URL.
            connections: How many connections it keeps, and has at most.
        """
        self.engine = make_engine(url, pool_size=connections)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes, and commit it at the end."""
        async with self.engine.connect() as connection:
            await connection.execution_options(**BEGIN_IMMEDIATE)
            async with connection.begin():
                yield connection


@asynccontextmanager
async def writing(sessions: Any) -> AsyncIterator[Any]:
    """Open a session that writes, and commit it at the end."""
    async with sessions() as session, session.begin():
        await session.connection(execution_options=BEGIN_IMMEDIATE)
        yield session
