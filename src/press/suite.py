"""Everything that must hold before a change is taken, in one run."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from press import editions, flow
from press.book import Book, Edition, PressError
from press.lint import lint
from press.process import run
from press.servers import Servers
from press.terminal import say

COVERED = 95  # per cent of branches
MEASURED, SITE, CONTROLS = "tests/bank", "tests/site", "tests/controls"
# Tests differ in length: who has none left takes another worker's.
ON_ALL_CORES = ("-n", "auto", "--dist", "worksteal")


def test(book: Book, variables: Mapping[str, str]) -> None:
    """Check everything, up to the first step that fails.

    Args:
        book: The book.
        variables: The environment. ``REQUIRE_DATABASES`` names the
            databases that must be at hand, separated by commas.

    Raises:
        PressError: A step failed, or a required database is missing.
    """
    begun = time.monotonic()
    with _step("Lint"):
        lint(book, variables)
    with editions.at_hand(variables) as servers:
        made = editions.among(book, variables, servers)
        _with_databases(book, made, servers)
    names = ", ".join(edition.name for edition in made)
    say(f"\nAll passed, on {names}, in {_since(begun)}.")
    for name, remedy in servers.missing.items():
        say(f"Not on {name}. {remedy}")


def _with_databases(book: Book, made: list[Edition], servers: Servers) -> None:
    """Run the steps that need the databases, and the site's."""
    for_tests = {
        **made[0].variables,
        **{
            f"TEST_{name.upper()}_URL": url
            for name, url in servers.urls.items()
        },
    }
    with _step("Unit tests, with their coverage"):
        _pytest(
            book,
            for_tests,
            *("--cov", f"--cov-fail-under={COVERED}", "--cov-report=term"),
            MEASURED,
        )
    with _step("Unit tests of the rest"):  # to measure costs time there too
        _pytest(
            book,
            for_tests,
            *(f"--ignore={folder}" for folder in (MEASURED, SITE, CONTROLS)),
            "tests",
        )
    with editions.alone(made):
        proven = []
        for edition in made:
            with _step(f"Notebooks on {edition.name}"):
                proven.append((edition, flow.prove(edition)))
        with _step("Site"):
            say(f"{editions.bind(book, proven)}")
    with _step("Checks of the site"):
        _pytest(book, for_tests, SITE)
    with _step("Controls"):
        _pytest(book, for_tests, CONTROLS)


def _pytest(book: Book, variables: Mapping[str, str], *options: str) -> None:
    status = run(
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
