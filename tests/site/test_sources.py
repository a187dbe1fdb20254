"""The sources of the pages, before anything is built."""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path

import pydata_sphinx_theme  # type: ignore[import-untyped]  # no types

from tests.site.checks import unrun_code
from tests.site.conftest import ROOT

TEMPLATES = ROOT / "book" / "_templates"
THEME = Path(pydata_sphinx_theme.__file__).parent / "theme"


def markdown() -> Iterator[tuple[str, str]]:
    """List each page's Markdown, and each notebook's cells of it."""
    for path in [ROOT / "index.md", *(ROOT / "book").rglob("*.md")]:
        yield path.name, path.read_text(encoding="utf-8")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield path.name, "".join(cell["source"])


def test_no_page_has_code_that_nothing_runs():
    """Code is an executed cell, included from a tested file, or `text`."""
    found = {
        name: code for name, text in markdown() if (code := unrun_code(text))
    }
    assert found == {}


def test_our_template_is_the_themes_without_its_icon_script():
    """The one template that we copied differs in the one line we dropped."""
    name = "static/webpack-macros.html"
    theirs = (THEME / "pydata_sphinx_theme" / name).read_text().splitlines()
    ours = (TEMPLATES / name).read_text().splitlines()
    changes = [
        line
        for line in difflib.ndiff(theirs, ours)
        if not line.startswith("  ")
    ]
    assert len(changes) == 1
    assert changes[0].startswith("- ")
    assert "scripts/fontawesome.js" in changes[0]
