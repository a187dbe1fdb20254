"""Every question on tables of every length, with the database's plan."""

import random
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bank.db.session import SessionFactory, make_session_factory
from bench.databases import describe, empty_bank, engine_for
from bench.effort import Effort
from bench.growth.loading import crowd, grow
from bench.growth.plans import explain, indexes, sent_by, whole_tables
from bench.growth.questions import CROWDED, QUESTIONS, Ask
from bench.measure import WARM, spread

ACCOUNTS = 10_000
"""How many accounts the one user has."""

ENTRIES = 100_000
"""How many entries the one account has."""

_TIMES = 31


async def measure_growth(
    database: str, server: str, effort: Effort
) -> list[dict[str, Any]]:
    """Ask all questions of tables that become longer.

    Args:
        database: The database's name.
        server: The URL of its server.
        effort: How long the tables become.

    Returns:
        A row for each question and length; the last length has the indexes
        of the database's plan, and where it reads a whole table.
    """
    rows, before = [], 0
    async with empty_bank(server) as url:
        kind = await describe(url)
        for size in effort.sizes:
            await grow(url, before, size, kind)
            before = size
            plans = size == effort.sizes[-1]
            rows += await _ask(url, size, QUESTIONS, plans=plans)
        await crowd(
            url, accounts=ACCOUNTS, entries=min(ENTRIES, before), server=kind
        )
        rows += await _ask(url, before, CROWDED, plans=False)
    return [{"database": database, **row} for row in rows]


async def _ask(
    url: str, size: int, questions: Mapping[str, Ask], *, plans: bool
) -> list[dict[str, Any]]:
    """Ask each question often, about rows all over the table."""
    found = []
    async with engine_for(url, pool_size=1) as engine:
        sessions = make_session_factory(engine)
        for name, ask in questions.items():
            row = {
                "question": name,
                "rows": size,
                "seconds": spread(await _times(sessions, ask, size)),
            }
            if plans:
                row |= await _plan(engine, ask, size // 2)
            found.append(row)
    return found


async def _times(
    sessions: SessionFactory, ask: Ask, size: int
) -> Sequence[float]:
    """Take the time of one question, again and again."""
    found = []
    numbers = random.Random(size)  # noqa: S311 - no secret
    for _ in range(WARM + _TIMES):
        number = numbers.randrange(2, size)
        began = time.perf_counter()
        async with sessions() as session:
            await ask(session, number)
        found.append(time.perf_counter() - began)
        if len(found) > 3 and statistics.median(found) > 0.1:
            return found  # it is as slow as it is
    return found[WARM:]


async def _plan(engine: AsyncEngine, ask: Ask, number: int) -> dict[str, Any]:
    """Ask the database how it answers a question's statements."""
    name = engine.dialect.name
    with sent_by(engine) as sent:
        async with make_session_factory(engine)() as session:
            await ask(session, number)
    used: list[str] = []
    whole: list[str] = []
    async with engine.connect() as connection:
        for each in sent:
            plan = await explain(connection, each)
            used += indexes(name, plan)
            whole += whole_tables(name, plan)
    return {"indexes": used, "whole_tables": whole}
