"""Links from the names of code in prose to their place in the reference.

``make_engine`` or ``AccountRepository.lock`` in code style is linked where
the reference documents exactly one such name, the first time in each section.
A name that the page's own code defines means that one, and is not linked.
"""

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

_CALL = re.compile(r"(?P<name>[A-Za-z_][\w.]*)(\(\))?")
_DEFINED = re.compile(
    r"^\s*(?:async )?(?:def|class) (\w+)|^\s*(\w+)(?:: .+)? = ", re.MULTILINE
)


def setup(app: Sphinx) -> None:
    """Register what links the names."""
    app.add_post_transform(CodeLinks)


class CodeLinks(SphinxPostTransform):
    """Link names in code style to the reference."""

    default_priority = 15  # after Sphinx has resolved the page's own links
    formats = ("html",)

    def run(self, **_kwargs: Any) -> None:
        """Link the names of one page."""
        documented = self._documented()
        own = set(_defined(self.document))
        seen: set[tuple[int, str]] = set()
        for literal in list(self.document.findall(nodes.literal)):
            found = _CALL.fullmatch(literal.astext())
            if found is None or not _is_prose(literal):
                continue
            name = found["name"]
            target = documented.get(name)
            first = (id(_section(literal)), name)
            if target is None or name.partition(".")[0] in own:
                continue
            if first not in seen:
                seen.add(first)
                self._link(literal, *target)

    def _documented(self) -> dict[str, tuple[str, str]]:
        """Map every unambiguous name to its page and its full name."""
        packages = set(self.config.press_packages)
        found: dict[str, set[tuple[str, str]]] = {}
        for full, entry in self.env.domaindata["py"]["objects"].items():
            if full.partition(".")[0] not in packages or entry.aliased:
                continue
            for name in _called(full, entry.objtype):
                place = (entry.docname, entry.node_id)
                found.setdefault(name, set()).add(place)
        return {
            name: next(iter(places))
            for name, places in found.items()
            if len(places) == 1
        }

    def _link(self, literal: nodes.literal, page: str, anchor: str) -> None:
        """Put a link around a name."""
        here = self.env.docname
        address = self.app.builder.get_relative_uri(here, page)
        link = nodes.reference(
            refuri=f"{address}#{anchor}", internal=True, classes=["code-link"]
        )
        literal.replace_self(link)
        link += literal


def _called(full: str, kind: str) -> Iterator[str]:
    """List the names that prose may use for one that is documented."""
    yield full
    parts = full.split(".")
    if kind in {"method", "property", "attribute"}:
        yield ".".join(parts[-2:])
    elif kind != "module":
        yield parts[-1]


def _defined(document: nodes.document) -> Iterator[str]:
    """List the names that a page's own code defines."""
    for block in document.findall(nodes.literal_block):
        for groups in _DEFINED.findall(block.astext()):
            yield from filter(None, groups)


def _is_prose(literal: nodes.literal) -> bool:
    """Tell whether a name stands in a text, and may be linked.

    It may not within a link, a heading, or the reference itself.
    """
    above: nodes.Node | None = literal.parent
    while above is not None:
        if isinstance(above, nodes.reference | nodes.title):
            return False
        if isinstance(above, addnodes.desc | addnodes.desc_signature):
            return False
        above = above.parent
    return True


def _section(literal: nodes.literal) -> nodes.Node:
    """Find the section that a name stands in."""
    node: nodes.Node = literal
    while node.parent is not None and not isinstance(node, nodes.section):
        node = node.parent
    return node
