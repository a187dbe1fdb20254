"""Where a long name breaks between lines, and where a short one does not.

A browser breaks ``DATABASE_LOCK_TIMEOUT`` anywhere, and ``time-out`` at its
hyphen. Here names in code style, the words of headings and the cells of tables
get a place to break after each part, and a short word with a
hyphen stays whole in a heading.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_CODE = re.compile(r'(?<=<span class="pre">)[^<]+')
_CELL = re.compile(r"(<td[^>]*>(?:<p>)?)([^<]+)")
_HEADING = re.compile(r"<h[1-6]>.*?</h[1-6]>", re.DOTALL)
_TEXT = re.compile(r"(?<=>)[^<>]+(?=<)")
_LONG = re.compile(r"[^\s<>&;]{19,}")
_BETWEEN_PARTS = re.compile(r"(?:(?<=[^\W_][._/@:=+])|(?<=//))(?=[^\W_])")
_HYPHENATED = re.compile(r"(?<![\w-])\w+(?:-\w+)+(?![\w-])")
_WHOLE = 16  # letters, of which a phone's heading has room for more


def setup(app: Sphinx) -> None:
    """Register what looks at each page's HTML.

    Args:
        app: The build.
    """
    app.connect("html-page-context", add)


def add(
    _app: Sphinx,
    _page: str,
    _template: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Give a page's names their breaks.

    Args:
        _app: The build.
        _page: The page.
        _template: Its template.
        context: What the template sees.
        _doctree: The page's content.
    """
    for part in ("body", "toc"):
        if html := context.get(part):
            context[part] = breakable(html)


def breakable(html: str) -> str:
    """Let names break after their parts, and nowhere else.

    Args:
        html: A page's article, or the list of its headings.

    Returns:
        The same text, with places to break.
    """
    html = _HEADING.sub(lambda found: _TEXT.sub(_words, found[0]), html)
    html = _CELL.sub(lambda found: found[1] + _parts(found[2]), html)
    return _CODE.sub(lambda found: _parts(found[0]), html)


def _words(found: re.Match[str]) -> str:
    """Treat the words of a heading."""
    return _HYPHENATED.sub(_kept, _parts(found[0]))


def _kept(found: re.Match[str]) -> str:
    """Keep a word together, if it is short."""
    if len(found[0]) > _WHOLE:
        return found[0]
    return f'<span class="whole">{found[0]}</span>'


def _parts(text: str) -> str:
    """Put a place to break after each part of a long name."""
    return _LONG.sub(lambda word: _BETWEEN_PARTS.sub("<wbr>", word[0]), text)
