"""Notebooks hold plain Markdown."""

import pytest

from press.book.book import Book
from press.prose.plain import beyond, check
from tests.press.samples import text, write_notebook


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("```{note}\nWater.\n```", "a directive"),
        (":::{tip}\nWater.\n:::", "a directive"),
        ("Water.\n\n:::", "a box"),
        ("See {ref}`depth`.", "a role"),
        ("(depth)=\n# Depth", "a target"),
        ("[`fill`](#pond.fill)", "a link to a name"),
    ],
)
def test_what_only_the_site_understands_is_found(source, what):
    """A directive, box, role, target or link to a name is named."""
    assert what in list(beyond(source))


@pytest.mark.parametrize(
    "source",
    [
        "```text\n{note}\n```",
        'A set `{1}` and `f"{x}"`, [deep](#depth) and [b](b.ipynb#depth).',
        "> **Note.** Water.",
        "| a |\n|---|\n| b |",
    ],
)
def test_plain_markdown_passes(source):
    """CommonMark, tables and links between pages are plain."""
    assert list(beyond(source)) == []


def test_the_place_is_named(book: Book):
    """A finding says which notebook and which cell."""
    assert list(check(book)) == []
    path = book.root / "notebooks" / "03-fill.ipynb"
    write_notebook(path, text("# Fill\n\n:::{tip}\nWater.\n:::"))
    assert "notebooks/03-fill.ipynb, text cell cell-0" in next(check(book))
