"""What stands around the pages, for programs that visit a site.

``robots.txt`` and ``llms.txt`` are always there. A sitemap and a feed hold
whole addresses, so they are written only where ``SITE_URL`` tells the site's.
An address that was published once and has moved leads to its new place: the
file that ``press_addresses`` names lists them.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

from docutils import nodes
from sphinx.application import Sphinx

from press.site.contents import parts
from press.site.files import named, when_finished

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
    when_finished(app, write)
    when_finished(app, redirect)


def write(app: Sphinx) -> None:
    """Write the files, and remove those of an address that is gone."""
    out = Path(app.outdir)
    base = app.config.html_baseurl
    (out / "robots.txt").write_text(robots(base), "utf-8")
    (out / "llms.txt").write_text(llms(app), "utf-8")
    for name in ("sitemap.xml", "changes.xml"):
        (out / name).unlink(missing_ok=True)
    if base:
        pages = map(app.builder.get_target_uri, sorted(app.env.found_docs))
        _write_xml(out / "sitemap.xml", sitemap(base, pages))
    if has_feed(app):
        changes = Path(app.srcdir, CHANGES).read_text("utf-8")
        title = str(app.config.html_title)
        _write_xml(out / "changes.xml", feed(base, title, changes))


def redirect(app: Sphinx) -> None:
    """Write pages that lead to others, without a script."""
    for old, new in named(app, "press_addresses").get("moved", {}).items():
        address = "../" * old.count("/") + new
        path = Path(app.outdir, old)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
            "<title>Moved</title>\n"
            f'<meta http-equiv="refresh" content="0; url={address}">\n'
            '<meta name="robots" content="noindex">\n'
            f'<p>This page is at <a href="{address}">{new}</a> now.</p>\n'
            "</html>\n",
            "utf-8",
        )


def has_feed(app: Sphinx) -> bool:
    """Tell whether the site has a feed: of changes, at a known address."""
    there = Path(app.srcdir, CHANGES).is_file()
    return there and bool(app.config.html_baseurl)


def description(doctree: nodes.document) -> str:
    """Give the page's first paragraph."""
    for paragraph in doctree.findall(nodes.paragraph):
        return " ".join(paragraph.astext().split())
    return ""


def robots(base: str) -> str:
    """Say that all may be read, and where the sitemap is, if there is one."""
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
    """List the pages' addresses: https://www.sitemaps.org/protocol.html."""
    top = ET.Element("urlset", xmlns=SITEMAP)
    for page in pages:
        ET.SubElement(ET.SubElement(top, "url"), "loc").text = base + page
    return top


def feed(base: str, title: str, changes: str) -> ET.Element:
    """Make a feed, as RFC 4287 has it, of a Markdown changelog's versions."""
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


def _write_xml(path: Path, top: ET.Element) -> None:
    ET.indent(top)
    ET.ElementTree(top).write(path, "utf-8", xml_declaration=True)


def _texts(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text
