"""The gate's results on pages."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from drift.page import percent
from press.book.stamp import source_hash
from tests.drift.conftest import PYPROJECT
from tests.sphinx_build import build as build_pages

CONFIG = """
extensions = ["myst_nb", "press.site.extension"]
nb_execution_mode = "off"
"""
RESULTS: dict[str, Any] = {
    "caught": {"pond:a": "notebooks/frog.ipynb"},
    "databases": ["sqlite", "postgresql"],
    "date": "2026-11-22",
    "equivalents": {"pond:b": "Nobody can see the difference."},
    "functions": {"pond.dive": {"caught": 996, "survived": 1}},
    "kinds": {
        "names": {"caught": 990, "equivalent": 1},
        "bodies": {"caught": 9, "survived": 1, "not reached": 2},
    },
    "lessons": {"frog.ipynb": {"reached": 7, "caught": 5, "survived": 1}},
    "seconds": 754,
    "source": "0123456789ab",
    "survivors": [
        {
            "id": "pond:c",
            "place": "pond:7",
            "what": "depth + 1: sign turned",
            "reason": "Nobody swims there.",
        }
    ],
    "versions": {"Python": "3.11.7"},
}
PARTS = ("summary", "kinds", "lessons", "functions", "survivors")
PAGE = "# Check\n\n" + "\n".join(
    f"```{{drift}} {part}\n```\n" for part in (*PARTS, "equivalents")
)

Build = Callable[[dict[str, Any] | None], dict[str, BeautifulSoup]]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Give a function that builds a landing page and one with the results."""

    def build(results: dict[str, Any] | None) -> dict[str, BeautifulSoup]:
        files = {
            "conf.py": CONFIG,
            "pyproject.toml": PYPROJECT,
            "src/pond/__init__.py": "",
            "check.md": PAGE,
            "frog.md": "# The frog\n",
            "index.md": "# Pond\n\n```{drift} badge\n:page: check\n```\n\n"
            "```{toctree}\ncheck\nfrog\n```\n",
        }
        if results is not None:
            files["drift.json"] = json.dumps(results)
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        warnings, pages = build_pages(tmp_path, tmp_path)
        assert warnings == ""
        return {name: pages[name] for name in ("index", "check")}

    return build


def test_results(build: Build) -> None:
    """Every number, name and reason of the results is on the page."""
    page = build(RESULTS)["check"]
    text = " ".join(page.get_text(" ").split())
    assert (
        "notice 999 of 1002 breakages, 99.7 %; 1 more changes nothing" in text
    )
    assert "Measured on 2026-11-22 on SQLite, PostgreSQL with" in text
    assert "Python 3.11.7 , in 12 minutes" in text.replace("7,", "7 ,")
    assert "pond:7 depth + 1: sign turned Nobody swims there." in text
    assert "pond:b Nobody can see the difference." in text
    assert "pond.dive 996 1 0 0" in text
    assert "bodies 9 1 2 0" in text
    [row] = page.select('tr:has(a[href="frog.html"])')
    assert " ".join(row.get_text(" ").split()) == "The frog 7 5 1"


def test_source(build: Build, tmp_path: Path) -> None:
    """The page says whether it was measured for the source that it shows."""
    other = build(RESULTS)["check"].get_text()
    assert "from source 0123456789ab." in other
    assert "which is another one" in other
    current = {**RESULTS, "source": source_hash(tmp_path)}
    same = build(current)["check"].get_text()
    assert "built from the same source" in same


def test_badge(build: Build) -> None:
    """The badge tells the score to all, and leads to the page."""
    [badge] = build(RESULTS)["index"].select("a.drift-badge")
    assert badge["href"] == "check.html"
    [svg] = badge.select("svg[role=img]")
    assert svg["aria-label"] == (
        "999 of 1002 breakages of the code are noticed"
    )
    assert "99.7 %" in svg.get_text()


def test_unmeasured(build: Build) -> None:
    """Without results, the pages say so."""
    for page in build(None).values():
        assert "No whole run of the gate has been published" in page.get_text()


@pytest.mark.parametrize(
    ("caught", "count", "share"),
    [
        (1, 1, "100 %"),
        (9999, 10000, "99.9 %"),
        (1, 3, "33.3 %"),
        (0, 5, "0 %"),
    ],
)
def test_percent(caught: int, count: int, share: str) -> None:
    """Only all is 100 %."""
    assert percent(caught, count) == share
