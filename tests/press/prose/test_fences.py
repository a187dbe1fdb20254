"""Blocks of code in prose: included, executed, or plainly text."""

import pytest

from press.book.book import Book
from press.prose.fences import check, faults
from tests.press.samples import text, write_notebook


@pytest.mark.parametrize(
    "block",
    [
        "```{literalinclude} ../src/pond.py\n```",
        "```text\nplain\n```",
        "```console\n$ make book\n```",
        "```{code-block} text\nplain\n```",
        "````{note}\n```{literalinclude} ../src/pond.py\n```\n````",
        ":::{note}\nWater.\n:::",
        "- an item\n\n  and its second paragraph",
        "`inline`",
    ],
)
def test_good(block: str) -> None:
    """A directive or a block of text is no code that could go stale."""
    assert list(faults(f"# Title\n\n{block}\n")) == []


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("```python\npond.fill()\n```", 3),
        ("```\npond.fill()\n```", 3),
        ("~~~sql\nselect 1\n~~~", 3),
        ("```{code-block} python\npond.fill()\n```", 3),
        ("```{code-block}\npond.fill()\n```", 3),
        ("```{code-cell}\npond.fill()\n```", 3),
        ("    pond.fill()", 3),
        ("````{note}\nSee:\n```python\npond.fill()\n```\n````", 5),
        (":::{note}\n```python\npond.fill()\n```\n:::", 4),
    ],
)
def test_bad(block: str, line: int) -> None:
    """A block of code that nothing runs is found, with its line."""
    found = list(faults(f"# Title\n\n{block}\n"))
    assert [place for place, _ in found] == [line]
    assert "is code that nothing runs" in found[0][1]


def test_places(book: Book) -> None:
    """Pages and text cells are both read, and say where the code is."""
    assert list(check(book)) == []
    bad = "# Fill\n\n```python\npond.fill()\n```\n"
    (book.root / "book" / "fill.md").write_text(bad)
    (book.root / "index.md").write_text(bad)
    write_notebook(book.root / "notebooks" / "03-fill.ipynb", text(bad))
    assert [finding.partition(": ")[0] for finding in check(book)] == [
        "book/fill.md, line 3",
        "index.md, line 3",
        "notebooks/03-fill.ipynb, text cell cell-0",
    ]
