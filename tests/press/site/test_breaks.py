"""Where names break between lines."""

import re

import pytest

from press.site.breaks import breakable


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("lab.explain_ipython", ["lab.", "explain_", "ipython"]),
        ("DATABASE_LOCK_TIMEOUT", ["DATABASE_", "LOCK_", "TIMEOUT"]),
        (
            "postgresql+asyncpg://user@host",
            ["postgresql+", "asyncpg://", "user@", "host"],
        ),
        ("MissingGreenlet", ["MissingGreenlet"]),
        ("pool_pre_ping=True", ["pool_pre_ping=True"]),
        ("__tablename__", ["__tablename__"]),
    ],
)
def test_a_long_name_breaks_after_its_parts(
    name: str, parts: list[str]
) -> None:
    """A short name, and a name of one part, stays whole."""
    html = f'<code><span class="pre">{name}</span></code>'
    assert breakable(html) == html.replace(name, "<wbr>".join(parts))


def test_a_name_that_fills_a_line_stays_whole_in_a_heading() -> None:
    """Headings are short lines, which are balanced at each place to break."""
    name = '<span class="pre">async_scoped_session</span>'
    html = f"<h1>merge, async_scoped_session</h1><h2><code>{name}</code></h2>"
    assert breakable(html) == html


def test_headings_break_their_long_names_and_keep_short_words() -> None:
    """Addresses and attributes of a heading are left alone."""
    html = (
        "<h1>Which time-out ends AsyncAdapt_aiosqlite_connection<a href="
        '"#which-time-out-ends_async_adapt">#</a></h1><p>time-out</p>'
    )
    assert breakable(html) == (
        '<h1>Which <span class="whole">time-out</span> ends AsyncAdapt_<wbr>'
        'aiosqlite_<wbr>connection<a href="#which-time-out-ends_async_adapt">'
        "#</a></h1><p>time-out</p>"
    )


def test_cells_break_their_names() -> None:
    """With their column's name or without: that is left alone."""
    html = '<td>{0}</td><td data-label="{1}">{0}</td><td><p>{0}</p></td>'
    name = "ix_entries_account_id"
    assert breakable(html.format(name, name)) == html.format(
        "ix_<wbr>entries_<wbr>account_<wbr>id", name
    )


def test_no_text_is_changed() -> None:
    """What a reader copies is what was written, entities too."""
    html = (
        '<span class="pre">a&quot;long_name&lt;with.parts_of&amp;more</span>'
    )
    assert re.sub("<wbr>", "", breakable(html)) == html
