"""Build the site from the staged book, and say when it is good."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from press.book.book import Book, PressError
from press.system.process import run

EXECUTING = "Executing notebook"  # how MyST-NB begins to run a notebook
JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")


def build(book: Book, variables: Mapping[str, str]) -> Path:
    """Build a book's site, apart from the one that is published.

    Warnings are errors, also those about names that nothing has. Sphinx reads
    and writes again what has changed; `press.site.extension` has it write all
    pages where a target of links is gone, and removes pages that are gone.

    Args:
        book: The book, its notebooks executed and laid out.
        variables: The environment.

    Returns:
        The folder of the site, for `publish` to take.

    Raises:
        PressError: The build failed, warned, or executed a notebook.
    """
    log = book.site / "build.log"
    _keep_only_good(book.site)
    book.site.mkdir(parents=True, exist_ok=True)
    warnings = book.site / "warnings.log"
    status = run(
        [
            *(JUPYTER_BOOK, "build", book.source, "--path-output", book.site),
            *("-W", "-n", "--keep-going"),
        ],
        cwd=book.source,
        env=variables,
        log=log,
        errors=warnings,
    )
    if status:
        raise PressError(
            f"The site does not build:\n{warnings.read_text().strip()}\n"
            f"All that Jupyter Book said is in {log}."
        )
    refuse_execution(log.read_text())
    (book.site / "good").touch()
    return book.site / "_build" / "html"


def refuse_execution(log: str) -> None:
    """Make sure that a build took every output from the executed copies.

    Args:
        log: All that Jupyter Book said.

    Raises:
        PressError: It executed a notebook.
    """
    for line in log.splitlines():
        if EXECUTING in line:
            raise PressError(
                f"The build executed a notebook that had been executed "
                f"already: {line.strip()}"
            )


def publish(new: Path, place: Path) -> Path:
    """Put a copy of a site into the place of the last one.

    Args:
        new: The site's folder, which Sphinx keeps working in.
        place: Where it goes.

    Returns:
        The first page's file.
    """
    next_one, old = (
        place.with_name(f"{place.name}.{x}") for x in ("new", "old")
    )
    for leftover in (next_one, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(new, next_one)
    if place.exists():
        place.rename(old)
    next_one.rename(place)
    shutil.rmtree(old, ignore_errors=True)
    return place / "index.html"


def _keep_only_good(site: Path) -> None:
    """Throw away what a failed or interrupted build has read.

    Sphinx warns of pages as it reads them, and a second build that finds
    them read already would pass.
    """
    good = site / "good"
    if good.exists():
        good.unlink()
    else:
        shutil.rmtree(site, ignore_errors=True)
