"""What stands around the pages."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from sphinx.application import Sphinx

from press.site import around

BASE = "https://example.org/book/"
CHANGES = """\
# Changelog

## Unreleased

- To come.

## 0.2.0 - 2026-02-03

- Second.

## 0.1.0 - 2026-01-02

- First.
"""
ATOM = {"atom": around.ATOM}


def test_feed_has_the_versions_that_are_out() -> None:
    """The newest version stands first; what is to come is left out."""
    feed = around.ET.fromstring(
        around.ET.tostring(around.feed(BASE, "A book", CHANGES))
    )
    entries = feed.findall("atom:entry", ATOM)
    told = [
        [entry.findtext(f"atom:{name}", None, ATOM) for name in names]
        for names in [("title", "updated", "content")]
        for entry in entries
    ]
    assert told == [
        ["0.2.0", "2026-02-03T00:00:00Z", "- Second."],
        ["0.1.0", "2026-01-02T00:00:00Z", "- First."],
    ]
    assert feed.findtext("atom:updated", None, ATOM) == "2026-02-03T00:00:00Z"


def test_robots_name_the_sitemap_where_the_address_is_known() -> None:
    """Without the site's address nothing is made up."""
    assert "Sitemap" not in around.robots("")
    assert f"Sitemap: {BASE}sitemap.xml" in around.robots(BASE)


def test_moved_address_leads_to_its_new_place(tmp_path: Path) -> None:
    """The old page sends readers on, from its own depth."""
    listed = tmp_path / "addresses.toml"
    listed.write_text('[moved]\n"a/old.html" = "new.html"\n')
    config = SimpleNamespace(press_addresses=listed.name)
    app = SimpleNamespace(srcdir=tmp_path, outdir=tmp_path, config=config)
    around.redirect(cast("Sphinx", app))
    page = (tmp_path / "a" / "old.html").read_text()
    assert 'url=../new.html"' in page
