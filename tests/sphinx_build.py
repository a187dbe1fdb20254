"""Pages that Sphinx builds in a test's own process."""

from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx


def build(source: Path, out: Path) -> tuple[str, dict[str, BeautifulSoup]]:
    """Build a folder's pages, for the warnings and the pages' content.

    A second Sphinx in one process warns of what the first registered: that
    is left out.
    """
    log = out / "warnings"
    with log.open("w") as warning:
        Sphinx(
            *(str(source), str(source)),
            *(str(out / "html"), str(out / "doctrees"), "html"),
            status=None,
            warning=warning,
        ).build()
    warnings = [
        line
        for line in log.read_text().splitlines(keepends=True)
        if "is already registered" not in line
    ]
    pages = {
        path.stem: BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in (out / "html").glob("*.html")
    }
    return "".join(warnings), pages
