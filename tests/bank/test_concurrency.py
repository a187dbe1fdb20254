"""Many units of work at once, really committed, on each database."""

import asyncio

import pytest
from sqlalchemy import func, select, update

from bank.db.session import transaction
from bank.errors import InsufficientFunds, NotFound, ReferenceReused
from bank.models import Account, Transfer
from tests.bank.build import move, open_account, read


async def test_opposite_transfers(factory, pair):
    """Twenty transfers in both directions lose neither money nor update."""
    one, two = pair
    await asyncio.gather(
        *(
            move(factory, f"t{n}", n, *((one, two) if n % 2 else (two, one)))
            for n in range(1, 21)
        )
    )
    moved = sum(n if n % 2 else -n for n in range(1, 21))
    stored = await read(factory)
    assert (stored[one], stored[two]) == (1_000 - moved, 1_000 + moved)
    assert factory.kw["bind"].pool.checkedout() == 0


async def test_equal_references(factory, pair):
    """Twenty equal references at once move money once and answer alike."""
    transfers = await asyncio.gather(
        *(move(factory, "once", 100, *pair) for _ in range(20))
    )
    assert len({transfer.id for transfer in transfers}) == 1
    assert {transfer.amount for transfer in transfers} == {100}
    assert (await read(factory))[pair[0]] == 900


async def test_equal_references_for_different_accounts(factory):
    """Of equal references with other content, one wins at the same moment."""
    async with transaction(factory) as session:
        others = [await open_account(session, balance=500) for _ in range(6)]
    outcomes = await asyncio.gather(
        *(
            move(factory, "same", 100, source.id, target.id)
            for source, target in zip(others[::2], others[1::2], strict=True)
        ),
        return_exceptions=True,
    )
    kinds = sorted(type(outcome).__name__ for outcome in outcomes)
    assert kinds == ["ReferenceReused", "ReferenceReused", "Transfer"]
    assert any(isinstance(o, ReferenceReused) for o in outcomes)
    await read(factory)


async def test_race_for_the_last_cents(factory, pair):
    """Of ten transfers that each take all, one succeeds."""
    outcomes = await asyncio.gather(
        *(move(factory, f"all{n}", 1_000, *pair) for n in range(10)),
        return_exceptions=True,
    )
    refused = [o for o in outcomes if isinstance(o, InsufficientFunds)]
    moved = [o for o in outcomes if isinstance(o, Transfer)]
    assert (len(moved), len(refused)) == (1, 9)
    assert (await read(factory))[pair[0]] == 0


async def test_a_ring_of_accounts(factory):
    """Transfers around a ring, in every order, end without deadlock."""
    async with transaction(factory) as session:
        ring = [
            (await open_account(session, balance=100)).id for _ in range(5)
        ]
    await asyncio.gather(
        *(
            move(factory, f"r{n}", 1, ring[n % 5], ring[(n + 1 + n % 3) % 5])
            for n in range(30)
        )
    )
    stored = await read(factory)
    assert sum(stored[account] for account in ring) == 500


async def test_cancelled_transfers(factory, pair):
    """Whatever moment a transfer is cancelled at, it is whole or absent."""
    tasks = [
        asyncio.create_task(move(factory, f"c{n}", 10, *pair))
        for n in range(20)
    ]
    for task in tasks:
        await asyncio.sleep(0.002)
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    told = [o for o in outcomes if isinstance(o, Transfer)]
    assert all(
        isinstance(o, Transfer | asyncio.CancelledError) for o in outcomes
    )
    stored = await read(factory)
    async with factory() as session:
        kept = await session.scalar(
            select(func.count())
            .select_from(Transfer)
            .where(Transfer.reference.startswith("c"))
        )
    assert kept >= len(told)
    assert stored[pair[0]] == 1_000 - 10 * kept
    assert factory.kw["bind"].pool.checkedout() == 0


async def test_transfers_while_an_editor_works(factory, pair):
    """Edits and transfers of one account do not get into each other's way."""

    async def edit(n):
        async with transaction(factory) as session:
            account = await session.get(Account, pair[0], with_for_update=True)
            account.name = f"edit {n}"

    await asyncio.gather(
        *(move(factory, f"t{n}", 1, *pair) for n in range(10)),
        *(edit(n) for n in range(5)),
    )
    stored = await read(factory)
    assert stored[pair[0]] == 990
    async with factory() as session:
        account = await session.get(Account, pair[0])
    assert account.version == 6


async def test_the_checks_can_fail(factory, pair):
    """The invariants do notice money that comes from nowhere."""
    async with transaction(factory) as session:
        await session.execute(
            update(Account)
            .where(Account.id == pair[0])
            .values(balance=Account.balance + 1)
        )
    with pytest.raises(AssertionError, match="all balances sum to zero"):
        await read(factory)


async def test_unknown_account_at_the_same_moment(factory, pair):
    """Failures among successes leave the successes alone."""
    outcomes = await asyncio.gather(
        *(
            move(factory, f"x{n}", 1, pair[0], 10**6 if n % 2 else pair[1])
            for n in range(10)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(o, NotFound) for o in outcomes) == 5
    assert (await read(factory))[pair[0]] == 995
