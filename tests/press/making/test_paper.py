"""The book on paper."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from press.book.book import Book, PressError
from press.making import paper

PAGE = """\
<html><head><title>{name}</title></head><body>
<main><article><h1 id="top">{name}</h1>
<a href="{link}">a link</a> <a href="https://example.org/">out</a>
<a href="{zip}">a zip</a>
<img src="{image}" alt="A plot."></article></main>
<nav id="site-contents"><a class="reference" href="a/one.html">One</a></nav>
<ul class="actions"><li>Report</li></ul>
</body></html>
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Write a site of two pages."""
    pages: Mapping[str, str] = {
        "index.html": PAGE.format(
            name="Home",
            link="a/one.html#top",
            image="_images/x.svg",
            zip="_downloads/x.zip",
        ),
        "a/one.html": PAGE.format(
            name="One",
            link="#top",
            image="../_images/x.svg",
            zip="../_downloads/x.zip",
        ),
    }
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_whole_book_has_all_pages_in_order(site: Path) -> None:
    """Links between pages lead to places of the one page."""
    text = paper.whole_book(site)
    assert text.index(">Home</h1>") < text.index(">One</h1>")
    assert 'id="index--top"' in text
    assert 'id="a-one--top"' in text
    assert text.count('href="#a-one--top"') == 2
    assert text.count('src="_images/x.svg"') == 2
    assert 'href="https://example.org/"' in text


def test_links_to_files_lead_to_the_site_or_nowhere(site: Path) -> None:
    """Paper names no place on the machine that printed it."""
    base = "https://example.org/book"
    text = paper.whole_book(site, base)
    assert text.count(f'href="{base}/_downloads/x.zip"') == 2
    assert "x.zip" not in paper.whole_book(site)


def test_a_page_alone_links_to_the_others_on_the_site(site: Path) -> None:
    """Places of its own stay; the rest is absolute, or no link."""
    base = "https://example.org/book"
    text = paper.lone_page(site, "index.html", base)
    assert f'<a href="{base}/a/one.html#top">a link</a>' in text
    assert 'href="#top"' in paper.lone_page(site, "a/one.html", base)
    assert "<a >a link</a>" in paper.lone_page(site, "index.html")


def test_plain_tokens_cost_no_element(site: Path) -> None:
    """Only what has a colour keeps its span."""
    path = site / "a/one.html"
    code = '<span class="n">x</span> <span class="k">def</span>'
    path.write_text(path.read_text().replace("a link", code))
    assert 'x <span class="k">def</span>' in paper.whole_book(site)


def test_pages_link_to_what_was_printed(site: Path) -> None:
    """Once, however often it is printed."""
    (site / "_downloads").mkdir()
    (site / "_downloads/book.pdf").write_bytes(b"%PDF" * 400_000)
    for _ in range(2):
        paper.offer(site, "book.pdf")
    text = (site / "index.html").read_text()
    link = '<a href="_downloads/book.pdf">The whole book as PDF</a> (1.6 MB)'
    assert text.count(link) == 1


def test_book_without_a_site_prints_nothing(book: Book) -> None:
    """Whoever asks too early is told what to do."""
    with pytest.raises(PressError, match="make it first"):
        paper.make_pdf(book, {})
