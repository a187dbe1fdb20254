"""Deposits, which all meet in the one cash account, beside plain transfers."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bank.db.session import SessionFactory, make_session_factory, retry
from bank.dependencies import transfer_service
from bench.databases import engine_for
from bench.effort import Effort
from bench.growth.distance import distant
from bench.measure import spread
from bench.operations import move

KINDS = ("transfer", "deposit")
"""What is compared."""

DISTANCES = (0.0, 0.002)
"""What a round trip takes longer than on this machine, in seconds."""

_WARM = 0.1
_SLICE = 5  # times as long as a slice of one task

Write = Callable[[SessionFactory, int, int], Awaitable[object]]


async def measure_contention(
    database: str, url: str, effort: Effort
) -> list[dict[str, Any]]:
    """Write on more and more connections.

    Args:
        database: The database's name.
        url: The URL of a database with users and accounts.
        effort: The numbers of connections, and how long to measure.

    Returns:
        A row for each distance, kind and number of connections.
    """
    rows = []
    for distance in DISTANCES:
        async with distant(url, distance) as far:
            found = await _by_connections(far if distance else url, effort)
        rows += [
            {"database": database, "distance": distance, **row}
            for row in found
        ]
    return rows


async def _by_connections(url: str, effort: Effort) -> list[dict[str, Any]]:
    """Write on more and more connections, at one distance."""
    rows = []
    marks = count(1_000 * secrets.randbelow(1_000_000))
    for connections in effort.writers:
        async with engine_for(url, pool_size=connections) as engine:
            sessions = make_session_factory(engine)
            rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
            for number in range(effort.http_rounds + 1):
                seconds = _SLICE * effort.slice if number else _WARM
                for kind in KINDS:
                    rate = await _write(
                        sessions, kind, connections, seconds, next(marks)
                    )
                    if number:
                        rates[kind].append(rate)
            rows += [
                {
                    "kind": kind,
                    "connections": connections,
                    "rate": spread(found),
                }
                for kind, found in rates.items()
            ]
    return rows


async def _write(
    sessions: SessionFactory,
    kind: str,
    tasks: int,
    seconds: float,
    mark: int,
) -> float:
    """Let several tasks write for some time, and tell how many a second."""
    began = time.perf_counter()

    async def task(number: int) -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            await _one(sessions, kind, mark, number + done * tasks)
            done += 1
        return done

    done = sum(await asyncio.gather(*map(task, range(tasks))))
    return done / (time.perf_counter() - began)


async def _one(
    sessions: SessionFactory, kind: str, mark: int, number: int
) -> object:
    """Make one transfer, or one deposit of as much."""
    wanted = move(mark, number)

    async def work(session: AsyncSession) -> object:
        transfers = transfer_service(session)
        if kind == "transfer":
            return await transfers.transfer(**wanted._asdict())
        return await transfers.deposit(
            reference=wanted.reference,
            account_id=wanted.target_id,
            amount=wanted.amount,
        )

    return await retry(sessions, work)
