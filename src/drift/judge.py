"""Try mutants on notebooks, until one of them notices."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from drift.baseline import Baseline, Run, as_used, reach
from drift.bench import Bench, on_all
from drift.generate import files
from drift.mutant import Mutant
from drift.source import Package

PATIENCE = 30.0  # seconds on top of the time a notebook takes by itself
SLOWER = 4.0  # how many times its own time it may take before that


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant on one database.

    Attributes:
        outcome: ``caught``, ``survived`` or ``not reached``.
        reached: The notebooks that can notice it, in the order tried.
        notebook: The notebook that did.
        cell: The id of its cell.
        error: The error's type and first line.
        database: The database on which it was noticed.
        seconds: How long it took.
    """

    outcome: str
    reached: tuple[str, ...] = ()
    notebook: str = ""
    cell: str = ""
    error: str = ""
    database: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """What mutants are tried with.

    Attributes:
        package: The package.
        baseline: The unmutated runs.
        last: The notebook that noticed a mutant the last time, by its id.
        until: The time, by `time.monotonic`, after which no other mutant is
            begun.
        measured: Whether the unmutated runs are those on this very database.
            If not, any importer may run a mutant's lines, and a notebook that
            fails must pass without the mutant to have noticed it.
        lately: The notebook that noticed a mutant of a function just now, by
            the function: what notices one often notices the next.
    """

    package: Package
    baseline: Baseline
    last: Mapping[str, str] = field(default_factory=dict)
    until: float = math.inf
    measured: bool = True
    lately: dict[str, str] = field(default_factory=dict)


def try_one(bench: Bench, task: Task, mutant: Mutant) -> Verdict | None:
    """Try a mutant on the notebooks that can notice it.

    Args:
        bench: Where.
        task: The package and its unmutated runs.
        mutant: The mutant.

    Returns:
        The verdict; None if the time is up before there is one.
    """
    mutant = as_used(task.baseline, mutant)
    if not task.measured:
        mutant = replace(mutant, lines=frozenset())
    path = task.package.modules[mutant.module].path
    place = f"{mutant.module}:{mutant.function}"
    last = task.last.get(mutant.id) or task.lately.get(place, "")
    names = tuple(reach(task.baseline, mutant, path, last))
    if not names:
        return Verdict("not reached")
    bench.put(files(task.package, mutant))
    seconds = 0.0
    try:
        for name in names:
            if time.monotonic() > task.until:
                return None
            reply = bench.run(name, patience(task.baseline[name]))
            seconds += reply["seconds"]
            if reply["error"] and (
                task.measured or _passes(bench, task, name)
            ):
                task.lately[place] = name
                return Verdict(
                    "caught",
                    names,
                    name,
                    reply.get("cell", ""),
                    reply["error"],
                    bench.database,
                    round(seconds, 2),
                )
    finally:
        bench.restore()
    return Verdict("survived", names, seconds=round(seconds, 2))


def _passes(bench: Bench, task: Task, name: str) -> bool:
    """Say whether a notebook passes with the package as it is."""
    mutated = bench.mutated()
    bench.restore()
    reply = bench.run(name, patience(task.baseline[name]))
    bench.put(mutated)
    return not reply["error"]


def patience(run: Run) -> float:
    """Tell after how many seconds a notebook counts as hanging.

    Args:
        run: Its unmutated run.

    Returns:
        The seconds.
    """
    return PATIENCE + SLOWER * run.seconds


def try_all(
    benches: list[Bench],
    task: Task,
    mutants: Iterable[Mutant],
    tell: Callable[[], None],
) -> dict[str, Verdict]:
    """Try mutants on several benches at a time.

    Args:
        benches: The benches.
        task: The package and its unmutated runs.
        mutants: The mutants.
        tell: Is called after each.

    Returns:
        The verdicts, by the ids of the mutants that were tried.
    """
    verdicts = {}
    for mutant, verdict in on_all(
        benches, lambda bench, each: try_one(bench, task, each), mutants
    ):
        tell()
        if verdict is not None:
            verdicts[mutant.id] = verdict
    return verdicts
