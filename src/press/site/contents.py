"""The contents beside each page: a fold for each part of the book."""

import re
from functools import cache

from sphinx import addnodes
from sphinx.environment import BuildEnvironment

_CAPTION = re.compile(
    r'<p class="caption" role="heading"><span class="caption-text">(.*?)'
    r"</span></p>"
)
_CURRENT = '<ul class="current">'
_FIRST = 2  # parts, open where no page of the contents is read


@cache
def parts(env: BuildEnvironment) -> dict[str, str]:
    """Name the part of the contents that each page belongs to."""
    root = env.get_doctree(env.config.root_doc)
    return {
        page: tree["caption"] or ""
        for tree in root.findall(addnodes.toctree)
        for _, page in tree["entries"]
    }


def fold(tree: str) -> str:
    """Make each part of Sphinx' contents a fold, open where it is read."""
    before, *parts = _CAPTION.split(tree)
    somewhere = _CURRENT in tree
    folded = [before]
    for number, (name, pages) in enumerate(
        zip(parts[::2], parts[1::2], strict=True)
    ):
        is_open = _CURRENT in pages if somewhere else number < _FIRST
        state = " open" if is_open else ""
        folded.append(
            f'<details{state}><summary class="caption">{name}</summary>'
            f"{pages}</details>\n"
        )
    return "".join(folded)
