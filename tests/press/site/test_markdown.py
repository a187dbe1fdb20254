"""Pages as Markdown."""

from docutils import nodes
from docutils.core import publish_doctree
from docutils.utils import new_document

from press.site.markdown import markdown

SOURCE = """\
Title
=====

Some *words*, **more** and ``code``.

- one
- two

Part
----

.. code-block:: python

   a = 1


   b = 2

=====  =====
Name   Value
=====  =====
a      1
=====  =====

.. note:: Mind *this*.
"""

EXPECTED = """\
# Title

Some *words*, **more** and `code`.

- one
- two

## Part

```python
a = 1


b = 2
```

| Name | Value |
| --- | --- |
| a | 1 |

> Mind *this*.
"""


def test_page_is_written_as_markdown() -> None:
    """Titles, lists, code, tables and boxes keep their form."""
    page = publish_doctree(
        SOURCE, settings_overrides={"doctitle_xform": False}
    )
    for block in page.findall(nodes.literal_block):
        block["language"] = "python"
    assert markdown(page) == EXPECTED


def test_links_inside_of_the_book_lead_to_markdown() -> None:
    """A program that follows a link gets text again."""
    inside = nodes.reference("", "a", refuri="b.html#c", internal=True)
    outside = nodes.reference("", "d", refuri="https://example.org/e.html")
    paragraph = nodes.paragraph("", "", inside, outside)
    assert markdown(paragraph) == (
        "[a](b.md#c)[d](https://example.org/e.html)\n"
    )


def test_table_in_raw_html_stays_a_table() -> None:
    """What a cell showed as an HTML table is one in Markdown too."""
    page = new_document("page")
    html = (
        '<table><caption>Who</caption><thead><tr><td></td><th scope="col">'
        "a|b</th></tr></thead><tr><td>it&#x27;s</td><td>1</td></tr></table>"
    )
    page += nodes.raw("", html, format="html")
    assert markdown(page) == (
        "Who\n\n|  | a\\|b |\n| --- | --- |\n| it's | 1 |\n"
    )


def test_raw_html_may_bring_its_markdown() -> None:
    """Another extension knows best how its table reads as text."""
    page = new_document("page")
    page += nodes.raw("", "<b>a</b>", format="html")
    page += nodes.raw("", "<i>b</i>", format="html", markdown="| b |\n")
    page += nodes.raw("", "<i>c</i>", format="html", markdown="")
    assert markdown(page) == "a\n\n| b |\n"
