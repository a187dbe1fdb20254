"""The contents beside each page: a fold for each part of the book."""

import re

_CAPTION = re.compile(
    r'<p class="caption" role="heading"><span class="caption-text">(.*?)'
    r"</span></p>"
)
_CURRENT = '<ul class="current">'
_FIRST = 2  # parts, open where no page of the contents is read


def fold(tree: str) -> str:
    """Fold the parts of the contents, and open the one that is read.

    Args:
        tree: The contents as Sphinx writes them: a caption and a list for
            each part.

    Returns:
        A ``<details>`` for each part.
    """
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
