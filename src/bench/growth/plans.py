"""How a database answers a question: by an index, or by reading a table."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Sent = tuple[str, Any]
"""A statement with its values, as the driver got it."""

_EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "mysql": "EXPLAIN"}
_SCAN = {
    # The bare name of a table, with nothing that leads into it.
    "sqlite": re.compile(r"SCAN (?!.*USING)"),
    "postgresql": re.compile("Seq Scan"),
}
_INDEX = {
    "sqlite": re.compile(r"USING (?:COVERING )?(?:INDEX|INTEGER) (\w+)"),
    "postgresql": re.compile(
        r"(?:Index (?:Only )?Scan.* using|Bitmap Index Scan on) (\w+)"
    ),
}


@contextmanager
def sent_by(engine: AsyncEngine) -> Iterator[list[Sent]]:
    """Collect the queries that an engine sends.

    Args:
        engine: The engine.

    Yields:
        The queries; the list grows.
    """
    found: list[Sent] = []

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


async def explain(connection: AsyncConnection, sent: Sent) -> list[str]:
    """Ask the database how it answers a query.

    Args:
        connection: A connection to it.
        sent: The query, with its values.

    Returns:
        The plan's lines.
    """
    statement, values = sent
    verb = _EXPLAIN.get(connection.dialect.name, "EXPLAIN")
    result = await connection.exec_driver_sql(f"{verb} {statement}", values)
    if connection.dialect.name == "mysql":
        return [
            f"{row['type']} {row['table']} {row['key']} {row['Extra']}"
            for row in result.mappings()
        ]
    return [str(row[-1]) for row in result]


def whole_tables(dialect: str, plan: Sequence[str]) -> list[str]:
    """Find where a plan reads a table from one end to the other.

    Args:
        dialect: The database's name.
        plan: The plan's lines.

    Returns:
        The lines that say so.
    """
    if dialect == "mysql":
        return [line for line in plan if line.startswith("ALL ")]
    return [line for line in plan if _SCAN[dialect].search(line)]


def indexes(dialect: str, plan: Sequence[str]) -> list[str]:
    """Find the indexes that a plan uses.

    Args:
        dialect: The database's name.
        plan: The plan's lines.

    Returns:
        Their names, each once.
    """
    if dialect == "mysql":
        return list(dict.fromkeys(line.split()[2] for line in plan))
    found = (_INDEX[dialect].search(line) for line in plan)
    names = [match[1] for match in found if match]
    return list(dict.fromkeys(names))
