"""Links of lessons and pages: to headings, and to issues by their number."""

import re
from functools import cache
from pathlib import Path

import pytest

from press.book.notebook import read
from tests.book import ROOT

LINK = re.compile(r"(?<!!)\[((?:[^\]\\]|\\.)*)\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
NUMBERED = re.compile(r"(?P<repository>[\w-]+/[\w.-]+)?(?:#|issue )(\d+)")
ISSUE = re.compile(r"https://github\.com/(.+)/(?:issues|pull)/(\d+)")
NUMBER = re.compile(r"\d{3,}")
SQL = re.compile(r"\b[A-Z]{2,}(?: [A-Z]{2,})+\b")
GLOSSARY = ROOT / "book" / "glossary.md"
SAME = 2
"""So many words in common are no accident."""
PAGES = [
    *(ROOT / name for name in ("index.md", "README.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "book").glob("*.md")),
    *sorted((ROOT / "notebooks").rglob("*.ipynb")),
]


@cache
def text_of(path: Path) -> str:
    """Read a page's Markdown, without its blocks of code."""
    if path.suffix == ".md":
        text = path.read_text("utf-8")
    else:
        cells = read(path).cells
        text = "\n\n".join(x.source for x in cells if x.cell_type[0] == "m")
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


@cache
def anchors(path: Path) -> set[str]:
    """List the addresses of a page's headings."""
    return {address_of(title) for title in HEADING.findall(text_of(path))}


def address_of(title: str) -> str:
    """Make the address of a heading, as GitHub and the site do."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title.lstrip("# "))
    return re.sub(r"[^\w\- ]", "", words.lower().replace(" ", "-"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_lead_to_headings(path: Path):
    """A link to a heading of a page finds the page, and that heading."""
    dead = []
    for _, address in LINK.findall(text_of(path)):
        page, _, anchor = address.partition("#")
        target = (path.parent / page).resolve()
        if "://" in address or not page:
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(address)
    assert dead == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_other_heading_fits_a_link_better(path: Path):
    """A link whose words are those of a heading leads to that one.

    One that names the page may lead to any of its headings.
    """
    astray = []
    for words, address in LINK.findall(text_of(path)):
        page, _, anchor = address.partition("#")
        target = (path.parent / page).resolve() if page else path
        if "://" in address or not anchor or target not in PAGES:
            continue
        title, *others = HEADING.findall(text_of(target))
        shared = {
            address_of(heading): len(stems(words) & stems(heading))
            for heading in others
        }
        best = max(shared, key=shared.__getitem__, default="")
        if stems(words) <= stems(title) or shared.get(best, 0) < SAME:
            continue
        if shared.get(anchor, 0) < shared[best]:
            astray.append((words, anchor, best))
    assert astray == []


def stems(text: str) -> set[str]:
    """Give the beginnings of a text's longer words."""
    return {word[:5] for word in re.findall(r"\w{5,}", text.lower())}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_numbers_of_links_are_in_their_addresses(path: Path):
    """A link to elsewhere has the long number that its text has, if any."""
    for words, address in LINK.findall(text_of(path)):
        said, there = NUMBER.findall(words), NUMBER.findall(address)
        if "://" in address and said and there:
            assert set(said) <= set(there), address


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_to_issues_have_their_number(path: Path):
    """A text that names an issue leads to it, and to its repository."""
    for words, address in LINK.findall(text_of(path)):
        said, there = NUMBERED.fullmatch(words), ISSUE.match(address)
        if said and there:
            assert said[2] == there[2], address
            assert said["repository"] in {None, there[1]}, address


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_named_thing_is_where_its_link_leads(path: Path):
    """What a link's text has in code style is in the section it leads to.

    So are words in capitals, as SQL has them.
    """
    lost = []
    for words, address in LINK.findall(text_of(path)):
        page, _, anchor = address.partition("#")
        target = (path.parent / page).resolve() if page else path
        names = re.findall(r"`([^`]+)`", words.lower())
        for sql in SQL.findall(words):
            names += sql.lower().split()
        if "://" in address or target.suffix not in {".md", ".ipynb"}:
            continue
        if names:
            there = section(target, anchor).lower()
            lost += [
                (x, address) for x in names if x.strip("().") not in there
            ]
    assert lost == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_term_leads_to_a_page_that_its_entry_names(path: Path):
    """A link on a term of the glossary leads where its entry says, or there.

    A module of the bank that is called like a term has its own page.
    """
    known = terms()
    astray = []
    for words, address in LINK.findall(text_of(path)):
        term = words.strip("`*").lower()
        page = address.partition("#")[0]
        target = (path.parent / page).resolve() if page else path
        found = known.get(term, known.get(term.removesuffix("s")))
        if "://" in address or target.stem == term:
            continue
        if found and target not in {GLOSSARY, *found}:
            astray.append((words, address))
    assert astray == []


@cache
def terms() -> dict[str, set[Path]]:
    """List the pages that each entry of the glossary leads to."""
    entries = re.split(r"^## ", text_of(GLOSSARY), flags=re.MULTILINE)[1:]
    return {
        entry.partition("\n")[0].strip().lower(): {
            (GLOSSARY.parent / address.partition("#")[0]).resolve()
            for _, address in LINK.findall(entry)
        }
        for entry in entries
    }


def section(path: Path, anchor: str) -> str:
    """Read a page with its code, or the section that has an address."""
    if path.suffix == ".md":
        text = path.read_text("utf-8")
    else:
        text = "\n\n".join(
            cell.source if cell.cell_type == "markdown" else f" {cell.source}"
            for cell in read(path).cells
        )
    parts = re.split(r"^(?=#+ )", text, flags=re.MULTILINE)
    addresses = [address_of(part.partition("\n")[0]) for part in parts]
    if anchor not in addresses:
        return text
    start = addresses.index(anchor)
    ends = (
        place
        for place, part in enumerate(parts)
        if place > start and depth(part) <= depth(parts[start])
    )
    return "".join(parts[start : next(ends, None)])


def depth(part: str) -> int:
    """Tell the level of the heading that a part begins with."""
    return len(part) - len(part.lstrip("#"))
