"""The contents beside each page."""

import pytest

from press.site.contents import fold

PART = (
    '<p class="caption" role="heading"><span class="caption-text">{0}</span>'
    "</p>\n<ul{1}><li>{0}'s page</li></ul>\n"
)


@pytest.mark.parametrize(
    ("current", "opened"),
    [("Errors", ["Errors"]), (None, ["Start", "Lessons"])],
)
def test_the_part_that_is_read_is_open(
    current: str | None, opened: list[str]
) -> None:
    """Where no page of the contents is read, the first two parts are."""
    tree = "".join(
        PART.format(name, ' class="current"' if name == current else "")
        for name in ("Start", "Lessons", "Errors")
    )
    _, *folded = fold(tree).split("<details")
    assert [part.count("</details>") for part in folded] == [1, 1, 1]
    assert [part.count("<li>") for part in folded] == [1, 1, 1]
    assert [
        name
        for name in ("Start", "Lessons", "Errors")
        if f'<details open><summary class="caption">{name}<' in fold(tree)
    ] == opened
