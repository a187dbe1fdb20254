"""Builds what the bank's tests begin with, and checks what must hold."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, select, text
from sqlalchemy.pool import Pool

from bank.db.session import retry
from bank.dependencies import account_service, transfer_service, user_service
from bank.models import Account
from lab.books import broken_rules

QUICK = text("SELECT 1")

SLOW = text(
    "WITH ten (n) AS (SELECT 0"
    + " UNION ALL SELECT 0" * 9
    + ") SELECT count(*) FROM "
    + ", ".join(f"ten AS t{n}" for n in range(8))
)
"""A query that computes for seconds on any database, and locks nothing."""

_numbers = itertools.count(1)


async def open_account(session, *, balance=0):
    """Open an account of a new user, with money on it."""
    number = next(_numbers)
    owner = await user_service(session).register(
        email=f"user{number}@example.org", name=f"User {number}"
    )
    account = await account_service(session).open(
        owner_id=owner.id, name=f"Account {number}"
    )
    if balance:
        await transfer_service(session).deposit(
            reference=f"opening-{number}",
            account_id=account.id,
            amount=balance,
        )
        await session.refresh(account)
    return account


async def balances(session):
    """Read all balances, by account id."""
    rows = await session.execute(select(Account.id, Account.balance))
    return dict(rows.all())


async def assert_sound(session):
    """Check the bank's invariants on what is stored."""
    broken = await broken_rules(session)
    assert not broken, f"broken: {broken}"


@contextmanager
def watched_connections() -> Iterator[tuple[set[Any], set[Any]]]:
    """Give what a block opens, and what of it was closed, on any engine."""
    opened: set[Any] = set()
    closed: set[Any] = set()

    def note_opened(connection, _record):
        opened.add(connection)

    def note_closed(connection, _record):
        closed.add(connection)

    event.listen(Pool, "connect", note_opened)
    event.listen(Pool, "close", note_closed)
    try:
        yield opened, closed
    finally:
        event.remove(Pool, "connect", note_opened)
        event.remove(Pool, "close", note_closed)


async def move(factory, reference, amount, source_id, target_id):
    """Move money as the application does."""
    return await retry(
        factory,
        lambda session: transfer_service(session).transfer(
            reference=reference,
            source_id=source_id,
            target_id=target_id,
            amount=amount,
        ),
    )


async def read(factory):
    """Read all balances after checking the invariants."""
    async with factory() as session:
        await assert_sound(session)
        return await balances(session)
