"""The bank's books, checked by what is stored."""

import pytest
from sqlalchemy import select

from bank.models import Account, Entry, Transfer
from bank.repositories import AccountRepository
from lab import broken_rules, seed

BALANCES = "all balances sum to zero"
ENTRIES = "each balance is the sum of its entries"
TRANSFERS = "each transfer has two entries that sum to zero"


async def test_a_seeded_bank_keeps_all_rules(factory):
    """Where all money came by transfer, no rule is broken."""
    await seed(factory)
    async with factory() as session:
        assert await broken_rules(session) == []


@pytest.mark.parametrize("balance", [100_00, 0])
async def test_a_balance_that_changed_by_itself_is_found(factory, balance):
    """Money from nowhere breaks the sum, and agrees with no entry.

    An account that has no entry has no money.
    """
    [ada, *_] = await seed(factory, balance=balance)
    async with factory() as session:
        accounts = AccountRepository(session)
        await accounts.change_balances({ada.accounts[0].id: 1})
        broken = await broken_rules(session)
        assert sorted(broken) == sorted([BALANCES, ENTRIES])


async def test_money_that_moved_without_entries_is_found(factory):
    """What one lost the other has, but no entry says so."""
    [ada, grace, _] = await seed(factory)
    async with factory() as session:
        accounts = AccountRepository(session)
        await accounts.change_balances(
            {ada.accounts[0].id: -1, grace.accounts[0].id: 1}
        )
        assert await broken_rules(session) == [ENTRIES]


@pytest.mark.parametrize("amounts", [[], [1], [1, 1], [2, -1, -1]])
async def test_a_transfer_that_is_no_pair_is_found(factory, amounts):
    """A transfer has two entries, and they sum to zero."""
    await seed(factory)
    async with factory() as session:
        ids = (await session.scalars(select(Account.id))).all()
        entries = [
            Entry(account_id=account_id, amount=amount)
            for account_id, amount in zip(ids, amounts, strict=False)
        ]
        session.add(Transfer(reference="odd", entries=entries))
        assert TRANSFERS in await broken_rules(session)
