"""Deposits, which all meet in the one cash row, next to plain transfers."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from bank.db.session import SessionFactory, make_session_factory, retry
from bank.dependencies import transfer_service
from bench.databases import engine_for
from bench.measure import Effort, Work, spread
from bench.options import together
from bench.work import move

KINDS = ("transfer", "deposit")
"""What is compared."""

DISTANCES = (0.0, 0.002)
"""Seconds that a round trip takes longer than on this machine."""


async def measure_contention(
    database: str, url: str, effort: Effort
) -> list[dict[str, Any]]:
    """Write on more and more connections.

    Args:
        database: The database's name.
        url: The URL of a filled database on a server.
        effort: The numbers of connections, and how long to measure.

    Returns:
        A row for each distance, number of connections and kind.
    """
    rows = []
    marks = count(1_000 * secrets.randbelow(1_000_000))
    for distance in DISTANCES:
        async with _distant(url, distance) as far:
            for number in effort.writers:
                found = await _rates(far, number, marks, effort)
                rows += [
                    {
                        "database": database,
                        "distance": distance,
                        "kind": kind,
                        "connections": number,
                        "rate": spread(rates),
                    }
                    for kind, rates in found.items()
                ]
    return rows


async def _rates(
    url: str, connections: int, marks: Iterator[int], effort: Effort
) -> dict[str, list[float]]:
    """Write in turns on so many connections, for how many a second."""
    rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
    async with engine_for(url, pool_size=connections) as engine:
        sessions = make_session_factory(engine)
        for turn in range(effort.turns + 1):
            for kind in KINDS:
                work = _write(sessions, kind, next(marks))
                done, took = await together(
                    work, connections, 6 * effort.slice
                )
                if turn:  # the first one connects
                    rates[kind].append(done / took)
    return rates


def _write(sessions: SessionFactory, kind: str, mark: int) -> Work:
    """Make one transfer, or one deposit of as much."""

    async def work(number: int) -> object:
        wanted = move(mark, number)

        async def unit_of_work(session: AsyncSession) -> object:
            transfers = transfer_service(session)
            if kind == "transfer":
                return await transfers.transfer(**wanted._asdict())
            return await transfers.deposit(
                reference=wanted.reference,
                account_id=wanted.target_id,
                amount=wanted.amount,
            )

        return await retry(sessions, unit_of_work)

    return work


@contextlib.asynccontextmanager
async def _distant(url: str, seconds: float) -> AsyncIterator[str]:
    """Reach a server by a line on which each round trip takes longer."""
    if not seconds:
        yield url
        return
    there = make_url(url)
    tasks: set[asyncio.Task[None]] = set()

    async def carry(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        other = await asyncio.open_connection(there.host, there.port)
        for start, end in ((reader, other[1]), (other[0], writer)):
            task = asyncio.create_task(_pump(start, end, seconds / 2))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async with await asyncio.start_server(carry, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        near = there.set(host="127.0.0.1", port=port)
        yield near.render_as_string(hide_password=False)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, late: float
) -> None:
    """Pass bytes on, each block a little later than it came."""

    def write(block: bytes) -> None:
        if not writer.is_closing():
            writer.write(block)

    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError), contextlib.closing(writer):
        while block := await reader.read(65_536):
            loop.call_later(late, write, block)
