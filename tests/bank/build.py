"""Builds what the bank's tests begin with, and checks what must hold."""

import itertools

from sqlalchemy import func, select

from bank.dependencies import account_service, transfer_service, user_service
from bank.models import Account, Entry, Transfer

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
    total = await session.scalar(select(func.sum(Account.balance)))
    assert total == 0, "money is conserved"
    entries = (
        select(func.coalesce(func.sum(Entry.amount), 0))
        .where(Entry.account_id == Account.id)
        .scalar_subquery()
    )
    wrong = await session.scalars(
        select(Account.id).where(Account.balance != entries)
    )
    assert wrong.all() == [], "each balance is the sum of its entries"
    halves = await session.scalars(
        select(Transfer.id)
        .outerjoin(Transfer.entries)
        .group_by(Transfer.id)
        .having((func.count(Entry.id) != 2) | (func.sum(Entry.amount) != 0))
    )
    assert halves.all() == [], "each transfer has both its entries"
