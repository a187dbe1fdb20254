"""Everything that must hold before a change is taken, in one run.

The steps share one environment and one start of each server; nox would make
an environment for each.
"""

import os
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from press.book.book import Book, PressError, Run
from press.gates.lint import lint
from press.making import flow
from press.making.databases import at_hand, runs_on
from press.making.stage import read_all
from press.system.process import run as start
from press.system.terminal import say
from servers import Servers

# One worker more than there are cores, since tests wait for servers; they
# differ in length, so who has none left takes another worker's.
ON_ALL_CORES = (
    *("-n", str((os.cpu_count() or 1) + 1)),
    *("--dist", "worksteal", "--durations=10"),
)
STEPS = ("lint", "bank", "rest", "notebooks", "site")
"""The parts of a run, which can be asked for by themselves."""

_BANK = ("tests/bank", "tests/faults")
_SITE = ("tests/site",)


def check_all(
    book: Book, variables: Mapping[str, str], only: Collection[str] = ()
) -> None:
    """Take the steps in `only`, or all, up to the first that fails.

    Raises:
        PressError: A step failed, or a required database is missing.
    """
    begun = time.monotonic()
    steps = set(only or STEPS)
    if "lint" in steps:
        with _step("Lint"):
            lint(book, variables)
    if steps - {"lint"}:
        with at_hand(variables) as servers:
            runs = runs_on(book, variables, servers)
            _with_databases(book, runs, servers, steps)
        names = ", ".join(run.database for run in runs)
        say(f"\nAll passed, on {names}, in {_since(begun)}.")
        for name, remedy in servers.missing.items():
            say(f"Not on {name}. {remedy}")


def _with_databases(
    book: Book, runs: list[Run], servers: Servers, steps: set[str]
) -> None:
    """Take the steps that need the databases."""
    variables = {**runs[0].variables, **servers.variables}
    if steps & {"bank", "rest"}:
        with _step("Tests"):
            _pytest(book, variables, *_unit_tests(steps))
    with flow.alone(book):
        notebooks = read_all(book)
        if steps & {"notebooks", "site"}:
            for run in runs:
                with _step(f"Notebooks on {run.database}"):
                    flow.prove(run, notebooks)
        if "site" in steps:
            with _step("Site"):
                say(f"{flow.render(book, notebooks, runs)}")
    if "site" in steps:
        with _step("Checks of the site"):
            _pytest(book, variables, *_SITE)


def _unit_tests(steps: Collection[str]) -> Sequence[str]:
    """Name the tests of the code, in one run where all are asked for."""
    if "rest" not in steps:
        return _BANK
    left_out = _SITE if "bank" in steps else (*_BANK, *_SITE)
    return ["tests", *(f"--ignore={folder}" for folder in left_out)]


def _pytest(book: Book, variables: Mapping[str, str], *options: str) -> None:
    status = start(
        [sys.executable, "-m", "pytest", *ON_ALL_CORES, *options],
        cwd=book.root,
        env=variables,
    )
    if status:
        raise PressError("Tests failed: see above.")


@contextmanager
def _step(name: str) -> Iterator[None]:
    """Head a step's output, and say at its end how it went."""
    begun = time.monotonic()
    say(f"\n== {name}")
    try:
        yield
    except PressError:
        say(f"== {name}: FAILED after {_since(begun)}")
        raise
    say(f"== {name}: passed in {_since(begun)}")


def _since(begun: float) -> str:
    return f"{time.monotonic() - begun:.1f} s"
