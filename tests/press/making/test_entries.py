"""An entry of an error atlas whose reproduction vanishes is reported."""

import re
from copy import deepcopy

import pytest
from nbformat import NotebookNode

from press.making.check import of_source
from press.making.entries import entries
from tests.press.samples import code, notebook, text

FIXED = [text("**Fix.** Come up."), code("surface()")]
TITLE = "## Too deep\n\n```text\nSinkError: a hole\n```"
SILENT = "## Silent: wet\n\n```text\n(no message)\n```"
EXPECTED = code("with lab.expect(SinkError, match='a h.le'):\n    dive()")
DEPTH = code("%time\ndepth = await dive()")
PROOF = code("# Proof: it is deep.\nassert depth == 3", tags=["proof"])


def entry(words: str, *cells: NotebookNode) -> NotebookNode:
    """Make a notebook of an entry, with another one after it."""
    title, other = text(words), text("## Dry\n\n```text\nSinkError: no\n```")
    title.metadata["error"] = other.metadata["error"] = {"patterns": []}
    dry = code("with expect(SinkError, match='no'):\n    dive()")
    return notebook(title, *cells, other, dry, *deepcopy(FIXED))


def test_entry_has_what_comes_before_its_fix() -> None:
    """A proof between them does not reproduce anything."""
    first, second = entries(entry(TITLE, EXPECTED, PROOF, *FIXED))
    assert first.title == "Too deep"
    assert first.message == "SinkError: a hole"
    assert first.reproduction == [EXPECTED.source]
    assert first.rest == [PROOF.source, "surface()"]
    assert second.title == "Dry"


@pytest.mark.parametrize(
    "good",
    [
        entry(TITLE, EXPECTED, *FIXED),
        entry(SILENT, DEPTH, *FIXED, PROOF),
        entry(SILENT, DEPTH, code("assert depth"), *FIXED),
        notebook(text("# Pond"), code("print(1)")),
    ],
)
def test_proven_entry_is_good(good: NotebookNode) -> None:
    """It expects its message, or an assert looks at what it does."""
    assert list(of_source(good)) == []


@pytest.mark.parametrize(
    "bad",
    [
        entry(TITLE, *FIXED),
        entry(TITLE, code("dive()"), *FIXED),
        entry(TITLE, DEPTH, *FIXED, PROOF),
        entry(TITLE, *FIXED, EXPECTED),
        entry(TITLE, code("with expect(A, match='water'): pass"), *FIXED),
        entry(SILENT, *FIXED, PROOF),
        entry(SILENT, DEPTH, *FIXED),
        entry(SILENT, DEPTH, *FIXED, code("assert surface")),
    ],
)
def test_entry_without_reproduction_is_reported(bad: NotebookNode) -> None:
    """Nothing before its fix would fail if the error no longer came."""
    (found,) = of_source(bad)
    assert re.search("no (assert looks at|cell before its fix)", found)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (code("print(depth)"), 1),
        (code("print(depth)", prints="3"), 0),
        (code("print(depth)\nassert depth == 3", tags=["proof"]), 0),
        (code("async def leap():\n    print(depth)"), 0),
        (code("await surface()"), 0),
    ],
)
def test_fix_promises_what_it_prints(cell: NotebookNode, number: int) -> None:
    """Whoever breaks a fix that still runs changes what it prints."""
    fixed = entry(TITLE, EXPECTED, FIXED[0], cell)
    assert len(list(of_source(fixed))) == number
    before = entry(TITLE, EXPECTED, cell, FIXED[0])
    assert list(of_source(before)) == []
