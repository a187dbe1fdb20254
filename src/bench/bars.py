"""What the bank promises of its costs, and what a run has measured."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bank.db.engine import POOL_SIZE
from bench.layers import BASE
from bench.options.pools import POOLS

Results = Mapping[str, Any]
Row = Mapping[str, Any]

PATTERN = 1.02
"""The most that a repository call may cost, by hand being one."""

TRANSFER_BEFORE = 5_738
"""The function calls of a transfer before it sent rows."""

TRANSFER = 0.65
"""The most that a transfer may cost of that."""

TRANSFER_TRIPS = 8
"""The most round trips that a transfer may take on PostgreSQL."""

READ_TRIPS = 3
"""The round trips of a read on PostgreSQL."""

PEERS = ("alchemy", "sqlmodel")
"""The layers that the bank is to be ahead of."""


@dataclass(frozen=True)
class Bar:
    """One promise.

    Attributes:
        name: What is promised.
        limit: How far it goes.
        measured: What this run has measured.
        met: Whether it is kept.
        exact: Whether it is in calls, round trips or connections. Times are
            shown, and fail nothing.
    """

    name: str
    limit: str
    measured: str
    met: bool
    exact: bool = True


def judge(results: Results) -> list[dict[str, Any]]:
    """Judge a run.

    Args:
        results: What was measured.

    Returns:
        The bars, as dictionaries.
    """
    return [asdict(bar) for bar in _bars(results)]


def missed(bars: list[dict[str, Any]]) -> list[str]:
    """List the exact promises that are broken.

    Args:
        bars: What :func:`judge` found.

    Returns:
        Their names.
    """
    return [bar["name"] for bar in bars if bar["exact"] and not bar["met"]]


def _bars(results: Results) -> Iterator[Bar]:
    """Go through all promises of which something was measured."""
    calls = {
        (row["database"], row["operation"], row["layer"]): row
        for row in results["layers"]
    }
    yield from _pattern(calls)
    yield from _peers(calls)
    yield from _postgresql(calls)
    yield from _pool(results["pools"])
    yield from _plans(results["growth"])
    yield from _deposits(results["contention"])
    yield from _http(results["http"])


def _bank_rows(
    rows: Mapping[tuple[str, str, str], Row],
) -> Iterator[tuple[str, str, Row]]:
    for (database, operation, layer), row in rows.items():
        if layer == "bank":
            yield database, operation, row


def _pattern(rows: Mapping[tuple[str, str, str], Row]) -> Iterator[Bar]:
    worst = max(
        (row["calls"] / rows[database, operation, BASE]["calls"], place)
        for database, operation, row in _bank_rows(rows)
        for place in [f"{operation} on {database}"]
    )
    yield Bar(
        "Function calls of a repository, beside the same statement by hand",
        f"at most {PATTERN:.2f}",
        f"{worst[0]:.3f} at worst ({worst[1]})",
        worst[0] <= PATTERN,
    )


def _peers(rows: Mapping[tuple[str, str, str], Row]) -> Iterator[Bar]:
    closest = max(
        (row["calls"] / rows[database, operation, peer]["calls"], place)
        for database, operation, row in _bank_rows(rows)
        for peer in PEERS
        if (database, operation, peer) in rows
        for place in [f"{operation} on {database}, {peer}"]
    )
    yield Bar(
        "Function calls beside advanced-alchemy and SQLModel, on every row",
        "below 1",
        f"{closest[0]:.3f} at worst ({closest[1]})",
        closest[0] < 1,
    )


def _postgresql(rows: Mapping[tuple[str, str, str], Row]) -> Iterator[Bar]:
    transfer = rows.get(("postgresql", "transfer", "bank"))
    read = rows.get(("postgresql", "id", "bank"))
    if transfer is None or read is None:
        return
    most = int(TRANSFER * TRANSFER_BEFORE)
    yield Bar(
        "Function calls of a transfer on PostgreSQL",
        f"at most {most:,} ({TRANSFER} of {TRANSFER_BEFORE:,})",
        f"{transfer['calls']:,}",
        transfer["calls"] <= most,
    )
    for name, row, limit in (
        ("a transfer", transfer, TRANSFER_TRIPS),
        ("a read", read, READ_TRIPS),
    ):
        yield Bar(
            f"Round trips of {name} on PostgreSQL",
            f"at most {limit}",
            f"{row['round_trips']:g}",
            row["round_trips"] <= limit,
        )


def _pool(rows: list[Row]) -> Iterator[Bar]:
    own = next(iter(POOLS))
    opened = [row["opened"] for row in rows if row["pool"] == own]
    if opened:
        yield Bar(
            "Connections that the default pool opens under load",
            f"at most {POOL_SIZE}",
            f"{max(opened)}",
            max(opened) <= POOL_SIZE,
        )


def _plans(rows: list[Row]) -> Iterator[Bar]:
    planned = [row for row in rows if row.get("indexes") is not None]
    bad = [
        f"{row['question']} on {row['database']}"
        for row in planned
        if row["whole_tables"] or not row["indexes"]
    ]
    if planned:
        yield Bar(
            "Questions that each database answers by an index",
            f"{len(planned)} of {len(planned)}",
            f"{len(planned) - len(bad)} {'; not '.join(['', *bad])}".strip(),
            not bad,
        )


def _deposits(rows: list[Row]) -> Iterator[Bar]:
    far = max((row["distance"] for row in rows), default=0)
    for database in dict.fromkeys(row["database"] for row in rows):
        rates = {
            row["connections"]: row["rate"][1]
            for row in rows
            if (row["database"], row["kind"], row["distance"])
            == (database, "deposit", far)
        }
        best = max(rates, key=lambda number: rates[number])
        grown = rates[best] / rates[min(rates)]
        yield Bar(
            f"Deposits per second on {database}, {far * 1000:g} ms away,"
            " beside those on one connection",
            "above 1",
            f"{grown:.1f} on {best} connections",
            grown > 1,
            exact=False,
        )


def _http(rows: list[Row]) -> Iterator[Bar]:
    key: Callable[[Row], tuple[object, ...]] = lambda row: (  # noqa: E731 - short
        row["database"],
        row["loop"],
        row["connections"],
        row["operation"],
    )
    found = {(*key(row), row["layer"]): row for row in rows}
    compared = [
        (row["cpu"] / found[*key(row), peer]["cpu"])
        for row in rows
        if row["layer"] == "bank"
        for peer in PEERS
        if (*key(row), peer) in found
    ]
    if compared:
        ahead = sum(each < 1 for each in compared)
        yield Bar(
            "Processor time of a request beside the ORM peers",
            "below 1 on every row",
            f"{ahead} of {len(compared)} rows,"
            f" {max(compared):.2f} at worst",
            ahead == len(compared),
            exact=False,
        )
