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
    """Build a book's site, in a folder for `publish` to take.

    Its notebooks are executed and laid out by then. Warnings are errors, also
    those about names that nothing has. Sphinx reads and writes again what has
    changed; `press.site.extension` has it write all pages where a target of
    links is gone, and removes pages that are gone.

    Raises:
        PressError: The build failed, warned, or executed a notebook.
    """
    log = book.site / "build.log"
    warnings = book.site / "warnings.log"
    good = book.site / "good"
    if good.exists():
        good.unlink()
    else:
        # A failed or interrupted build has read pages, and warned of them. A
        # second build that finds them read already would pass.
        shutil.rmtree(book.site, ignore_errors=True)
        book.site.mkdir(parents=True, exist_ok=True)
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
    for line in log.read_text().splitlines():
        if EXECUTING in line:
            raise PressError(
                f"The build executed a notebook that had been executed "
                f"already: {line.strip()}"
            )
    good.touch()
    return book.site / "_build" / "html"


def publish(new: Path, place: Path) -> Path:
    """Put a copy of a site into the place of the last one.

    Sphinx keeps working in the folder `new`. The first page's file is given.
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
