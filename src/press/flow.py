"""The way of a book through the press: stage, execute, check, build."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from press.book import Edition, PressError
from press.build import build, publish
from press.check import check
from press.execute import execute
from press.notebook import Notebooks
from press.pages import lay_out
from press.stage import stage
from press.terminal import say


def make(edition: Edition) -> Path:
    """Make an edition of a book.

    Args:
        edition: The edition.

    Returns:
        The site's first page.

    Raises:
        PressError: A notebook failed or broke the contract, or the site does
            not build. The last good site stays in its place.
    """
    with alone(edition):
        return publish(render(edition, prove(edition)), edition.book.html)


@contextmanager
def alone(edition: Edition) -> Iterator[None]:
    """Wait until no other run works on an edition, and keep others out.

    The system lets go of the lock however a run ends.

    Args:
        edition: The edition.
    """
    edition.book.work.mkdir(exist_ok=True)
    with (edition.book.work / f"{edition.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another run on {edition.name} to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prove(edition: Edition) -> Notebooks:
    """Execute an edition's notebooks and hold them to the contract.

    Args:
        edition: The edition.

    Returns:
        The notebooks that are proven.

    Raises:
        PressError: A notebook failed, or broke the contract.
    """
    say(f"Executing the notebooks on {edition.name}")
    notebooks = stage(edition)
    failed = execute(edition, notebooks)
    found = check(edition, notebooks, left_out=failed)
    if failed:
        copies = edition.tree / edition.book.notebooks
        found.append(
            f"Failed: {', '.join(failed)}. The whole tracebacks are in the "
            f"copies in {copies}."
        )
    if found:
        raise PressError("\n".join(found))
    return notebooks


def render(
    edition: Edition, notebooks: Notebooks, beside: Sequence[str] = ()
) -> Path:
    """Build the site of an edition whose notebooks are proven.

    Args:
        edition: The edition.
        notebooks: What `prove` gave.
        beside: The editions to switch between, if there are others.

    Returns:
        The site's folder, not yet published.

    Raises:
        PressError: The site does not build.
    """
    say(f"Building the site on {edition.name}")
    lay_out(edition, notebooks)
    return build(edition, beside)
