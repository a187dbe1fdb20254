"""Clients that keep moving money, whatever happens to the database."""

import asyncio
import inspect
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import select

from bank.db.errors import Disconnected
from bank.models import Transfer
from tests.bank.build import balances, move, read

PATIENCE = 30.0
"""Seconds that a condition may take to come true on a busy machine."""

CLIENTS = 6


async def until(condition):
    """Wait for a condition, a function or a coroutine function, to hold."""
    async with asyncio.timeout(PATIENCE):
        while True:
            holds = condition()
            if await holds if inspect.isawaitable(holds) else holds:
                return
            await asyncio.sleep(0.01)


@dataclass
class Load:
    """What the clients have been told.

    Attributes:
        moved: The references that were answered.
        lost: The errors of those that had to be sent again.
    """

    moved: list[str] = field(default_factory=list)
    lost: list[Disconnected] = field(default_factory=list)

    async def more(self, number: int = 2 * CLIENTS) -> None:
        """Wait until that many more transfers have been answered."""
        goal = len(self.moved) + number
        await until(lambda: len(self.moved) >= goal)


@asynccontextmanager
async def under_load(factory, pair) -> AsyncIterator[Load]:
    """Let clients move a cent to and fro, until the block ends.

    A client that loses its connection sends the same reference again until
    it is answered, and any other error ends the test. At the end each
    reference is stored once, those that were sent again as well, the books
    are right, and what is sent once more moves nothing.
    """
    load, over = Load(), asyncio.Event()
    one, two = pair
    async with factory() as session:
        before = await balances(session)

    async def client(number):
        to_and_fro = itertools.cycle([(one, two), (two, one)])
        for n, accounts in enumerate(to_and_fro):
            if over.is_set():
                break
            await answered(f"load-{number}-{n}", accounts)

    async def answered(reference, accounts):
        while True:
            try:
                await move(factory, reference, 1, *accounts)
            except Disconnected as error:
                load.lost.append(error)
                await asyncio.sleep(0.01)
            else:
                load.moved.append(reference)
                return

    async with asyncio.TaskGroup() as clients:
        for number in range(CLIENTS):
            clients.create_task(client(number))
        try:
            yield load
        finally:
            over.set()

    stored = await read(factory)
    references = select(Transfer.reference).where(
        Transfer.reference.startswith("load-")
    )
    async with factory() as session:
        found = (await session.scalars(references)).all()
    assert sorted(found) == sorted(load.moved)
    odd = sum(int(each.rsplit("-")[-1]) % 2 for each in load.moved)
    moved = len(load.moved) - 2 * odd
    assert stored[one] == before[one] - moved
    assert stored[two] == before[two] + moved

    for reference in load.moved[-CLIENTS:]:
        number = int(reference.rsplit("-")[-1])
        await answered(reference, (two, one) if number % 2 else (one, two))
    assert await read(factory) == stored
