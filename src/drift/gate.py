"""The gate: mutate the package, run the notebooks, hold the bars."""

import hashlib
import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from drift import baseline as unmutated
from drift import changes, confirm, generate, harmless, report
from drift.baseline import Baseline
from drift.bench import SOURCE, Bench, on_all
from drift.judge import Task, Verdict, patience, try_all
from drift.mutant import Mutant
from drift.settings import (
    Reasons,
    Settings,
    read_reasons,
    read_settings,
)
from drift.source import Package, read_package
from press.book import stamp
from press.book.book import Book, Edition, PressError
from press.making import editions, flow
from press.making.execute import notebook_key
from press.system.terminal import say

MOST = 8  # benches; each runs a notebook at a time
QUICK = 150.0  # seconds in which `drift` begins to try mutants
TOLD_EVERY = 20.0  # seconds


@dataclass
class Gate:
    """A run of the gate.

    Attributes:
        book: The book.
        settings: Its settings.
        variables: The environment.
        reasons: Why no notebook notices some mutants.
        verdicts: The verdicts so far.
        baseline: The unmutated runs on SQLite.
    """

    book: Book
    settings: Settings
    variables: Mapping[str, str]
    reasons: Reasons
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    baseline: Baseline = field(default_factory=dict)

    @property
    def kept(self) -> Path:
        """The file that remembers verdicts from run to run."""
        return self.book.work / "drift" / "verdicts.json"

    @property
    def last(self) -> dict[str, str]:
        """The notebook that noticed a mutant in an earlier run, by its id.

        The last published run tells it where nobody has run the gate yet.
        """
        published: dict[str, str] = {}
        if self.settings.results.exists():
            text = self.settings.results.read_text("utf-8")
            published = json.loads(text)["caught"]
        return published | {
            name: verdict.notebook
            for name, verdict in report.kept(self.kept).items()
            if verdict.notebook
        }


def check_all(book: Book, variables: Mapping[str, str]) -> None:
    """Try every mutant on every database at hand, and publish the outcome.

    Args:
        book: The book.
        variables: The environment. ``REQUIRE_DATABASES`` names the databases
            that must be at hand; ``DATABASE_URL`` is left aside.

    Raises:
        PressError: A bar is missed, a control fails, or notebooks fail
            without any mutant.
    """
    begun = time.monotonic()
    gate = _open(book, variables)
    with ExitStack() as stack:
        stack.enter_context(_alone(book))
        first = stack.enter_context(benches(gate, "sqlite"))
        package = _package(gate, first)
        mutants = generate.mutants(package)
        source = stamp.source_hash(first[0].edition.tree)
        _refuse_unknown(gate, mutants)
        baseline = gate.baseline = _baseline(gate, first)
        if found := list(_controls(first, package, baseline)):
            raise PressError("\n".join(found))
        task = Task(package, baseline, gate.last)
        _try(gate, first, task, mutants)
        databases = ["sqlite"]
        versions = stamp.versions(("SQLAlchemy", "IPython"))
        missing = _on_servers(gate, package, mutants, databases)
        drawn = confirm.draw(mutants, gate.verdicts, "sqlite")
        say(f"Trying {len(drawn)} of them again in real kernels")
        found = [*confirm.disagreements(first[0], task, drawn, gate.verdicts)]
    found += _wrongly_listed(gate)
    lacking = report.missed(mutants, gate.verdicts, gate.reasons)
    count = len(mutants) - len(gate.reasons.equivalent)
    made_of = {
        "source": source,
        "package": gate.settings.package,
        "versions": versions,
        "databases": databases,
        "confirmed": len(drawn),
        "seconds": round(time.monotonic() - begun),
    }
    gate.settings.results.write_text(
        report.published(mutants, gate.verdicts, gate.reasons, made_of)
    )
    _say_all(gate, mutants, lacking)
    say(
        f"{count - len(lacking)} of {count} mutants noticed, "
        f"{len(gate.reasons.equivalent)} equivalent, on "
        f"{', '.join(databases)}, in {time.monotonic() - begun:.0f} s: "
        f"{gate.settings.results}"
    )
    for remedy in missing:
        say(f"Not tried on all databases. {remedy}")
    found += report.score(mutants, gate.verdicts, gate.reasons)
    if found:
        raise PressError("\n".join(found))


