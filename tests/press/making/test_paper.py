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
<img src="{image}" alt="A plot."></article></main>
<nav id="site-contents"><a class="reference" href="a/one.html">One</a></nav>
</body></html>
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Write a site of two pages."""
    pages: Mapping[str, str] = {
        "index.html": PAGE.format(
            name="Home", link="a/one.html#top", image="_images/x.svg"
        ),
        "a/one.html": PAGE.format(
            name="One", link="#top", image="../_images/x.svg"
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


def test_book_without_a_site_prints_nothing(book: Book) -> None:
    """Whoever asks too early is told what to do."""
    with pytest.raises(PressError, match="make it first"):
        paper.make_pdf(book, {})
