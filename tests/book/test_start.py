"""The page that JupyterLab opens first."""

import json
import re

import pytest

from tests.book import ROOT

CELLS = json.loads((ROOT / "START.ipynb").read_text(encoding="utf-8"))["cells"]
TEXT = "\n".join("".join(cell["source"]) for cell in CELLS)
LINKS = re.findall(r"\]\(([^)#]+)(?:#([^)]+))?\)", TEXT)


@pytest.mark.parametrize(("path", "anchor"), LINKS)
def test_its_links_lead_somewhere(path: str, anchor: str) -> None:
    """Each link names a file from the project's root, and a heading in it."""
    text = (ROOT / path).read_text(encoding="utf-8")
    headings = re.findall(r"^\s*\"?#+ (.+?)(?:\\n)?\",?$", text, re.MULTILINE)
    named = [re.sub(r"[^\w -]", "", each).lower() for each in headings]
    assert not anchor or anchor in [each.replace(" ", "-") for each in named]


def test_it_is_stored_without_outputs() -> None:
    """A version of it holds nothing of a run."""
    code = [cell for cell in CELLS if cell["cell_type"] == "code"]
    assert code
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert {cell["execution_count"] for cell in code} == {None}


def test_it_quotes_the_verdicts_of_exercises() -> None:
    """The words in quotes are those that a check begins with."""
    quoted = re.findall(r'says "([^"]+)"', TEXT)
    source = (ROOT / "src/lab/exercise.py").read_text(encoding="utf-8")
    assert quoted
    assert [words for words in quoted if f'"{words}: ' not in source] == []
