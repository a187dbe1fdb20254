"""What the bank promises of its costs, and whether a run has kept it.

Counts are exact, and must keep their limits. Times have a spread, and miss a
limit only where all of it, from quartile to quartile, is on the wrong side.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from bank.db.engine import POOL_SIZE
from bench.contention import DISTANCES
from bench.layers import BASE, PEERS
from bench.options import OWN_POOL

Row = Mapping[str, Any]
Results = Mapping[str, Any]

PATTERN = 1.02
"""What a repository call may cost at most, with by hand as 1."""

TRANSFER = 3_729
"""The function calls that a transfer may make on PostgreSQL: 0.65 of what it
made when it changed objects and let the session write (5,738)."""

TRIPS = {"transfer": 8, "id": 3}
"""The round trips that an operation may take on PostgreSQL."""


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
    return [
        bar._asdict()
        for part, check in _CHECKS
        if results[part]
        for bar in check(results[part])
    ]


def _layers(rows: list[Row]) -> Iterator[Bar]:
    """Compare the bank with the ORM by hand, and with its peers."""
    found = {(r["database"], r["operation"], r["layer"]): r for r in rows}
    keys = {key[:2]: None for key in found}
    by_hand = [
        (
            f"{operation} on {database}",
            found[database, operation, "bank"],
            found[database, operation, BASE],
        )
        for database, operation in keys
    ]
    peers = [
        (
            f"{operation} on {database}, {peer}",
            found[database, operation, "bank"],
            found[database, operation, peer],
        )
        for database, operation in keys
        for peer in PEERS
    ]
    for other, pairs, limit in (
        ("the ORM by hand", by_hand, PATTERN),
        ("advanced-alchemy and SQLModel", peers, 1),
    ):
        worst, where = max(
            (bank["calls"] / base["calls"], where)
            for where, bank, base in pairs
        )
        yield Bar(
            f"Function calls, relative to {other}",
            f"at most {limit}",
            f"{worst:.3f} at worst ({where})",
            worst <= limit,
        )
        low, middle, where = max(
            (
                bank["cpu"][0] / base["cpu"][2],
                bank["cpu"][1] / base["cpu"][1],
                where,
            )
            for where, bank, base in pairs
        )
        yield Bar(
            f"Processor time, relative to {other}",
            f"at most {limit}",
            f"{middle:.2f} at worst ({where}), and {low:.2f} from the bank's"
            " lower quartile to the other's upper one",
            low <= limit,
        )
    if ("postgresql", "transfer") not in keys:
        return
    calls = found["postgresql", "transfer", "bank"]["calls"]
    yield Bar(
        "Function calls of a transfer on PostgreSQL",
        f"at most {TRANSFER:,}",
        f"{calls:,}",
        calls <= TRANSFER,
    )
    for operation, limit in TRIPS.items():
        trips = found["postgresql", operation, "bank"]["round_trips"]
        yield Bar(
            f"Round trips of '{operation}' on PostgreSQL",
            f"at most {limit}",
            f"{trips:g}",
            trips <= limit,
        )


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
        f"{row['question']} on {row['database']}"
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
            f"Deposits per second on {database}, at a distance of"
            f" {DISTANCES[-1] * 1000:g} ms, relative to one connection",
            "above 1.5",
            f"{grown:.1f} with {best} connections",
            grown > 1.5,
        )


def _web(rows: list[Row]) -> Iterator[Bar]:
    """Check that the bank serves more requests than its peers."""
    what = ("database", "loop", "connections", "operation")
    found = {
        (*(row[name] for name in what), row["layer"]): row for row in rows
    }
    compared = [
        (row, found[*key, peer])
        for (*key, layer), row in found.items()
        if layer == "bank"
        for peer in PEERS
    ]
    behind = [
        f"{bank['operation']} on {bank['database']} ({peer['layer']})"
        for bank, peer in compared
        if bank["rate"][2] < peer["rate"][0]
    ]
    ahead = sum(bank["rate"][1] > peer["rate"][1] for bank, peer in compared)
    yield Bar(
        "Requests per second, relative to advanced-alchemy and SQLModel",
        "behind on no row",
        "; behind on ".join(
            [f"ahead on {ahead} of {len(compared)} rows", *behind]
        ),
        not behind,
    )


_CHECKS: tuple[tuple[str, Callable[[list[Row]], Iterator[Bar]]], ...] = (
    ("layers", _layers),
    ("pools", _pools),
    ("growth", _growth),
    ("contention", _contention),
    ("web", _web),
)
