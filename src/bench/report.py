"""The results in a terminal."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.http.apps import WHOLE, WHOLE_LABEL
from bench.layers import LAYERS, NOTHING
from bench.operations import OPERATIONS

Row = Mapping[str, Any]

LABELS = LAYERS | {NOTHING: "no database", WHOLE: WHOLE_LABEL}
"""What readers call the layers."""

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}
"""What readers call the databases."""


def say(text: str = "") -> None:
    """Print a line now.

    Args:
        text: The line.
    """
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show(results: Mapping[str, Any]) -> None:
    """Print all results.

    Args:
        results: What was measured.
    """
    for line in lines(results):
        say(line)


def lines(results: Mapping[str, Any]) -> Iterable[str]:
    """Write all results.

    Args:
        results: What was measured.

    Yields:
        The lines.
    """
    for database, found in by(results["layers"], "database").items():
        title = f"{NAMES[database]}: function calls, and time beside the ORM"
        yield from table(title, [_layer(row) for row in found])
    for database, found in by(results["http"], "database").items():
        title = f"{NAMES[database]}: HTTP"
        yield from table(title, [_http(row) for row in found])
    yield from table("Options", [_option(row) for row in results["options"]])
    yield from table("Pools", [_pool(row) for row in results["pools"]])
    yield from table("Growth", [_growth(row) for row in results["growth"]])
    yield from table(
        "Writers", [_contention(row) for row in results["contention"]]
    )
    yield from table("Bars", [_bar(row) for row in results["bars"]])
    yield f"{results['seconds']} seconds"


def by(rows: Sequence[Row], key: str) -> dict[str, list[Row]]:
    """Sort rows into groups, in the order in which they come.

    Args:
        rows: The rows.
        key: What tells the groups apart.

    Returns:
        The groups.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row[key]), []).append(row)
    return found


def table(title: str, rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Lay out a table of text, whose first column is the widest.

    Args:
        title: Its title.
        rows: The cells.

    Yields:
        The lines; none if there are no rows.
    """
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield ""
    yield title
    yield "-" * len(title)
    for row in rows:
        cells = [
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ]
        yield "  ".join(cells).rstrip()


def around(values: Sequence[float], digits: int = 2) -> str:
    """Write a median and its quartiles.

    Args:
        values: The lower quartile, the median and the upper quartile.
        digits: How many decimals.

    Returns:
        As in ``1.02 (0.98 to 1.05)``.
    """
    low, median, high = (f"{value:.{digits}f}" for value in values)
    return f"{median} ({low} to {high})"


def milliseconds(seconds: float) -> str:
    """Write a time.

    Args:
        seconds: The time.

    Returns:
        As in ``0.85 ms``.
    """
    return f"{seconds * 1000:.2f} ms"


def operation(name: str) -> str:
    """Give what readers call an operation.

    Args:
        name: Its name.

    Returns:
        The label.
    """
    return next(each.label for each in OPERATIONS if each.name == name)


def _layer(row: Row) -> list[str]:
    trips = row["round_trips"]
    return [
        operation(row["operation"]),
        LABELS[row["layer"]],
        f"{row['calls']} calls",
        "" if trips is None else f"{trips:g} round trips",
        milliseconds(row["seconds"][1]),
        f"CPU {milliseconds(row['cpu'][1])}",
        f"time x{around(row['ratio'])}",
        f"CPU x{around(row['cpu_ratio'])}",
    ]


def _http(row: Row) -> list[str]:
    return [
        operation(row["operation"]),
        f"{row['connections']} connections",
        row["loop"],
        LABELS[row["layer"]],
        f"{row['rate'][1]:.0f}/s",
        f"x{around(row['ratio'])}",
        f"CPU {milliseconds(row['cpu'])}",
    ]


def _option(row: Row) -> list[str]:
    trips = row["round_trips"]
    return [
        NAMES[row["database"]],
        row["experiment"],
        row["way"],
        f"{row['calls']} calls",
        "" if trips is None else f"{trips} round trips",
        f"time x{around(row['ratio'])}",
        f"CPU x{around(row['cpu_ratio'])}",
    ]


def _pool(row: Row) -> list[str]:
    return [
        NAMES[row["database"]],
        f"pool of {row['pool']}",
        f"{row['rate'][1]:.0f}/s",
        f"time x{around(row['ratio'])}",
        f"{row['opened']} opened",
        f"{row['per_thousand']} in 1000 reads",
    ]


def _growth(row: Row) -> list[str]:
    return [
        NAMES[row["database"]],
        row["question"],
        f"{row['rows']} rows",
        milliseconds(row["seconds"][1]),
        ", ".join(row.get("indexes") or []),
    ]


def _contention(row: Row) -> list[str]:
    return [
        NAMES[row["database"]],
        f"{row['distance'] * 1000:g} ms away",
        row["kind"],
        f"{row['connections']} connections",
        f"{around(row['rate'], 0)}/s",
    ]


def _bar(row: Row) -> list[str]:
    verdict = "met" if row["met"] else "MISSED" if row["exact"] else "not met"
    return [verdict, row["name"], row["limit"], row["measured"]]
