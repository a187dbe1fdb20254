"""The results as tables, for a terminal and for the book."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bench.layers import APP, BASE, LAYERS, NOTHING
from bench.work import OPERATIONS

Row = Mapping[str, Any]
Results = Mapping[str, Any]

DATABASES = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "mysql": "MariaDB",
}
"""What readers call the databases."""

DATABASE = "Database"
"""The heading of the column that names them."""

LAYER_LABELS = {
    NOTHING: "no database",
    **{name: label for name, (label, _) in LAYERS.items()},
    APP: "the bank's own app",
}
"""What readers call the layers."""


class Table(NamedTuple):
    """A table of text.

    Attributes:
        title: What it shows.
        head: The columns' headings.
        rows: The cells.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def with_spread(values: Sequence[float], digits: int = 2) -> str:
    """Write a median and its quartiles, as in ``1.02 (0.98 to 1.05)``."""
    low, median, high = (f"{value:,.{digits}f}" for value in values)
    return median if low == high else f"{median} ({low} to {high})"


def pivot(
    title: str,
    rows: Iterable[Row],
    down: Mapping[str, Callable[[Row], str]],
    across: Callable[[Row], str],
    cell: Callable[[Row], str],
) -> Table:
    """Lay rows out in two dimensions, in the order in which they come.

    Args:
        title: What the table shows.
        rows: What was measured.
        down: The leading columns: each heading, with what a row has there.
        across: Gives the heading of the column that a row belongs to.
        cell: Gives a row's content.

    Returns:
        The table.
    """
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    columns: dict[str, None] = {}
    for row in rows:
        key = tuple(of(row) for of in down.values())
        columns[across(row)] = None
        cells.setdefault(key, {})[across(row)] = cell(row)
    return Table(
        title,
        [*down, *columns],
        [
            [*key, *(found.get(name, "") for name in columns)]
            for key, found in cells.items()
        ],
    )


def _database(row: Row) -> str:
    return DATABASES[row["database"]]


def _layer(row: Row) -> str:
    return LAYER_LABELS[row["layer"]]


def _operation(row: Row) -> str:
    return OPERATIONS[row["operation"]][0]


def _each(title: str, rows: Iterable[Row], **columns: Any) -> Table:
    """Lay out a line for each row; a column is a function of the row."""
    return Table(
        title,
        [name.replace("_", " ") for name in columns],
        [[str(of(row)) for of in columns.values()] for row in rows],
    )


def _by_layer(
    title: str, part: str, cell: Callable[[Row], str]
) -> Callable[[Results], Table]:
    down = {DATABASE: _database, "Operation": _operation}
    return lambda results: pivot(title, results[part], down, _layer, cell)


def _over_http(
    title: str, cell: Callable[[Row], str]
) -> Callable[[Results], Table]:
    down = {
        DATABASE: _database,
        "Loop, connections": lambda row: "{loop}, {connections}".format(**row),
        "Operation": _operation,
    }
    return lambda results: pivot(title, results["web"], down, _layer, cell)


def _plans(rows: Iterable[Row]) -> Iterable[Row]:
    return [row for row in rows if "indexes" in row]


