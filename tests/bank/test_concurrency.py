"""Many units of work at once, really committed, on each database."""

import asyncio
import itertools

import pytest
from sqlalchemy import event, update

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


async def test_a_ring_of_accounts(factory, caplog):
    """Transfers around a ring, in every order, end without deadlock."""
    caplog.set_level("INFO", "bank.db.session")  # which says why it retries
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
    assert "deadlock" not in caplog.text.lower()


async def test_cancelled_transfers(factory, pair):
    """Whatever step a transfer is cancelled at, it is whole or absent.

    The first one is cancelled at its first statement, the next one at its
    second, and so on past the commit, until one is done before that.
    """
    engine = factory.kw["bind"].sync_engine
    outcomes: list[object] = [asyncio.CancelledError()]
    while isinstance(outcomes[-1], asyncio.CancelledError):
        number = len(outcomes)
        task = asyncio.create_task(move(factory, f"c{number}", 10, *pair))
        steps = itertools.count(1)

        def step(*_, steps=steps, number=number, task=task):
            if next(steps) == number:
                task.cancel()

        for what in ("before_cursor_execute", "commit"):
            event.listen(engine, what, step)
        outcomes += await asyncio.gather(task, return_exceptions=True)
        for what in ("before_cursor_execute", "commit"):
            event.remove(engine, what, step)
        await read(factory)
    assert len(outcomes) > 6
    assert isinstance(outcomes[-1], Transfer)
    assert engine.pool.checkedout() == 0
    for number in range(1, len(outcomes)):
        await move(factory, f"c{number}", 10, *pair)
    assert (await read(factory))[pair[0]] == 1_000 - 10 * number


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
