"""What the bank promises of its costs, and whether a run has kept it.

Counts are exact, and each row must keep its limit. Times vary, so that a
limit on them is for the geometric mean of all rows. They are judged in full
runs alone, and only where the machine was idle at the start.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import geometric_mean
from typing import Any, NamedTuple

from bank.db.engine import POOL_SIZE
from bench.contention import DISTANCES
from bench.layers import BASE, LAYERS, PEERS
from bench.measure import FULL
from bench.options import OWN_POOL
from bench.tables import DATABASES

Row = Mapping[str, Any]
Results = Mapping[str, Any]

PATTERN = 1.02
"""What a repository call may cost at most, where by hand costs 1."""

PEER = 1.0
"""What it may cost at most where a peer costs 1."""

TRANSFER = 3_729
"""The function calls that a transfer may make on PostgreSQL: 0.65 of what it
made when it changed objects and let the session write (5,738)."""

TRIPS = {"transfer": 8, "id": 3}
"""The round trips that an operation may take on PostgreSQL."""

DEPOSITS = 1.5
"""How many times as many deposits there are, at least, on many connections."""

_IN_PROCESS = ("database", "operation")
_OVER_HTTP = (*_IN_PROCESS, "loop", "connections")


class Bar(NamedTuple):
    """One promise.

    Attributes:
        name: What is promised.
        limit: How far it goes.
        measured: What this run has measured.
        met: Whether it is kept.
    """

    name: str
    limit: str
    measured: str
    met: bool


def judge(results: Results) -> list[dict[str, Any]]:
    """Judge a run.

    Args:
        results: What was measured.

    Returns:
        The bars of which something was measured, as dictionaries.
    """
    machine = results["machine"]
    is_idle = machine["load"] <= machine["cores"] / 2
    timed = _TIMES if is_idle and results["effort"] == FULL.name else ()
    return [
        bar._asdict()
        for part, check in (*_COUNTS, *timed)
        if results[part]
        for bar in check(results[part])
    ]


def _pairs(
    rows: Sequence[Row], key: Sequence[str], others: Sequence[str]
) -> list[tuple[str, Row, Row]]:
    """Put each row of the bank next to those of other layers."""
    found = {(*(row[k] for k in key), row["layer"]): row for row in rows}
    return [
        (
            f"{row['operation']} on {DATABASES[row['database']]}, {other}",
            row,
            beside,
        )
        for (*where, layer), row in found.items()
        if layer == "bank"
        for other in others
        if (beside := found.get((*where, other)))
    ]


def _calls(rows: list[Row]) -> Iterator[Bar]:
    """Compare counts with the ORM by hand and with the peers."""
    for others, limit in (([BASE], PATTERN), (PEERS, PEER)):
        worst, where = max(
            (bank["calls"] / beside["calls"], where)
            for where, bank, beside in _pairs(rows, _IN_PROCESS, others)
        )
        yield Bar(
            f"Function calls, relative to {_names(others)}",
            f"at most {limit} on each row",
            f"{worst:.3f} at worst ({where})",
            worst <= limit,
        )
    found = {
        row["operation"]: row
        for row in rows
        if (row["database"], row["layer"]) == ("postgresql", "bank")
    }
    if not found:
        return
    calls = found["transfer"]["calls"]
    yield Bar(
        "Function calls of a transfer on PostgreSQL",
        f"at most {TRANSFER:,}",
        f"{calls:,}",
        calls <= TRANSFER,
    )
    for operation, limit in TRIPS.items():
        trips = found[operation]["round_trips"]
        yield Bar(
            f"Round trips of '{operation}' on PostgreSQL",
            f"at most {limit}",
            f"{trips:g}",
            trips <= limit,
        )


def _processor(rows: list[Row]) -> Iterator[Bar]:
    """Compare processor time with the ORM by hand and with the peers."""
    for other, limit in ((BASE, PATTERN), *((peer, 1.0) for peer in PEERS)):
        compared = [
            bank["cpu_ratio"][1] / beside["cpu_ratio"][1]
            for _, bank, beside in _pairs(rows, _IN_PROCESS, [other])
            if bank["operation"] != "transfer"  # which would flatter the mean
        ]
        mean = geometric_mean(compared)
        yield Bar(
            f"Processor time, relative to {_names([other])}, transfers aside",
            f"at most {limit:.2f} on average",
            f"{mean:.2f} ({min(compared):.2f} to {max(compared):.2f})",
            round(mean, 2) <= limit,
        )


def _web(rows: list[Row]) -> Iterator[Bar]:
    """Compare requests per second with the peers'."""
    for peer in PEERS:
        compared = [
            bank["rate"][1] / beside["rate"][1]
            for _, bank, beside in _pairs(rows, _OVER_HTTP, [peer])
        ]
        mean = geometric_mean(compared)
        yield Bar(
            f"Requests per second, relative to {_names([peer])}",
            "at least 1 on average",
            f"{mean:.2f} ({min(compared):.2f} to {max(compared):.2f})",
            mean >= 1,
        )


def _names(layers: Sequence[str]) -> str:
    return " and ".join(LAYERS[layer][0] for layer in layers)


def _pools(rows: list[Row]) -> Iterator[Bar]:
    """Check that the default pool keeps its connections."""
    opened = max(row["opened"] for row in rows if row["pool"] == OWN_POOL)
    yield Bar(
        "Connections that the default pool opens under load",
        f"at most {POOL_SIZE}",
        f"{opened}",
        opened <= POOL_SIZE,
    )


def _growth(rows: list[Row]) -> Iterator[Bar]:
    """Check that each database answers each question by an index."""
    planned = [row for row in rows if "indexes" in row]
    bad = [
        f"{row['question']} on {DATABASES[row['database']]}"
        for row in planned
        if row["whole_tables"] or not row["indexes"]
    ]
    yield Bar(
        "Questions that a database answers by an index",
        f"all {len(planned)}",
        "; not ".join([f"{len(planned) - len(bad)}", *bad]),
        not bad,
    )


def _contention(rows: list[Row]) -> Iterator[Bar]:
    """Check that deposits grow with the number of connections."""
    for database in dict.fromkeys(row["database"] for row in rows):
        rates = {
            row["connections"]: row["rate"][1]
            for row in rows
            if row["database"] == database
            and row["kind"] == "deposit"
            and row["distance"] == DISTANCES[-1]
        }
        best = max(rates, key=lambda number: rates[number])
        grown = rates[best] / rates[min(rates)]
        yield Bar(
            f"Deposits per second on {DATABASES[database]}, at a distance of"
            f" {DISTANCES[-1] * 1000:g} ms, relative to one connection",
            f"above {DEPOSITS}",
            f"{grown:.1f} with {best} connections",
            grown > DEPOSITS,
        )


_Checks = tuple[tuple[str, Callable[[list[Row]], Iterator[Bar]]], ...]
_COUNTS: _Checks = (("layers", _calls), ("pools", _pools), ("growth", _growth))
_TIMES: _Checks = (
    ("layers", _processor),
    ("contention", _contention),
    ("web", _web),
)
