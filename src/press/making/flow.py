"""The way of a book through the press: stage, execute, check, build."""

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from press.book.book import NOTEBOOKS, Book, PressError, Run, run_by_url
from press.book.notebook import Notebooks
from press.making.build import build, publish
from press.making.check import check
from press.making.databases import at_hand, runs_on
from press.making.execute import execute
from press.making.pages import lay_out
from press.making.stage import read_all, stage
from press.system.terminal import say


def make_book(book: Book, variables: Mapping[str, str]) -> Path:
    """Make a book on one database: SQLite, or the one in ``DATABASE_URL``.

    Raises:
        PressError: As for `make`.
    """
    with alone(book):
        return make(book, [run_by_url(book, variables)])


def make_site(book: Book, variables: Mapping[str, str]) -> Path:
    """Make a book on every database that is installed.

    ``DATABASE_URL`` is left aside, and ``REQUIRE_DATABASES`` names the
    databases that must be available.

    Raises:
        PressError: As for `make`, or a required database is missing.
    """
    with alone(book), at_hand(variables) as servers:
        index = make(book, runs_on(book, variables, servers))
    for name, remedy in servers.missing.items():
        say(f"Not on {name}. {remedy}")
    return index


def make(book: Book, runs: Sequence[Run]) -> Path:
    """Execute a book's notebooks in some runs, and build the one site.

    The file of its first page is given.

    Raises:
        PressError: A notebook failed or broke the contract, or the site does
            not build. The last good site stays in its place.
    """
    notebooks = read_all(book)
    for run in runs:
        prove(run, notebooks)
    return render(book, notebooks, runs)


@contextmanager
def alone(book: Book) -> Iterator[None]:
    """Wait until no other run works on a book, and keep others out.

    The system lets go of the lock however a run ends.
    """
    book.work.mkdir(exist_ok=True)
    with (book.work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another run to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prove(run: Run, notebooks: Notebooks) -> None:
    """Execute a run's notebooks and hold them to the contract.

    Raises:
        PressError: A notebook failed, or broke the contract.
    """
    say(f"Executing the notebooks on {run.database}")
    stage(run.book, run.tree, notebooks)
    failed = execute(run, notebooks)
    found = check(run, notebooks, left_out=failed)
    found += [f"Failed: {name}: {error}" for name, error in failed.items()]
    if failed:
        copies = run.tree / NOTEBOOKS
        found.append(f"The whole tracebacks are in the copies in {copies}.")
    if found:
        raise PressError("\n".join(found))


def render(book: Book, notebooks: Notebooks, runs: Sequence[Run]) -> Path:
    """Build the site of a book whose runs are proven, and publish it.

    Raises:
        PressError: The site does not build.
    """
    say("Building the site")
    stage(book, book.source, notebooks)
    lay_out(book, notebooks, runs)
    return publish(build(book, runs[0].variables), book.html)