def check_changes(
    book: Book, variables: Mapping[str, str], commit: str = ""
) -> None:
    """Try the mutants of what has changed since a commit.

    A mutant that a changed notebook used to notice is tried again, too. The
    time is limited: what there was no time for is said.

    Args:
        book: The book.
        variables: The environment.
        commit: The commit; see `changes.since`.

    Raises:
        PressError: A mutant goes unnoticed that nobody has accepted, or
            notebooks fail without any mutant.
    """
    begun = time.monotonic()
    gate = _open(book, variables)
    changed = changes.since(book, commit)
    with ExitStack() as stack:
        stack.enter_context(_alone(book))
        package = read_package(book.root / SOURCE, gate.settings.package)
        mutants = generate.mutants(package)
        _refuse_unknown(gate, mutants)
        chosen = _chosen(gate, package, mutants, changed)
        if not chosen:
            say("No mutant is concerned by what has changed.")
            return
        say(f"{len(chosen)} of {len(mutants)} mutants are concerned")
        first = stack.enter_context(benches(gate, "sqlite"))
        baseline = gate.baseline = _baseline(gate, first)
        until = begun + QUICK
        task = Task(package, baseline, gate.last, until)
        _try(gate, first, task, chosen)
        left = [
            each
            for each in _unnoticed(gate, chosen)
            if each.id in gate.verdicts
        ]
        if left and time.monotonic() < until:
            _on_servers(gate, package, left, [], until)
    tried = [each for each in chosen if each.id in gate.verdicts]
    lacking = report.missed(tried, gate.verdicts, gate.reasons)
    _say_all(gate, tried, lacking)
    say(
        f"{len(tried) - len(lacking)} of {len(tried)} mutants noticed, in "
        f"{time.monotonic() - begun:.0f} s"
    )
    if len(tried) < len(chosen):
        say(
            f"There was no time for {len(chosen) - len(tried)} more: `make "
            "drift-all` tries all."
        )
    if new := report.new(lacking, gate.reasons):
        raise PressError(
            f"{len(new)} mutants go unnoticed: a page claims too little of "
            "what they change. Claim it there, or leave the code out."
        )


def _open(book: Book, variables: Mapping[str, str]) -> Gate:
    settings = read_settings(book)
    plain = {**variables}
    plain.pop("DATABASE_URL", None)
    return Gate(book, settings, plain, read_reasons(settings))


@contextmanager
def _alone(book: Book) -> Iterator[None]:
    """Keep other runs of the gate out: they would share the benches."""
    with flow.alone(Edition(book, "drift", {})):
        yield


@contextmanager
def benches(
    gate: Gate, database: str, count: int = 0
) -> Iterator[list[Bench]]:
    """Set benches up, each on a server of its own where it needs one.

    Args:
        gate: The gate.
        database: ``sqlite``, ``postgresql`` or ``mysql``.
        count: How many; by default one for each processor.

    Yields:
        The benches, all with the same code; none where there is no server.

    Raises:
        PressError: The code changed while it was copied.
    """
    count = count or min(os.cpu_count() or 1, MOST)
    with ExitStack() as stack:
        made = []
        for number in range(count):
            variables, own = dict(gate.variables), False
            if database != "sqlite":
                servers = stack.enter_context(editions.at_hand(gate.variables))
                if database not in servers.urls:
                    break
                variables["DATABASE_URL"] = servers.urls[database]
                own = database in servers.programs
            made.append(
                stack.enter_context(
                    Bench(
                        gate.book,
                        f"{database}-{number}",
                        variables,
                        database,
                        own_server=own,
                    )
                )
            )
        states = {_state(bench) for bench in made}
        if len(states) > 1:
            raise PressError(
                "The book changed while it was copied: run it again."
            )
        yield made


def _state(bench: Bench) -> str:
    """Name the code of the package and of the notebooks on a bench."""
    source = stamp.source_hash(bench.edition.tree)
    keys = [
        notebook_key(notebook, source) for notebook in bench.notebooks.values()
    ]
    parts = [bench.database, *keys]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _package(gate: Gate, first: list[Bench]) -> Package:
    return read_package(first[0].edition.tree / SOURCE, gate.settings.package)


def _baseline(gate: Gate, on: list[Bench]) -> Baseline:
    """Run the notebooks unmutated, unless nothing has changed since."""
    path = gate.book.work / "drift" / f"baseline-{on[0].database}.json"
    state = _state(on[0])
    if path.exists():
        kept = json.loads(path.read_text())
        if kept["state"] == state:
            return unmutated.load(kept["runs"])
    say(f"Running the notebooks without any mutant on {on[0].database}")
    baseline = unmutated.measure(on, gate.settings.package)
    path.write_text(
        json.dumps({"state": state, "runs": unmutated.dump(baseline)})
    )
    return baseline


def _controls(
    on: list[Bench], package: Package, baseline: Baseline
) -> Iterator[str]:
    """Plant what each notebook must notice, and what none may notice."""
    top = package.modules[package.name].path
    broken = {top: b'raise RuntimeError("planted")\n'}
    importing = [
        name for name, run in baseline.items() if any(run.lines.values())
    ]
    if not importing:
        raise PressError(f"No notebook imports {package.name}.")
    yield from (
        f"{name} does not notice that {package.name} cannot be imported, so "
        "it runs something else than the mutants."
        for name, reply in _run_all(on, broken, baseline, importing)
        if not reply["error"]
    )
    for what, files in harmless.changes(package):
        say(f"Making sure that no notebook minds: {what}")
        yield from (
            f"{name} minds a harmless change ({what}): cell "
            f"{reply.get('cell', '')}: {reply['error']}"
            for name, reply in _run_all(on, files, baseline, importing)
            if reply["error"]
        )


