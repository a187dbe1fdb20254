"""Build an edition's site from the staged book, and say when it is good."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from press.book import Edition, PressError
from press.process import run

EXECUTING = "Executing notebook"  # how MyST-NB begins to run a notebook
JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")


def build(edition: Edition, beside: Sequence[str] = ()) -> Path:
    """Build an edition's site, apart from the one that is published.

    Warnings are errors, also those about names that nothing has. Sphinx reads
    again what has changed. All pages are written anew: links from an unchanged
    page to what is gone are found so, and pages that are gone are not kept.

    Args:
        edition: The edition, its notebooks executed and laid out.
        beside: The editions that the site is bound of, this one among them,
            for readers to switch between; none if it stands alone.

    Returns:
        The folder of the site, for `publish` to take.

    Raises:
        PressError: The build failed, warned, or executed a notebook.
    """
    site, log = edition.site, edition.site / "build.log"
    html = site / "_build" / "html"
    _keep_only_good(site)
    shutil.rmtree(html, ignore_errors=True)
    site.mkdir(parents=True, exist_ok=True)
    warnings = site / "warnings.log"
    status = run(
        [
            *(JUPYTER_BOOK, "build", edition.tree, "--path-output", site),
            *("-W", "-n", "--keep-going"),
        ],
        cwd=edition.tree,
        env={
            **edition.variables,
            "PRESS_EDITION": edition.name,
            "PRESS_EDITIONS": ",".join(beside),
        },
        log=log,
        errors=warnings,
    )
    if status:
        raise PressError(
            f"The site does not build:\n{warnings.read_text().strip()}\n"
            f"All that Jupyter Book said is in {log}."
        )
    refuse_execution(log.read_text())
    (site / "good").touch()
    return html


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
    """Move a site into the place of the last one.

    Args:
        new: The site's folder.
        place: Where it goes.

    Returns:
        The first page's file.
    """
    old = place.with_name(f"{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
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
