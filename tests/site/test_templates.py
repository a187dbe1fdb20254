"""The theme's template that ours replaces."""

import difflib
from pathlib import Path

import pydata_sphinx_theme  # type: ignore[import-untyped]  # no types

from tests.site.conftest import ROOT

NAME = "static/webpack-macros.html"
OURS = ROOT / "book" / "_templates" / NAME
THEME = Path(pydata_sphinx_theme.__file__).parent / "theme"
THEIRS = THEME / "pydata_sphinx_theme" / NAME


def test_our_template_is_the_themes_without_its_icon_script():
    """The copy differs from the installed theme in the one line we drop."""
    lines = difflib.ndiff(
        THEIRS.read_text(encoding="utf-8").splitlines(),
        OURS.read_text(encoding="utf-8").splitlines(),
    )
    changes = [line for line in lines if not line.startswith("  ")]
    assert len(changes) == 1
    assert changes[0].startswith("- ")
    assert "scripts/fontawesome.js" in changes[0]
