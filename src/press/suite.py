"""Everything that must hold before a change is taken, in one run."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from press import flow
from press.book import Book, Edition, PressError
from press.lint import lint
from press.process import run
from press.servers import ServerError, Servers, running
from press.terminal import say

DATABASES = ("sqlite", "postgresql", "mysql")
COVERED = 95  # per cent of branches


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
    try:
        with running() as servers:
            _require(variables, servers)
            _with_databases(book, variables, servers)
    except ServerError as error:
        raise PressError(str(error)) from error
    on = [name for name in DATABASES if name not in servers.missing]
    say(f"\nAll passed, on {', '.join(on)}, in {_since(begun)}.")
    for name, remedy in servers.missing.items():
        say(f"Not on {name}. {remedy}")


def _with_databases(
    book: Book, variables: Mapping[str, str], servers: Servers
) -> None:
    """Run the steps that need the databases, and the site's."""
    plain = {**variables}
    plain.pop("DATABASE_URL", None)
    for_tests = plain | {
        f"TEST_{name.upper()}_URL": url for name, url in servers.urls.items()
    }
    with _step("Unit tests"):
        _pytest(
            book,
            for_tests,
            *("-n", "auto", "--ignore=tests/site"),
            *("--cov", f"--cov-fail-under={COVERED}", "--cov-report=term"),
            "tests",
        )
    sqlite = Edition(book, "sqlite", plain)
    with flow.alone(sqlite):
        with _step("Notebooks on sqlite"):
            proven = flow.prove(sqlite)
        with _step("Site"):
            say(f"{flow.render(sqlite, proven)}")
    for name, url in servers.urls.items():
        other = Edition(book, name, plain | {"DATABASE_URL": url})
        with flow.alone(other), _step(f"Notebooks on {name}"):
            flow.prove(other)
    with _step("Checks of the site"):
        _pytest(book, for_tests, "-n", "auto", "tests/site")


def _require(variables: Mapping[str, str], servers: Servers) -> None:
    """Insist on the databases that the environment asks for."""
    required = variables.get("REQUIRE_DATABASES", "")
    names = {name.strip() for name in required.split(",") if name.strip()}
    if unknown := names - set(DATABASES):
        raise PressError(
            f"REQUIRE_DATABASES names {', '.join(sorted(unknown))}: it takes "
            f"{', '.join(DATABASES)}."
        )
    if missing := sorted(names & servers.missing.keys()):
        raise PressError("\n".join(servers.missing[name] for name in missing))


def _pytest(book: Book, variables: Mapping[str, str], *options: str) -> None:
    status = run(
        [sys.executable, "-m", "pytest", *options],
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
