"""Small tables of results."""

import pytest
from bs4 import BeautifulSoup

from lab import table


def test_html_is_escaped_and_has_header_cells():
    """Text stays text, and screen readers know the columns."""
    made = table([("<b>", 1)], ["na&me", "n"], caption="Two <things>")
    page = BeautifulSoup(made._repr_html_(), "html.parser")
    heads = page.select("thead th")
    assert [(h.text, h["scope"]) for h in heads] == [
        ("na&me", "col"),
        ("n", "col"),
    ]
    assert [cell.text for cell in page.select("tbody td")] == ["<b>", "1"]
    assert [each.text for each in page.select("caption")] == ["Two <things>"]


def test_column_without_a_name_has_no_header():
    """Screen readers announce no header that is empty."""
    made = table([("timeout", 1)], ["", "n"])
    page = BeautifulSoup(made._repr_html_(), "html.parser")
    assert [cell.name for cell in page.select("thead tr > *")] == ["td", "th"]


def test_markdown_cells_cannot_break_the_table():
    """Pipes and line breaks stay inside their cell."""
    made = table([("a|b\nc\\d", None)], ["x", "y"])
    assert made._repr_markdown_() == (
        "| x | y |\n| --- | --- |\n| a\\|b c\\\\d | None |"
    )


def test_text_is_aligned():
    """A terminal shows columns."""
    made = table([("Ada", 100), ("Grace", 5)], ["name", "cents"])
    assert repr(made) == "name   cents\nAda    100\nGrace  5"


def test_no_rows_are_a_table_too():
    """An empty result shows its headers."""
    assert repr(table([], ["name"])) == "name"


def test_a_row_that_does_not_fit_is_refused():
    """A cell is never dropped silently."""
    with pytest.raises(ValueError, match="2 cells, but there are 1 headers"):
        table([(1, 2)], ["only"])
