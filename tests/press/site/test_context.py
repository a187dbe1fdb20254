"""What the layout knows about a page."""

from typing import Any

from docutils import nodes
from docutils.utils import new_document

from press.site import context

ADDRESS = "https://github.com/owner/name"


def document(*texts: str) -> nodes.document:
    """Make a page of paragraphs."""
    page = new_document("page")
    page += [nodes.paragraph("", text) for text in texts]
    return page


def test_report_names_the_page() -> None:
    """A problem is reported with the page's title and file filled in."""
    report = context.links(ADDRESS, "book/a.md", "<code>a</code> b")
    assert report["report_url"] == (
        f"{ADDRESS}/issues/new?title=a+b+%28book%2Fa.md%29"
    )


def test_minutes_are_those_of_the_words() -> None:
    """A page that tells its minutes, or is to look things up, has none."""
    assert context.minutes(document("word " * 450)) == 3
    assert context.minutes(document("25 minutes. You need: ...")) == 0
    assert context.minutes(document("word " * 9000)) == 0


def test_addresses_of_the_404_page_begin_at_the_root() -> None:
    """It is shown at any depth, so none of them is relative."""
    known: dict[str, Any] = {
        "root_doc": "index",
        "pathto": lambda target, _resource=0: f"{target}",
    }
    context.absolute(known, "/book/")
    assert known["pathto"]("index") == "/book/"
    assert known["pathto"]("_static/site.css", 1) == "/book/_static/site.css"
