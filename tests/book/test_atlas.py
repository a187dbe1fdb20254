"""The error atlas: each entry has its parts, and its error really comes."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.atlas import ATLAS, read_atlas
from press.book.notebook import read
from press.making.entries import entries as reproduced
from press.making.entries import unproven

WORDS = re.compile(
    r"\[(?:[^\]\\]|\\.)*\]\((?P<page>[^)\s#]*)#(?P<anchor>[^)\s]+)\)"
)
OTHERS = {
    "(?i)unique|duplicate",
    "Error extracting attribute: Detached",
    "No module named 'psycopg'",
    "no attribute 'on_conflict_do_update'",
    "offset-naive and offset-aware",
    "surrogates not allow",
    "timed out after 5 seconds",
}
"""What is expected on the way to an entry's message, or is another form."""

QUOTED = re.compile(r"`[A-Z]\w+(?:Error|Found): ([^`]+)`")
PARTS = ("**What happened.**", "**Fix.**", "**Prevent.**", "**Seen in**")


@dataclass
class Found:
    """An entry's cells, in one place.

    Attributes:
        notebook: The notebook's file name.
        title: The heading.
        text: All its Markdown.
        patterns: Other wordings.
    """

    notebook: str
    title: str
    text: str
    patterns: list[str]

    @property
    def name(self) -> str:
        """The notebook and the heading."""
        return f"{self.notebook}: {self.title}"


def entries() -> Iterator[Found]:
    """Read the entries of the atlas."""
    for path in sorted(ATLAS.glob("*.ipynb")):
        entry = None
        for cell in read(path).cells:
            if "error" in cell.metadata:
                if entry:
                    yield entry
                title = cell.source.partition("\n")[0].removeprefix("## ")
                patterns = cell.metadata["error"]["patterns"]
                entry = Found(path.name, title, cell.source, patterns)
            elif entry and cell.cell_type == "markdown":
                entry.text += f"\n\n{cell.source}"
        if entry:
            yield entry


ENTRIES = list(entries())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_entry_has_its_parts(entry):
    """Message, cause, fix, prevention and source: a reader finds them all."""
    assert [part for part in PARTS if part not in entry.text] == []
    assert re.search(r"```text\n\S", entry.text)
    assert len(entry.patterns) >= 2


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_removed_reproduction_fails_the_build(entry):
    """Without the cells before its fix, no entry passes the contract."""
    notebook = read(ATLAS / entry.notebook)
    (entry_here,) = [
        each
        for each in reproduced(notebook)
        if each.title == entry.title and each.reproduction
    ]
    for cell in notebook.cells:
        if cell.source in entry_here.reproduction:
            cell.source = "pass"
    (found,) = unproven(notebook)
    assert repr(entry.title) in found


def test_headings_are_never_the_same():
    """An address leads to one entry."""
    pages = [entry.page for entry in read_atlas()]
    assert sorted(set(pages)) == sorted(pages)


def test_index_lists_every_entry():
    """Whoever looks through the index finds each message."""
    text = "\n".join(cell.source for cell in read(ATLAS / "index.ipynb").cells)
    listed = {
        f"notebooks/errors/{page}#{anchor}"
        for page, anchor in WORDS.findall(text)
    }
    assert {entry.page for entry in read_atlas()} <= listed


def expected(source: str) -> Iterator[str]:
    """List the messages that a cell expects."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and "expect" in ast.unparse(node.func):
            for keyword in node.keywords:
                if isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def test_what_is_expected_is_what_is_shown():
    """The messages that reproductions expect are those that entries show."""
    missed = set()
    for path in sorted(ATLAS.glob("*.ipynb")):
        for entry in reproduced(read(path)):
            for source in entry.reproduction:
                if source.startswith(("%", "!")):
                    continue
                for pattern in expected(source):
                    if not re.search(pattern.strip("^$"), entry.message):
                        missed.add(pattern)
    assert missed == OTHERS


def test_quoted_messages_are_expected_or_in_the_atlas():
    """A message that a lesson quotes is one that a cell or an entry has."""
    known = " ".join(entry.text for entry in ENTRIES)
    for path in sorted(ATLAS.parent.glob("[0-9]*.ipynb")):
        cells = read(path).cells
        code = "\n".join(x.source for x in cells if x.cell_type == "code")
        patterns = re.findall(r'match=r?"([^"]+)"', code)
        for cell in cells:
            if cell.cell_type == "code":
                continue
            for quoted in QUOTED.findall(cell.source):
                parts = [x.strip(" .'") for x in quoted.split("...")]
                assert any(
                    part in code + known for part in parts if part
                ) or any(re.search(x, quoted) for x in patterns), quoted