TABLES: Mapping[str, Callable[[Results], Table]] = {
    "calls": _by_layer(
        "Function calls", "layers", lambda row: f"{row['calls']:,}"
    ),
    "cpu": _by_layer(
        "Processor time, relative to the ORM by hand",
        "layers",
        lambda row: with_spread(row["cpu_ratio"]),
    ),
    "time": _by_layer(
        "Microseconds", "layers", lambda row: f"{row['seconds'][1] * 1e6:,.0f}"
    ),
    "trips": lambda results: pivot(
        "Round trips",
        [row for row in results["layers"] if row["round_trips"] is not None],
        {DATABASE: _database, "Operation": _operation},
        _layer,
        lambda row: f"{row['round_trips']:g}",
    ),
    "web": _over_http(
        "Requests per second", lambda row: f"{row['rate'][1]:,.0f}"
    ),
    "web-cpu": _over_http(
        "Milliseconds of the server's processor for a request",
        lambda row: f"{row['cpu'] * 1000:.2f}",
    ),
    "options": lambda results: _each(
        "Options",
        results["options"],
        Database=_database,
        What=lambda row: row["experiment"],
        How=lambda row: row["way"],
        Calls=lambda row: f"{row['calls']:,}",
        Round_trips=lambda row: row["round_trips"] or "",
        Processor_time=lambda row: with_spread(row["cpu_ratio"]),
    ),
    "pools": lambda results: _each(
        "Pools",
        results["pools"],
        Database=_database,
        Pool=lambda row: row["pool"],
        Reads_per_second=lambda row: f"{row['rate'][1]:,.0f}",
        Relative=lambda row: with_spread(row["ratio"]),
        Opened=lambda row: row["opened"],
        Opened_per_1000_reads=lambda row: f"{row['per_thousand']:.1f}",
    ),
    "growth": lambda results: pivot(
        "Milliseconds by rows",
        results["growth"],
        {DATABASE: _database, "Question": lambda row: row["question"]},
        lambda row: f"{row['rows']:,}",
        lambda row: f"{row['seconds'][0] * 1000:.2f}",
    ),
    "plans": lambda results: pivot(
        "Indexes",
        _plans(results["growth"]),
        {"Question": lambda row: row["question"]},
        _database,
        lambda row: ", ".join(row["indexes"]),
    ),
    "contention": lambda results: pivot(
        "Writes per second by connections",
        results["contention"],
        {
            DATABASE: _database,
            "Distance": lambda row: f"{row['distance'] * 1000:g} ms",
            "What": lambda row: row["kind"],
        },
        lambda row: str(row["connections"]),
        lambda row: f"{row['rate'][1]:,.0f}",
    ),
    "building": lambda results: _each(
        "Building a book",
        results["building"],
        Notebooks=lambda row: row["notebooks"],
        Build=lambda row: row["step"],
        Processor_seconds=lambda row: f"{row['cpu']:.1f}",
        Seconds=lambda row: f"{row['seconds']:.1f}",
    ),
    "bars": lambda results: _each(
        "Bars",
        results["bars"],
        What=lambda row: row["name"],
        Limit=lambda row: row["limit"],
        Measured=lambda row: row["measured"],
        Met=lambda row: "yes" if row["met"] else "NO",
    ),
    "machine": lambda results: Table(
        "Measured on",
        ["What", "Which"],
        [
            ["Date", results["date"]],
            *([k.capitalize(), str(v)] for k, v in results["machine"].items()),
            *([name, v] for name, v in results["versions"].items()),
            *([DATABASES[k], v] for k, v in results["databases"].items()),
            ["The run took", f"{results['seconds']} s"],
        ],
    ),
}
"""Each table by its name, from the results."""


def in_terminal(table: Table) -> str:
    """Write a table as text, with its columns aligned."""
    if not table.rows:
        return ""
    lines = [table.head, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    written = [
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join(["", f"## {table.title}", *written])


_PATTERN = (
    "A repository's call makes {:.3f} to {:.3f} times the function calls of"
    " the same statement with the ORM by hand."
)
_TRANSFER = (
    "A transfer makes {:.2f} to {:.2f} times the function calls of one that"
    " changes objects and lets the session write them."
)


def answers(results: Results) -> list[str]:
    """Say in sentences what a run has measured.

    Args:
        results: What was measured, at least in process.

    Returns:
        The sentences, each with its numbers.
    """
    rows = {
        (row["database"], row["operation"], row["layer"]): row
        for row in results["layers"]
    }
    calls = {
        key[:2]: row["calls"] / rows[*key[:2], BASE]["calls"]
        for key, row in rows.items()
        if key[2] == "bank"
    }
    plain = [each for (_, what), each in calls.items() if what != "transfer"]
    moved = [each for (_, what), each in calls.items() if what == "transfer"]
    told = [
        sentence.format(min(found), max(found))
        for sentence, found in ((_PATTERN, plain), (_TRANSFER, moved))
    ]
    main = "postgresql" if "postgresql" in results["databases"] else "sqlite"
    name = DATABASES[main]
    pools = [row for row in results["pools"] if row["database"] == main]
    if pools:
        own, last = pools[0], pools[-1]
        told.append(
            f"On {name}, the bank's pool opened"
            f" {own['per_thousand']:.1f} connections per 1,000 reads, and one"
            f" of {last['pool']} defaults, {last['per_thousand']:.1f}. That"
            f" one served {last['ratio'][1]:.2f} times as many reads."
        )
    grown = [row for row in results["growth"] if row["database"] == main]
    if planned := [row for row in grown if "indexes" in row]:
        first = {row["question"]: row for row in reversed(grown)}
        worst, what = max(
            (row["seconds"][0] / first[row["question"]]["seconds"][0], what)
            for row in planned
            for what in [row["question"]]
        )
        low, high = grown[0]["rows"], planned[0]["rows"]
        told.append(
            f"From {low:,} rows to {high:,} on {name}, the question that grew"
            f" most took {worst:.1f} times as long ({what})."
        )
    told += [
        f"{bar['name']}: {bar['measured']}."
        for bar in results["bars"]
        if bar["name"].startswith("Deposits")
    ]
    return told
