"""What the layout knows about a page beside its text."""

import hashlib
import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from docutils import nodes
from sphinx.application import Sphinx

from press.site import around, contents, downloads, opening

WORDS_A_MINUTE = 200
LONGEST = 20  # minutes; who looks something up reads no page this long
NOT_FOUND = "404"

_OWN_MINUTES = re.compile(r"\d+ minutes?\b")


def setup(app: Sphinx) -> None:
    """Register what fills the context."""
    app.add_config_value("press_repository", "", "html", [str])
    app.add_config_value("press_set_up", [], "html", [list])
    app.connect("html-page-context", add)


def add(
    app: Sphinx,
    page: str,
    _template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give a page's template what it shows around the text.

    The page's content is None where a template is all there is.
    """
    static = Path(app.srcdir, *app.config.html_static_path[:1])
    base = app.config.html_baseurl
    file = str(app.env.doc2path(page, base=False)) if doctree else ""
    notebook = file.endswith(".ipynb")
    context |= {
        "version_of": lambda name: version(static / name),
        "site_url": base,
        "has_feed": around.has_feed(app),
        "folded": contents.fold,
        "part": contents.parts(app.env).get(page, ""),
        "stamp": stamp(app, page),
        "notebook": notebook,
    }
    if doctree:
        context["description"] = around.description(doctree)
        context["markdown"] = f"{page}.md"
        if page != app.config.root_doc:
            context["minutes"] = minutes(doctree)
    if notebook:
        zips = app.config.press_downloads
        context["zip"] = downloads.around(zips, file)
    if address := app.config.press_repository:
        context |= links(address, file, context.get("title", ""))
        if notebook:
            context["places"] = opening.places(address, file)
            context["set_up"] = opening.set_up_cell(
                address, app.config.press_set_up
            )
    if page == NOT_FOUND:
        absolute(context, urlsplit(base).path or "/")


def stamp(app: Sphinx, page: str) -> dict[str, Any]:
    """Tell what a page's outputs come from.

    The press writes it into a notebook that it executes; all other pages
    have what this build has.
    """
    executed = app.env.metadata[page].get("stamp")
    found: dict[str, Any] = (
        json.loads(executed) if executed else app.config.press_stamp
    )
    return found


def links(address: str, file: str, title: str) -> dict[str, str]:
    """Say where a page's source can be seen, edited and reported.

    The file is the page's in the repository; empty where it has none.
    """
    plain = re.sub(r"<[^>]+>", "", title)
    found = {"repository_url": address}
    if file:
        asked = urlencode({"title": f"{plain} ({file})"})
        found["edit_url"] = f"{address}/edit/{opening.BRANCH}/{file}"
        found["report_url"] = f"{address}/issues/new?{asked}"
    return found


def minutes(doctree: nodes.document) -> int:
    """Tell how many minutes a page takes to read.

    It is 0 where the page itself tells them, or is no reading.
    """
    words = 0
    for block in doctree.findall(nodes.TextElement):
        if isinstance(block, nodes.paragraph | nodes.literal_block):
            text = block.astext()
            if _OWN_MINUTES.match(text):
                return 0
            words += len(text.split())
    found = math.ceil(words / WORDS_A_MINUTE)
    return found if found <= LONGEST else 0


def absolute(context: dict[str, Any], base: str) -> None:
    """Have a page's addresses begin at the site's root.

    A server shows the page for a missing address at any depth. The root's
    path ends with a slash.
    """
    relative = context["pathto"]
    root = context["root_doc"]

    def pathto(target: str, resource: int = 0) -> str:
        found: str = relative(target, resource)
        return base + ("" if target == root else found.removeprefix("./"))

    context["pathto"] = pathto


@cache
def version(path: Path) -> str:
    """Name a file's content, for an address that changes with it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
