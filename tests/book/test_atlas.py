"""The error atlas: each entry has its parts, and its message is a run's."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from lab.atlas import ATLAS, read_atlas
from press.book.notebook import read

WORDS = re.compile(
    r"\[(?:[^\]\\]|\\.)*\]\((?P<page>[^)\s#]*)#(?P<anchor>[^)\s]+)\)"
)
PARTS = ("**What happened.**", "**Fix.**", "**Prevent.**", "**Seen in**")
QUIET = "(no message"


@dataclass
class Found:
    """An entry's cells, in one place.

    Attributes:
        name: The notebook and the heading.
        text: All its Markdown.
        code: The source of each code cell.
        patterns: Other wordings.
    """

    name: str
    text: str
    patterns: list[str]
    code: list[str] = field(default_factory=list)


def entries() -> Iterator[Found]:
    """Read the entries of the atlas."""
    for path in sorted(ATLAS.glob("*.ipynb")):
        entry = None
        for cell in read(path).cells:
            if "error" in cell.metadata:
                if entry:
                    yield entry
                title = cell.source.partition("\n")[0]
                patterns = cell.metadata["error"]["patterns"]
                entry = Found(f"{path.stem}: {title}", cell.source, patterns)
            elif entry and cell.cell_type == "code":
                entry.code.append(cell.source)
            elif entry:
                entry.text += f"\n\n{cell.source}"
        if entry:
            yield entry


ENTRIES = list(entries())


def folded(text: str) -> str:
    """Write white space in one way."""
    return " ".join(text.split())


def asserted(code: str) -> Iterator[str]:
    """List the regular expressions that a cell's errors must match."""
    tree = compile(
        code,
        "cell",
        "exec",
        ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "match":
            yield ast.literal_eval(node.value)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_entry_has_its_parts(entry):
    """Message, cause, fix, prevention and source: a reader finds them all."""
    assert [part for part in PARTS if part not in entry.text] == []
    assert re.search(r"```text\n\S", entry.text)
    assert len(entry.patterns) >= 2


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_shown_message_is_the_one_that_a_run_asserts(entry):
    """What a page prints as the message, its reproduction must raise."""
    fence = re.search(r"```text\n(.*?)```", entry.text, re.DOTALL)
    assert fence
    message = folded(fence[1])
    reproduction = [
        words
        for code in entry.code[:2]
        if not code.startswith("# Proof")
        for words in asserted(code)
    ]
    shown = [words for words in reproduction if re.search(words, message)]
    silent = message.startswith(QUIET) or "Silent" in entry.name
    assert shown or silent


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


def test_links_lead_to_headings():
    """A link to a heading of a notebook finds that heading."""
    dead = []
    for path in sorted(ATLAS.glob("*.ipynb")):
        text = "\n".join(cell.source for cell in read(path).cells)
        for page, anchor in WORDS.findall(text):
            target = (path.parent / page).resolve()
            if target.suffix == ".ipynb" and anchor not in anchors(target):
                dead.append(f"{path.stem}: {page}#{anchor}")
    assert dead == []


def anchors(path) -> set[str]:
    """List the addresses of a notebook's headings."""
    return {
        re.sub(r"[^\w\- ]", "", title.lower().replace(" ", "-"))
        for cell in read(path).cells
        if cell.cell_type == "markdown"
        for title in re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)
    }
