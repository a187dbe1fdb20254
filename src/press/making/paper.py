"""The cheat sheet and the whole book on paper, printed by Chromium."""

import re
import shutil
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from press.book.book import Book, PressError
from press.site.downloads import PLACE
from press.system.process import run

CHROMIUM = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
"""The names of Chromium; the first has no window, and a third of the work."""

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)
CHEAT_SHEET = "book/cheat-sheet.html"
SHEET = "_paper.html"
OFFERED = {
    "cheat-sheet.pdf": (CHEAT_SHEET, "This page as PDF"),
    "book.pdf": ("index.html", "The whole book as PDF"),
}
"""The page that links to each file, and the link's words."""

_CONTENTS = re.compile(r'<nav id="site-contents".*?</nav>', re.DOTALL)
_ACTIONS = '<ul class="actions">'
_ARTICLE = re.compile(r"<article>.*</article>", re.DOTALL)
_LINK = re.compile(r'<a [^>]*href="([^"#]+)"')
_PLACE = re.compile(r'\b(id|href|src)="([^"]*)"')
# Tokens without a colour. Each span costs a PDF a hundred bytes.
_PLAIN = re.compile(r'<span class="(?:[npow]|nb|bp|pi)">([^<]*)</span>')
# What is folded is not printed, but for the verdict that links lead to.
_UNFOLD = """<script>
for (const claim of document.querySelectorAll("details:not([open]) .claim"))
  claim.closest("details").before(claim);
</script>"""


def make_pdf(book: Book, variables: Mapping[str, str]) -> list[Path]:
    """Print the built site's cheat sheet, and all of it, and link to both.

    Raises:
        PressError: There is no site, no Chromium, or it did not print.
    """
    if not (book.html / "index.html").is_file():
        raise PressError(f"There is no site in {book.html}: make it first.")
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        raise PressError("Install Chromium, which prints the PDF.")
    place = book.html / PLACE
    place.mkdir(exist_ok=True)
    base = variables.get("SITE_URL", "").rstrip("/")
    sheets = {
        "cheat-sheet.pdf": lone_page(book.html, CHEAT_SHEET, base),
        "book.pdf": whole_book(book.html, base),
    }
    log = book.work / "pdf.log"
    for name, text in sheets.items():
        page, _ = OFFERED[name]
        sheet = (book.html / page).with_name(SHEET)
        sheet.write_text(text, encoding="utf-8")
        path = place / name
        path.unlink(missing_ok=True)
        try:
            address = sheet.resolve().as_uri()
            run(
                [program, *FLAGS, f"--print-to-pdf={path}", address],
                cwd=place,
                env=variables,
                log=log,
            )
        finally:
            sheet.unlink()
        if not path.is_file():
            raise PressError(f"Chromium printed no {name}: see {log}.")
        offer(book.html, name)
    return [place / name for name in sheets]


def offer(site: Path, name: str) -> None:
    """Link to a printed file, one of `OFFERED`, at the foot of its page."""
    page, words = OFFERED[name]
    address = relpath(f"{PLACE}/{name}", dirname(page) or ".")
    size = (site / PLACE / name).stat().st_size / 1e6
    link = f'<li><a href="{address}">{words}</a> ({size:.1f} MB)</li>'
    text = (site / page).read_text(encoding="utf-8")
    if f'href="{address}"' not in text:
        text = text.replace(_ACTIONS, f"{_ACTIONS}\n      {link}", 1)
        (site / page).write_text(text, encoding="utf-8")


def lone_page(site: Path, name: str, base: str = "") -> str:
    """Give a page with links that work outside of the site.

    Those to other pages begin with `base`, the site's address; where it is
    empty they are no links.
    """
    text = (site / name).read_text(encoding="utf-8")

    def placed(match: re.Match[str]) -> str:
        kind, value = match.groups()
        if kind != "href" or not _is_page(value) or value.startswith("#"):
            return match[0]
        return _outward(name, value, base)

    return _ARTICLE.sub(lambda found: _PLACE.sub(placed, found[0]), text)


def whole_book(site: Path, base: str = "") -> str:
    """Put the articles of all pages into one, in the order of the contents.

    Its links lead to places in it, or to the site, whose address is `base`.
    """
    first = (site / "index.html").read_text(encoding="utf-8")
    contents = _CONTENTS.search(first)
    links = _LINK.findall(contents[0]) if contents else []
    names = list(dict.fromkeys(["index.html", *map(unescape, links)]))
    articles = [_article(site, name, names, base) for name in names]
    head = first.partition("</head>")[0]
    body = "".join([*articles, _UNFOLD])
    return f"{head}</head><body>{body}</body></html>\n"


def _article(site: Path, name: str, names: Iterable[str], base: str) -> str:
    """Give a page's article, its ids apart from those of other pages."""
    text = (site / name).read_text(encoding="utf-8")
    found = _ARTICLE.search(text)
    if found is None:
        raise PressError(f"{site / name} has no article.")

    def placed(match: re.Match[str]) -> str:
        kind, value = match.groups()
        if kind == "id":
            return f'id="{_anchor(name, value)}"'
        if not _is_page(value):
            return match[0]
        path, _, anchor = value.partition("#")
        target = _target(name, path)
        if target in names:
            return f'{kind}="#{_anchor(target, anchor)}"'
        if kind == "href":
            return _outward(name, value, base)
        return f'{kind}="{target}"'

    article = _PLAIN.sub(r"\1", _PLACE.sub(placed, found[0]))
    return (
        f'<section class="sheet" id="{_anchor(name, "")}">{article}</section>'
    )


def _is_page(address: str) -> bool:
    """Tell an address in the site from one that has a scheme."""
    return re.match(r"[a-z]+:", address) is None


def _target(name: str, path: str) -> str:
    """Name what a page links to, from the site's root."""
    return normpath(join(dirname(name), path)) if path else name


def _outward(name: str, address: str, base: str) -> str:
    """Write a link from paper to the site, if its address is known."""
    path, mark, anchor = address.partition("#")
    place = f"{base}/{_target(name, path)}{mark}{anchor}"
    return f'href="{place}"' if base else ""


def _anchor(name: str, anchor: str) -> str:
    """Name a place of a page among those of all pages."""
    return f"{name.removesuffix('.html').replace('/', '-')}--{anchor}"
