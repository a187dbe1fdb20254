"""Where a long name breaks between lines, and where a short one does not.

A browser breaks ``DATABASE_LOCK_TIMEOUT`` anywhere, and ``time-out`` at its
hyphen. Here names in code style, the words of headings and the cells of
tables get a place to break after each part, and a short word with a hyphen
stays whole in a heading.
"""

import re
from typing import Any

from sphinx.application import Sphinx

_PLACE = re.compile(
    r"(?P<heading><h[1-6]>.*?</h[1-6]>)"
    r'|(?P<start><td[^>]*>(?:<p>)?|<span class="pre">)(?P<text>[^<]+)',
    re.DOTALL,
)
_TEXT = re.compile(r"(?<=>)[^<>]+(?=<)")
_LONG = re.compile(r"[^\s<>&;]{19,}")
_LONG_IN_HEADINGS = re.compile(r"[^\s<>&;]{24,}")  # a phone's line
_BETWEEN_PARTS = re.compile(r"(?:(?<=[^\W_][._/@:=+])|(?<=//))(?=[^\W_])")
_HYPHENATED = re.compile(r"(?<![\w-])\w+(?:-\w+)+(?![\w-])")
_WHOLE = 16  # letters, of which a phone's heading has room for more


def setup(app: Sphinx) -> None:
    """Register what looks at each page's HTML."""
    app.connect("html-page-context", add)


def add(
    _app: Sphinx,
    _page: str,
    _template: str,
    context: dict[str, Any],
    *_: object,
) -> None:
    """Give the names in a page's article and list of headings their breaks."""
    for part in ("body", "toc"):
        if html := context.get(part):
            context[part] = breakable(html)


def breakable(html: str) -> str:
    """Let the names in HTML break after their parts, and nowhere else."""
    return _PLACE.sub(_treated, html)


def _treated(found: re.Match[str]) -> str:
    """Treat a heading, or a text in code style or in a cell."""
    if heading := found["heading"]:
        return _TEXT.sub(_words, heading)
    return found["start"] + _parts(found["text"])


def _words(found: re.Match[str]) -> str:
    """Treat the words of a heading."""
    return _HYPHENATED.sub(_kept, _parts(found[0], _LONG_IN_HEADINGS))


def _kept(found: re.Match[str]) -> str:
    """Keep a word together, if it is short."""
    if len(found[0]) > _WHOLE:
        return found[0]
    return f'<span class="whole">{found[0]}</span>'


def _parts(text: str, names: re.Pattern[str] = _LONG) -> str:
    """Put a place to break after each part of a long name."""
    return names.sub(lambda word: _BETWEEN_PARTS.sub("<wbr>", word[0]), text)
