"""The cheat sheet and the whole book on paper, printed by Chromium."""

import re
import shutil
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path
from posixpath import dirname, join, normpath

from press.book.book import Book, PressError
from press.system.process import run

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)
CHEAT_SHEET = "book/cheat-sheet.html"
SHEETS = {"cheat-sheet.pdf": CHEAT_SHEET, "book.pdf": "_paper.html"}

_CONTENTS = re.compile(r'<nav id="site-contents".*?</nav>', re.DOTALL)
_ARTICLE = re.compile(r"<article>.*</article>", re.DOTALL)
_LINK = re.compile(r'<a [^>]*href="([^"#]+)"')
_PLACE = re.compile(r'\b(id|href|src)="([^"]*)"')


def make_pdf(book: Book, variables: Mapping[str, str]) -> list[Path]:
    """Print the built site's cheat sheet, and all of it.

    Args:
        book: The book, its site built.
        variables: The environment.

    Returns:
        The files, beside the site.

    Raises:
        PressError: There is no site, no Chromium, or it did not print.
    """
    if not (book.html / "index.html").is_file():
        raise PressError(f"There is no site in {book.html}: make it first.")
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        raise PressError("Install Chromium, which prints the PDF.")
    place = book.html.with_name("pdf")
    place.mkdir(exist_ok=True)
    whole = book.html / SHEETS["book.pdf"]
    whole.write_text(whole_book(book.html), encoding="utf-8")
    try:
        for name, page in SHEETS.items():
            path = place / name
            path.unlink(missing_ok=True)
            address = (book.html / page).resolve().as_uri()
            log = book.work / "pdf.log"
            run(
                [program, *FLAGS, f"--print-to-pdf={path}", address],
                cwd=place,
                env=variables,
                log=log,
            )
            if not path.is_file():
                raise PressError(f"Chromium printed no {name}: see {log}.")
    finally:
        whole.unlink()
    return [place / name for name in SHEETS]


def whole_book(site: Path) -> str:
    """Put the articles of all pages into one, in the order of the contents.

    Args:
        site: The site's folder.

    Returns:
        A page whose links lead to places in it.
    """
    first = (site / "index.html").read_text(encoding="utf-8")
    contents = _CONTENTS.search(first)
    links = _LINK.findall(contents[0]) if contents else []
    names = list(dict.fromkeys(["index.html", *map(unescape, links)]))
    articles = [_article(site, name, names) for name in names]
    head = first.partition("</head>")[0]
    return f"{head}</head><body>{''.join(articles)}</body></html>\n"


def _article(site: Path, name: str, names: Iterable[str]) -> str:
    """Give a page's article, its ids apart from those of other pages."""
    text = (site / name).read_text(encoding="utf-8")
    found = _ARTICLE.search(text)
    if found is None:
        raise PressError(f"{site / name} has no article.")

    def placed(match: re.Match[str]) -> str:
        kind, value = match.groups()
        if kind == "id":
            return f'id="{_anchor(name, value)}"'
        path, _, anchor = value.partition("#")
        if re.match(r"[a-z]+:", path):
            return match[0]
        target = normpath(join(dirname(name), path)) if path else name
        if target in names:
            return f'{kind}="#{_anchor(target, anchor)}"'
        return f'{kind}="{target}"'

    article = _PLACE.sub(placed, found[0])
    return (
        f'<section class="sheet" id="{_anchor(name, "")}">{article}</section>'
    )


def _anchor(name: str, anchor: str) -> str:
    """Name a place of a page among those of all pages."""
    return f"{name.removesuffix('.html').replace('/', '-')}--{anchor}"
