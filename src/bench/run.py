"""One run of everything, in one command."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from bench.bars import judge
from bench.building import measure_building
from bench.compare import compare_layers
from bench.contention import measure_contention
from bench.databases import describe, scratch_bank
from bench.growth import measure_growth
from bench.machine import describe_machine
from bench.measure import FULL, QUICK, Effort
from bench.options import compare_options, compare_pools
from bench.plots import draw
from bench.tables import TABLES, in_terminal
from bench.web import compare_servers
from servers import Servers, running

SQLITE = "sqlite+aiosqlite:///bank.db"
"""What names SQLite; the bench makes its own file elsewhere."""

PARTS = ("layers", "options", "pools", "growth", "contention", "web")
"""What is measured."""


def run(root: Path, *, quick: bool, publish: bool) -> int:
    """Measure, show, and store the results.

    Args:
        root: The project's folder.
        quick: Whether to take a minute instead of ten.
        publish: Whether to write the results and their pictures for the book.

    Returns:
        The exit status: 1 if a bar is not met.
    """
    began = time.monotonic()
    effort = QUICK if quick else FULL
    results = describe_machine()
    with running() as servers:
        results |= asyncio.run(measure(servers, effort))
    say("Building books")
    results["building"] = measure_building(root, effort.books)
    results["seconds"] = round(time.monotonic() - began)
    results["bars"] = judge(results)
    results = shortened(results)
    for make in TABLES.values():
        say(in_terminal(make(results)))
    store(root / "_build" / "bench.json", results)
    if publish:
        store(root / "book" / "bench.json", results)
        for name, svg in draw(results).items():
            path = root / "book" / "bench" / f"{name}.svg"
            path.parent.mkdir(exist_ok=True)
            path.write_text(svg, "utf-8")
    missed = [bar["name"] for bar in results["bars"] if not bar["met"]]
    for name in missed:
        say(f"NOT MET: {name}")
    return 1 if missed else 0


async def measure(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Measure everything on every database.

    Args:
        servers: The servers there are.
        effort: How long to measure.

    Returns:
        The databases' names, and the rows of each part.
    """
    urls = {"sqlite": SQLITE} | servers.urls
    names = {name: await describe(url) for name, url in urls.items()}
    main = "postgresql" if "postgresql" in urls else "sqlite"
    found: dict[str, Any] = {"effort": effort.name, "databases": names}
    found |= {part: [] for part in PARTS}
    full = effort is FULL
    for name, url in urls.items():
        say(f"Measuring on {names[name]}")
        found["layers"] += await compare_layers(name, url, effort)
        async with scratch_bank(url) as bank:
            found["options"] += await compare_options(name, bank, effort)
            found["pools"] += await compare_pools(name, bank, effort)
            if name != "sqlite":  # which has one writer
                found["contention"] += await measure_contention(
                    name, bank, effort
                )
        found["growth"] += await measure_growth(name, url, effort)
        if full or name == main:
            whole = full and name == main
            found["web"] += await compare_servers(
                name, url, effort, whole=whole
            )
    for remedy in servers.missing.values():
        say(f"Not measured: {remedy}")
    return found


def shortened(value: Any) -> Any:
    """Round all numbers to four digits.

    Args:
        value: Results, or a part of them.

    Returns:
        The same with shorter numbers.
    """
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: shortened(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shortened(each) for each in value]
    return value


def store(path: Path, results: dict[str, Any]) -> None:
    """Write results as JSON, a line for each row.

    Args:
        path: The file, whose folder is made where it is missing.
        results: The results.
    """
    parts = []
    for key, value in results.items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list) and value:
            rows = [json.dumps(row, ensure_ascii=False) for row in value]
            text = "[\n  " + ",\n  ".join(rows) + "\n ]"
        parts.append(f" {json.dumps(key)}: {text}")
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")
    say(f"Written to {path}")


def say(text: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
