"""Each question of the repositories on longer and longer tables."""

import random
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bank.db.session import make_session_factory
from bank.repositories import AccountRepository as Accounts
from bank.repositories import TransferRepository as Transfers
from bank.repositories import UserRepository as Users
from bench.databases import describe, engine_for, scratch_bank
from bench.loading import BUSY, OFFSET, OWNER, crowd, grow
from bench.measure import WARM, Effort, spread

ACCOUNTS = 10_000
"""How many accounts the one user has."""

ENTRIES = 100_000
"""How many entries the one account has, at most."""

_SLOW = 0.1  # seconds, from which a question is asked less often
_LATE = 2 * OFFSET + 100  # an entry near the beginning of the long statement

Ask = Callable[[AsyncSession, int], Awaitable[object]]
"""Asks a question about the row with a number."""

QUESTIONS: Mapping[str, Ask] = {
    "a user by id": lambda s, n: Users(s).get_by_id(n),
    "a user by e-mail": lambda s, n: Users(s).get_by_email(str(n)),
    "a user with accounts": lambda s, n: Users(s).get_with_accounts(n),
    "a user with the first accounts": (
        lambda s, n: Users(s).get_with_first_accounts(n, limit=51)
    ),
    "a page of users": lambda s, n: Users(s).list_page(after_id=n),
    "an account": lambda s, n: Accounts(s).get_by_id(n + 1),
    "a page of accounts": lambda s, n: Accounts(s).list_page(n),
    "the cash account": lambda s, _: Accounts(s).get_cash(),
    "two locked accounts": lambda s, n: Accounts(s).lock(n + 1, n + 2),
    "a statement": lambda s, n: Accounts(s).statement(n + 1),
    "a transfer by id": lambda s, n: Transfers(s).get_by_id(n),
    "a transfer by reference": (
        lambda s, n: Transfers(s).get_by_reference(str(n))
    ),
}
"""Asked on tables of each length."""

CROWDED: Mapping[str, Ask] = {
    "a user with all accounts": (
        lambda s, _: Users(s).get_with_accounts(OWNER)
    ),
    "a user with the first 51 accounts": (
        lambda s, _: Users(s).get_with_first_accounts(OWNER, limit=51)
    ),
    "the first page of accounts": lambda s, _: Accounts(s).list_page(OWNER),
    "the last page of accounts": (
        lambda s, _: Accounts(s).list_page(OWNER, after_id=OFFSET + 9_900)
    ),
    "the first page of the statement": (
        lambda s, _: Accounts(s).statement(BUSY)
    ),
    "the last page of the statement": (
        lambda s, _: Accounts(s).statement(BUSY, before_id=_LATE)
    ),
}
"""Asked about a user with many accounts, and an account with many entries."""


async def measure_growth(
    database: str, server: str, effort: Effort
) -> list[dict[str, Any]]:
    """Ask all questions on tables that become longer.

    Args:
        database: The database's name.
        server: The URL of its server.
        effort: How many rows the tables have, and how often to ask.

    Returns:
        A row for each question and length. Those of the last length have the
        indexes of the database's plan, and where it reads a whole table.
    """
    rows, before = [], 0
    async with scratch_bank(server, users=0) as url:
        kind = await describe(url)
        for size in effort.sizes:
            await grow(url, kind, before, size)
            rows += await _ask(url, size, QUESTIONS, 2 * effort.rounds)
            before = size
        plans = await find_plans(url, before // 2)
        for row in rows[-len(QUESTIONS) :]:
            row.update(plans[row["question"]])
        await crowd(url, kind, ACCOUNTS, min(ENTRIES, before))
        rows += await _ask(url, before, CROWDED, 2 * effort.rounds)
    return [{"database": database, **row} for row in rows]


async def _ask(
    url: str, size: int, questions: Mapping[str, Ask], times: int
) -> list[dict[str, Any]]:
    """Ask each question often, about rows all over the table."""
    found = []
    numbers = random.Random(size)  # noqa: S311 - no secret
    async with engine_for(url, pool_size=1) as engine:
        sessions = make_session_factory(engine)
        for question, ask in questions.items():
            took: list[float] = []
            while len(took) < WARM + times:
                number = numbers.randrange(2, size)
                began = time.perf_counter()
                async with sessions() as session:
                    await ask(session, number)
                took.append(time.perf_counter() - began)
                if len(took) == WARM and min(took) > _SLOW:
                    break
            kept = took[WARM:] or took[1:]
            row = {"question": question, "rows": size, "seconds": spread(kept)}
            found.append(row)
    return found


async def find_plans(url: str, number: int) -> dict[str, dict[str, list[str]]]:
    """Ask the database how it answers each question.

    Args:
        url: The URL of a database that was grown.
        number: Which row is asked about.

    Returns:
        For each question the indexes that its statements use, and the lines
        of the plan that read a whole table.
    """
    found = {}
    async with engine_for(url, pool_size=1) as engine:
        for question, ask in QUESTIONS.items():
            with _selects(engine) as sent:
                async with make_session_factory(engine)() as session:
                    await ask(session, number)
            lines: list[str] = []
            async with engine.connect() as connection:
                for statement, values in sent:
                    explained = await connection.exec_driver_sql(
                        f"{_EXPLAIN[engine.dialect.name]} {statement}", values
                    )
                    lines += [" ".join(map(str, row)) for row in explained]
            found[question] = read_plan(engine.dialect.name, lines)
    return found


_EXPLAIN = {
    "sqlite": "EXPLAIN QUERY PLAN",
    "postgresql": "EXPLAIN",
    "mysql": "EXPLAIN",
}
_WHOLE = {
    "sqlite": re.compile(r"SCAN (?!.*USING)"),
    "postgresql": re.compile("Seq Scan"),
    "mysql": re.compile(r"\bALL\b"),
}
_INDEX = {
    "sqlite": re.compile(r"USING (?:COVERING )?(?:INDEX|INTEGER) (\w+)"),
    "postgresql": re.compile(
        r"(?:Index (?:Only )?Scan.* using|Bitmap Index Scan on) (\w+)"
    ),
    "mysql": re.compile(r"\b(PRIMARY|(?:ix|uq)_\w+)"),
}


def read_plan(dialect: str, lines: Sequence[str]) -> dict[str, list[str]]:
    """Find in a plan what it uses.

    Args:
        dialect: The database's name.
        lines: The plan's lines.

    Returns:
        The names of the indexes, and the lines that read a whole table.
    """
    names = [
        found[1] for line in lines for found in _INDEX[dialect].finditer(line)
    ]
    whole = [line for line in lines if _WHOLE[dialect].search(line)]
    return {"indexes": list(dict.fromkeys(names)), "whole_tables": whole}


@contextmanager
def _selects(engine: AsyncEngine) -> Iterator[list[tuple[str, Any]]]:
    """Collect the queries that an engine sends, with their values."""
    found: list[tuple[str, Any]] = []

    def note(
        _connection: Any, _cursor: Any, statement: str, values: Any, *_: Any
    ) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, values))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