def _run_all(
    on: list[Bench],
    files: Mapping[str, bytes],
    baseline: Baseline,
    names: list[str],
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run notebooks with other files on all benches."""
    for bench in on:
        bench.put(files)
    try:
        yield from on_all(
            on,
            lambda bench, name: bench.run(name, patience(baseline[name])),
            names,
        )
    finally:
        for bench in on:
            bench.restore()


def _try(
    gate: Gate, on: list[Bench], task: Task, mutants: list[Mutant]
) -> None:
    """Try mutants on one database, and join the verdicts with earlier ones."""
    say(f"Trying {len(mutants)} mutants on {on[0].database}")
    count = 0
    begun = told = time.monotonic()

    def tell() -> None:
        nonlocal count, told
        count += 1
        if time.monotonic() - told > TOLD_EVERY:
            told = time.monotonic()
            say(f"  {count} tried in {told - begun:.0f} s")

    for name, verdict in try_all(on, task, mutants, tell).items():
        earlier = gate.verdicts.get(name)
        gate.verdicts[name] = _joined(earlier, verdict) if earlier else verdict
    report.keep(gate.kept, gate.verdicts)


def _joined(one: Verdict, two: Verdict) -> Verdict:
    """Join the verdicts on two databases: caught anywhere is caught."""
    reached = tuple(dict.fromkeys((*one.reached, *two.reached)))
    seconds = round(one.seconds + two.seconds, 2)
    for each in (one, two):
        if each.outcome == "caught":
            return replace(each, reached=reached, seconds=seconds)
    outcome = "survived" if reached else "not reached"
    return Verdict(outcome, reached, seconds=seconds)


def _unnoticed(gate: Gate, mutants: list[Mutant]) -> list[Mutant]:
    return [
        each
        for each in mutants
        if each.id not in gate.verdicts
        or gate.verdicts[each.id].outcome != "caught"
    ]


def _on_servers(
    gate: Gate,
    package: Package,
    mutants: list[Mutant],
    databases: list[str],
    until: float = math.inf,
) -> list[str]:
    """Try what nobody has noticed so far on the servers at hand.

    Returns:
        What to do about the databases that are missing.
    """
    missing = []
    for database in ("postgresql", "mysql"):
        left = _unnoticed(gate, mutants)
        if not left or time.monotonic() > until:
            break
        with benches(gate, database) as on:
            if not on:
                missing.append(f"{database} is not installed.")
                continue
            databases.append(database)
            if until == math.inf:
                baseline, measured = _baseline(gate, on), True
            else:  # there is no time to measure here
                baseline, measured = gate.baseline, False
            task = Task(package, baseline, gate.last, until, measured)
            _try(gate, on, task, left)
    return missing


def _chosen(
    gate: Gate,
    package: Package,
    mutants: list[Mutant],
    changed: changes.Changes,
) -> list[Mutant]:
    """Choose the mutants that a change may concern."""
    chosen = {
        mutant.id for mutant in changes.concerned(package, mutants, changed)
    } | {
        name
        for name, notebook in gate.last.items()
        if notebook in changed.notebooks
    }
    return [mutant for mutant in mutants if mutant.id in chosen]


def _refuse_unknown(gate: Gate, mutants: list[Mutant]) -> None:
    """Refuse reasons for what is no mutant."""
    listed = gate.reasons.equivalent | gate.reasons.accepted
    if unknown := sorted(listed.keys() - {each.id for each in mutants}):
        raise PressError(
            f"{gate.settings.reasons} lists what is no mutant (any more): "
            f"{'; '.join(unknown)}."
        )


def _wrongly_listed(gate: Gate) -> Iterator[str]:
    for name in gate.reasons.equivalent | gate.reasons.accepted:
        verdict = gate.verdicts[name]
        if verdict.outcome == "caught":
            yield (
                f"{gate.settings.reasons} lists {name}, but "
                f"{verdict.notebook} notices it ({verdict.error}): strike it "
                "out."
            )


def _say_all(gate: Gate, tried: list[Mutant], lacking: list[Mutant]) -> None:
    """Say what became of the mutants, and where the unnoticed ones are."""
    for line in report.by_function_and_lesson(
        tried, gate.verdicts, gate.reasons
    ):
        say(f"  {line}")
    for mutant in lacking:
        say(
            f"  unnoticed: {report.describe(mutant, gate.verdicts[mutant.id])}"
        )
