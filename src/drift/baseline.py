"""The unmutated run: every notebook passes, and shows which lines it runs."""

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from coverage import CoverageData

from drift.bench import SOURCE, Bench, on_all
from drift.mutant import Mutant
from press.book.book import PressError
from press.book.notebook import code_cells

FIRST_TIMEOUT = 300.0  # seconds, for a notebook that nobody has timed yet

CONFIG = """\
[run]
data_file = {folder}/data
parallel = true
source = {source}
concurrency = thread,greenlet
core = ctrace
disable_warnings = no-data-collected,module-not-imported,module-not-measured
"""


@dataclass(frozen=True)
class Run:
    """An unmutated notebook's run.

    Attributes:
        seconds: How long it took.
        lines: The lines that ran, by the file in ``src``.
        text: The source of its cells.
    """

    seconds: float
    lines: Mapping[str, frozenset[int]]
    text: str

    def speaks_of(self, words: Iterable[str]) -> bool:
        """Say whether a cell has one of some names in it."""
        return any(
            re.search(rf"\b{re.escape(word)}\b", self.text) for word in words
        )

    @property
    def shows_sources(self) -> bool:
        """Whether a cell calls something like ``inspect.getsource``."""
        return bool(re.search(r"source\w*\(", self.text))


Baseline = dict[str, Run]


def measure(benches: list[Bench], package: str) -> Baseline:
    """Run every notebook once, on all benches.

    Args:
        benches: The benches, with the book as it is.
        package: The package whose lines are of interest.

    Returns:
        The runs, by the notebooks' names.

    Raises:
        PressError: A notebook fails without any mutant.
    """
    names = list(benches[0].notebooks)
    runs = dict(
        on_all(
            benches, lambda each, name: _measured(each, package, name), names
        )
    )
    return {name: runs[name] for name in names}


def _measured(bench: Bench, package: str, name: str) -> Run:
    tree = bench.edition.tree
    folder = bench.edition.book.work / f"{bench.edition.name}-coverage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = folder / "coveragerc"
    config.write_text(
        CONFIG.format(folder=folder, source=tree / SOURCE / package)
    )
    reply = bench.run(name, FIRST_TIMEOUT, config)
    if reply["error"]:  # maybe for being measured
        reply = bench.run(name, FIRST_TIMEOUT)
    if reply["error"]:
        raise PressError(
            f"{name} fails without any mutant, so nothing can be told: "
            f"{reply.get('cell', '')} {reply['error']}"
        )
    text = "\n".join(
        cell.source for _, cell in code_cells(bench.notebooks[name])
    )
    return Run(reply["seconds"], _lines(folder, tree / SOURCE), text)


def _lines(folder: Path, source: Path) -> dict[str, frozenset[int]]:
    """Join what the notebook's process and those that it started measured."""
    found: dict[str, set[int]] = {}
    for path in folder.glob("data.*"):
        data = CoverageData(str(path))
        data.read()
        for file in data.measured_files():
            relative = Path(file).relative_to(source).as_posix()
            found.setdefault(relative, set()).update(data.lines(file) or [])
    return {path: frozenset(lines) for path, lines in found.items()}


def dump(baseline: Baseline) -> str:
    """Write a baseline, to be used again while nothing changes."""
    return json.dumps(
        {
            name: {
                "seconds": run.seconds,
                "text": run.text,
                "lines": {path: sorted(of) for path, of in run.lines.items()},
            }
            for name, run in baseline.items()
        }
    )


def load(text: str) -> Baseline:
    """Read what `dump` wrote."""
    return {
        name: Run(
            run["seconds"],
            {path: frozenset(of) for path, of in run["lines"].items()},
            run["text"],
        )
        for name, run in json.loads(text).items()
    }


def as_used(baseline: Baseline, mutant: Mutant) -> Mutant:
    """Follow a renamed name to its uses only if a notebook speaks of it.

    Args:
        baseline: The unmutated runs.
        mutant: The mutant.

    Returns:
        The mutant to try.
    """
    if not mutant.unfollowed or any(
        run.speaks_of(mutant.words) for run in baseline.values()
    ):
        return mutant
    return replace(mutant, edits=mutant.unfollowed)


def reach(
    baseline: Baseline, mutant: Mutant, path: str, last: str = ""
) -> list[str]:
    """List the notebooks that can notice a mutant.

    These are the ones that run its lines, and those that speak of it and show
    source code. What takes effect at import concerns every
    notebook that imports the module, unless it is a name that others speak
    of.

    Args:
        baseline: The unmutated runs.
        mutant: The mutant, as `as_used` gives it.
        path: Its module's file in ``src``.
        last: The notebook that noticed it the last time.

    Returns:
        The notebooks, those first that will tell soonest.
    """
    ranked = []
    name_alone = bool(mutant.unfollowed) and mutant.edits != mutant.unfollowed
    for name, run in baseline.items():
        if not run.lines.get(path):
            continue
        runs = bool(mutant.lines & run.lines[path])
        speaks = run.speaks_of(mutant.words)
        looks = speaks and run.shows_sources
        needed = speaks if name_alone else looks or not mutant.lines
        if runs or needed:
            ranked.append(
                (name != last, not runs, not speaks, run.seconds, name)
            )
    return [name for *_, name in sorted(ranked)]
