"""One run of everything, in one command."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from bench import bars, report
from bench.databases import Databases, databases, describe, filled_bank
from bench.effort import FULL, QUICK, Effort
from bench.growth.compare import measure_growth
from bench.growth.contention import measure_contention
from bench.http.compare import compare_servers
from bench.in_process import compare_layers
from bench.machine import describe_machine
from bench.options.compare import compare_options
from bench.options.pools import compare_pools

Rows = list[dict[str, Any]]

FIRST = ("postgresql", "sqlite")
"""The database of the whole comparison over HTTP: the first there is."""


def run(root: Path, *, quick: bool, publish: bool) -> int:
    """Measure, show, and store the results.

    Args:
        root: The project's folder.
        quick: Whether to take a minute instead of ten.
        publish: Whether the book is to show the results.

    Returns:
        The process's exit status: 1 if an exact promise is broken.
    """
    effort = QUICK if quick else FULL
    began = time.monotonic()
    results = describe_machine(root) | {"effort": effort.name}
    with databases() as found:
        results |= asyncio.run(measure(found, effort))
    results["seconds"] = round(time.monotonic() - began)
    results["bars"] = bars.judge(results)
    results = shortened(results)
    report.show(results)
    path = root / "_build" / "bench.json"
    paths = [path, root / "book" / "bench.json"] if publish else [path]
    for each in paths:
        each.parent.mkdir(exist_ok=True)
        each.write_text(dump(results), "utf-8")
        report.say(f"Written to {each}")
    for name in bars.missed(results["bars"]):
        report.say(f"MISSED: {name}")
    return 1 if bars.missed(results["bars"]) else 0


async def measure(found: Databases, effort: Effort) -> dict[str, Any]:
    """Measure everything on every database.

    Args:
        found: The databases.
        effort: How long to measure.

    Returns:
        The rows of each part.
    """
    names = {name: await describe(url) for name, url in found.urls.items()}
    first = next(name for name in FIRST if name in names)
    parts: dict[str, Rows] = {
        part: []
        for part in (
            *("layers", "options", "pools", "http", "growth", "contention"),
        )
    }
    for name, url in found.urls.items():
        whole = name == first
        _say(names[name], "layers")
        parts["layers"] += await compare_layers(name, url, effort)
        if whole or effort.every_database:
            _say(names[name], "HTTP")
            parts["http"] += await compare_servers(
                name, url, effort, whole=whole and effort.every_database
            )
        async with filled_bank(url) as bank:
            _say(names[name], "options")
            parts["options"] += await compare_options(name, bank, effort)
            parts["pools"] += await compare_pools(name, bank, effort)
            if name != "sqlite":  # which has one writer
                _say(names[name], "writers")
                parts["contention"] += await measure_contention(
                    name, bank, effort
                )
        _say(names[name], "growth")
        parts["growth"] += await measure_growth(name, url, effort)
    return {"databases": names, "missing": found.missing, **parts}


def shortened(value: Any) -> Any:
    """Round what was measured to four digits.

    Args:
        value: Results, or a part of them.

    Returns:
        The same with shorter numbers.
    """
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: shortened(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [shortened(each) for each in value]
    return value


def dump(results: dict[str, Any]) -> str:
    """Write results as JSON, a line for each row.

    Args:
        results: The results.

    Returns:
        The file's content.
    """
    parts = []
    for key, value in results.items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list):
            rows = [json.dumps(row, ensure_ascii=False) for row in value]
            text = "[\n  " + ",\n  ".join(rows) + "\n ]" if rows else "[]"
        parts.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _say(database: str, part: str) -> None:
    report.say(f"{database}: {part}")
