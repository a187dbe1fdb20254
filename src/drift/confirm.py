"""Try a few mutants again in real kernels, as the press executes notebooks.

The gate runs notebooks in a shell of its own. Here nbmake runs them, and the
two must agree on what is noticed.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping

from drift.baseline import as_used
from drift.bench import Bench
from drift.generate import files
from drift.judge import Task, Verdict
from drift.mutant import Mutant
from press.book.notebook import dump, read
from press.making.check import of_executed
from press.making.execute import prepared, run_staged
from press.making.stage import write_if_changed

EACH = 4  # mutants that were caught, and as many that survived
MOST = 2  # notebooks on which a survivor is tried again
SEED = 20  # the same draw in each run of the same mutants


def draw(
    mutants: Iterable[Mutant], verdicts: Mapping[str, Verdict], database: str
) -> list[Mutant]:
    """Choose mutants to try again.

    Args:
        mutants: The mutants.
        verdicts: Their verdicts.
        database: The database that they are to be tried on.

    Returns:
        Some that were caught there, and some that survived.
    """
    of = {"caught": [], "survived": []}  # type: dict[str, list[Mutant]]
    for mutant in sorted(mutants, key=lambda each: each.id):
        verdict = verdicts[mutant.id]
        if verdict.outcome == "survived" or verdict.database == database:
            of[verdict.outcome].append(mutant)
    chance = random.Random(SEED)  # noqa: S311 - a draw, no secret
    return [
        mutant
        for each in of.values()
        for mutant in chance.sample(each, min(EACH, len(each)))
    ]


def disagreements(
    bench: Bench,
    task: Task,
    drawn: Iterable[Mutant],
    verdicts: Mapping[str, Verdict],
) -> Iterator[str]:
    """Try mutants in real kernels.

    Args:
        bench: Where.
        task: The package and its unmutated runs.
        drawn: The mutants.
        verdicts: What the gate says of them.

    Yields:
        A sentence for each on which a kernel disagrees.
    """
    for mutant in drawn:
        verdict = verdicts[mutant.id]
        caught = verdict.outcome == "caught"
        names = [verdict.notebook] if caught else verdict.reached[:MOST]
        tried = as_used(task.baseline, mutant)
        bench.put(files(task.package, tried))
        try:
            noticed = list(_noticing(bench, names))
        finally:
            bench.restore()
        if caught and not noticed:
            yield (
                f"{mutant.id}: the gate says that {verdict.notebook} notices "
                f"it ({verdict.error}), but a kernel runs it without a fault."
            )
        if not caught and noticed:
            yield (
                f"{mutant.id}: the gate says that nobody notices it, but in a "
                f"kernel {noticed[0]} does."
            )


def _noticing(bench: Bench, names: Collection[str]) -> Iterator[str]:
    """List the notebooks that fail in a kernel, or break the contract."""
    edition = bench.edition
    for name in names:
        write_if_changed(
            edition.tree / name, dump(prepared(bench.notebooks[name]))
        )
    log = edition.book.work / f"{edition.name}-kernels.log"
    outcomes = run_staged(edition, names, log)
    for name in names:
        executed = read(edition.tree / name)
        write_if_changed(edition.tree / name, dump(bench.notebooks[name]))
        if not outcomes[name]["passed"] or any(of_executed(executed)):
            yield name
