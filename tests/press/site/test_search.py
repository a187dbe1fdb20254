"""The words of a page's sections, for the search."""

from docutils import nodes
from docutils.utils import new_document

from press.site.search import sections


def test_errors_that_a_section_shows_are_searched() -> None:
    """They are listed once, by the section that shows them."""
    block = nodes.literal_block("", "AError: wet")
    block["errors"] = ["AError: wet"]
    page = new_document("page")
    page += nodes.section(
        "",
        nodes.title("", "Pond"),
        nodes.section(
            "",
            nodes.title("", "Boats"),
            nodes.container("", block, block.deepcopy()),
            ids=["boats"],
        ),
        ids=["pond"],
    )
    pond, boats = sections(page)
    assert "s" not in pond
    assert boats["s"] == "AError: wet"
