"""Which notebooks can notice a mutant, and who is asked first."""

from drift.baseline import Run, as_used, dump, load, reach
from drift.mutant import Mutant
from drift.source import Edit

PATH = "pond/__init__.py"
RUNS = {
    "slow": Run(9.0, {PATH: frozenset({1, 2, 7})}, "dive()"),
    "quick": Run(1.0, {PATH: frozenset({1, 2, 7})}, "swim()"),
    "speaker": Run(0.5, {PATH: frozenset({1, 2})}, "show_source(dive)"),
    "importer": Run(0.1, {PATH: frozenset({1, 2})}, "import pond"),
    "stranger": Run(0.1, {}, "dive"),
}


def mutant(lines: set[int], *unfollowed: Edit) -> Mutant:
    """Make a mutant of a function called ``dive``."""
    return Mutant(
        "names",
        "pond",
        "dive",
        7,
        "changed",
        (Edit(PATH, 1, 2, "x"), Edit(PATH, 5, 6, "x")),
        lines=frozenset(lines),
        words=("dive",),
        unfollowed=unfollowed,
    )


def test_lines() -> None:
    """Those that run a line can notice, and those that look at its source."""
    assert reach(RUNS, mutant({7, 8}), PATH) == ["slow", "quick", "speaker"]


def test_import() -> None:
    """What takes effect at import concerns all that import the module."""
    assert reach(RUNS, mutant(set()), PATH) == [
        "speaker",
        "slow",
        "importer",
        "quick",
    ]


def test_last() -> None:
    """The notebook that noticed the last time is asked first."""
    assert reach(RUNS, mutant({7}), PATH, "quick")[0] == "quick"


def test_nobody() -> None:
    """A line that nobody runs, of what nobody names, is not reached."""
    silent = {name: Run(1, run.lines, "") for name, run in RUNS.items()}
    assert reach(silent, mutant({8}), PATH) == []


def test_name_that_is_spoken_of() -> None:
    """A name's uses are followed if a notebook has it; they alone can tell."""
    each = mutant(set(), Edit(PATH, 1, 2, "x"))
    assert as_used(RUNS, each) == each
    assert reach(RUNS, each, PATH) == ["speaker", "slow"]


def test_name_that_nobody_speaks_of() -> None:
    """Its uses are not followed, and every importer can tell."""
    silent = {name: Run(1, run.lines, "") for name, run in RUNS.items()}
    each = mutant(set(), Edit(PATH, 1, 2, "x"))
    used = as_used(silent, each)
    assert used.edits == each.unfollowed
    assert len(reach(silent, used, PATH)) == 4


def test_kept() -> None:
    """A baseline is the same when it is read again."""
    assert load(dump(RUNS)) == RUNS
