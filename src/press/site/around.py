"""What stands around the pages, for programs that visit a site.

``robots.txt`` and ``llms.txt`` are always there. A sitemap and a feed hold
whole addresses, so they are written only where ``SITE_URL`` tells the site's.
An address that was published once and has moved leads to its new place.
"""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from docutils import nodes
from sphinx.application import Sphinx

from press.site.context import description, parts

CHANGES = "CHANGELOG.md"
ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"

_VERSION = re.compile(
    r"^## (?P<name>\S+) - (?P<day>\d{4}-\d\d-\d\d)\n(?P<text>.*?)(?=^## |\Z)",
    re.DOTALL | re.MULTILINE,
)


def setup(app: Sphinx) -> None:
    """Register what writes the files after the pages."""
    app.add_config_value("press_addresses", "", "html", [str])
    app.connect("html-page-context", announce)
    app.connect("build-finished", write)


def announce(
    app: Sphinx,
    pagename: str,  # noqa: ARG001 - Sphinx passes it
    templatename: str,  # noqa: ARG001 - Sphinx passes it
    context: dict[str, Any],
    doctree: nodes.document | None,  # noqa: ARG001 - Sphinx passes it
) -> None:
    """Tell a page's template whether there is a feed.

    Args:
        app: The build.
        pagename: The page.
        templatename: Its template.
        context: What the template sees; gains `has_feed`.
        doctree: The page's content.
    """
    context["has_feed"] = has_feed(app)


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the files."""
    if exception is not None or app.builder.format != "html":
        return
    out, source = Path(app.outdir), Path(app.srcdir)
    base = app.config.html_baseurl
    pages = [
        app.builder.get_target_uri(page) for page in sorted(app.env.found_docs)
    ]
    write_text(out / "robots.txt", robots(base))
    write_text(out / "llms.txt", llms(app))
    for name in ("sitemap.xml", "changes.xml"):
        (out / name).unlink(missing_ok=True)
    if base:
        write_xml(out / "sitemap.xml", sitemap(base, pages))
    if has_feed(app):
        changes = (source / CHANGES).read_text(encoding="utf-8")
        title = str(app.config.html_title)
        write_xml(out / "changes.xml", feed(base, title, changes))
    if app.config.press_addresses:
        listed = source / app.config.press_addresses
        for old, new in moved(listed).items():
            write_text(out / old, redirect(old, new))


def has_feed(app: Sphinx) -> bool:
    """Tell whether the site has a feed: of changes, at a known address."""
    there = Path(app.srcdir, CHANGES).is_file()
    return there and bool(app.config.html_baseurl)


def robots(base: str) -> str:
    """Say that all may be read, and where the sitemap is.

    Args:
        base: The site's address; empty where it is not known.
    """
    where = f"Sitemap: {base}sitemap.xml\n" if base else ""
    return f"User-agent: *\nAllow: /\n{where}"


def llms(app: Sphinx) -> str:
    """List the pages, each with its Markdown: https://llmstxt.org."""
    root = app.config.root_doc
    lines = [f"# {app.config.html_title}", ""]
    lines += [f"> {description(app.env.get_doctree(root))}"]
    part = ""
    for page, name in parts(app.env).items():
        if page not in app.env.found_docs:
            continue
        if name != part:
            part = name
            lines += ["", f"## {part}", ""]
        title = app.env.titles[page].astext()
        about = description(app.env.get_doctree(page))
        address = f"{app.config.html_baseurl}{page}.md"
        lines.append(f"- [{title}]({address}): {about}")
    return "\n".join(lines) + "\n"


def sitemap(base: str, pages: Iterable[str]) -> ET.Element:
    """List the pages' addresses: https://www.sitemaps.org/protocol.html.

    Args:
        base: The site's address.
        pages: The pages, from there.
    """
    top = ET.Element("urlset", xmlns=SITEMAP)
    for page in pages:
        ET.SubElement(ET.SubElement(top, "url"), "loc").text = base + page
    return top


def feed(base: str, title: str, changes: str) -> ET.Element:
    """Make a feed of the versions that the changelog tells of.

    Args:
        base: The site's address.
        title: The site's title.
        changes: The changelog, in Markdown.

    Returns:
        A feed as RFC 4287 has it.
    """
    top = ET.Element("feed", xmlns=ATOM)
    _texts(top, id=f"{base}changes.xml", title=f"Changes: {title}")
    ET.SubElement(top, "link", rel="self", href=f"{base}changes.xml")
    ET.SubElement(top, "link", href=base)
    ET.SubElement(ET.SubElement(top, "author"), "name").text = title
    for number, version in enumerate(_VERSION.finditer(changes)):
        when = f"{version['day']}T00:00:00Z"
        if number == 0:
            _texts(top, updated=when)
        entry = ET.SubElement(top, "entry")
        name = version["name"]
        _texts(entry, id=f"{base}#{name}", title=name, updated=when)
        _texts(entry, content=version["text"].strip())
        ET.SubElement(entry, "link", href=base)
    return top


def moved(path: Path) -> dict[str, str]:
    """Read which published addresses lead elsewhere now.

    Args:
        path: The list of addresses that were ever published.

    Returns:
        For each address that has moved, its new one.
    """
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    found: dict[str, str] = listed.get("moved", {})
    return found


def redirect(old: str, new: str) -> str:
    """Write a page that leads to another one, without a script.

    Args:
        old: Where the page is, from the site's root.
        new: Where it leads, the same.
    """
    address = "../" * old.count("/") + new
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
        "<title>Moved</title>\n"
        f'<meta http-equiv="refresh" content="0; url={address}">\n'
        '<meta name="robots" content="noindex">\n'
        f'<p>This page is at <a href="{address}">{new}</a> now.</p>\n'
        "</html>\n"
    )


def write_text(path: Path, text: str) -> None:
    """Write a file, and its folder where that is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_xml(path: Path, top: ET.Element) -> None:
    """Write a document of XML, indented."""
    ET.indent(top)
    text = ET.tostring(top, encoding="unicode", xml_declaration=False)
    declaration = '<?xml version="1.0" encoding="utf-8"?>\n'
    write_text(path, declaration + text + "\n")


def _texts(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text
