"""Find links to pages of the book whose text names another page.

A text names a page by its title; a text of at most three words that leads to
the top of a page, such as "the glossary", names one by its file as well.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from posixpath import normpath

from press.book import text as prose
from press.book.book import Book

LESSON = re.compile(r"lesson (\d+)", re.IGNORECASE)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
NUMBER = re.compile(r"(\d+)-")
SHORT = 3


def check(book: Book) -> Iterator[str]:
    """Find links that lead to another page than their text says."""
    pages = [(name, "", text) for name, text in prose.page_texts(book)]
    texts = [*pages, *prose.cell_texts(book)]
    titles: dict[str, str] = {}
    for name, _, text in texts:
        if found := TITLE.search(text):
            titles.setdefault(name, _plain(found[1]))
    for name, cell, text in texts:
        for line in prose.lines(text):
            for words, address in line.links:
                if fault := _fault(name, words, address, titles):
                    place = f"text cell {cell}" if cell else str(line.number)
                    yield f"{name}, {place}: {fault}"


def _fault(
    name: str, words: str, address: str, titles: Mapping[str, str]
) -> str:
    """Say what is wrong with a link; nothing where it is right."""
    path, _, anchor = address.partition("#")
    target = normpath(PurePosixPath(name).parent / path)
    if not path or target not in titles:
        return ""
    said = LESSON.fullmatch(words.strip())
    number = NUMBER.match(PurePosixPath(target).name)
    if said and number and int(said[1]) != int(number[1]):
        return f"the link {words!r} leads to {target}."
    plain = _plain(words)
    others = {title for page, title in titles.items() if page != target}
    is_short = not anchor and len(plain.split()) <= SHORT
    if plain != titles[target] and (
        plain in others or (is_short and _is_named(plain, target, titles))
    ):
        return f"the link {words!r} leads to {target}, which is another page."
    return ""


def _is_named(text: str, target: str, titles: Mapping[str, str]) -> bool:
    """Tell whether a text has the file names of other pages alone."""
    own = f"{titles[target]} {_file(target)}"
    names = {_file(page) for page in titles}
    found = {name for name in names if f" {name} " in f" {text} "}
    related = any(name in own for name in found) or _file(target) in text
    return bool(found) and not related


def _file(page: str) -> str:
    """Write the name of a page's file as words, without its number."""
    return NUMBER.sub("", PurePosixPath(page).stem).replace("-", " ")


def _plain(title: str) -> str:
    return re.sub(r"[`*]", "", title).strip().rstrip(".").casefold()
