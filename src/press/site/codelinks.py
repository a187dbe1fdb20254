"""Links from the names of code in prose to their place in the reference.

``make_engine`` or ``AccountRepository.lock`` in code style is linked where
the reference documents exactly one such name, the first time in each section.
A name that the page's own code defines means that one, and is not linked.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import traverse_parent

_CALL = re.compile(r"(?P<name>[A-Za-z_][\w.]*)(\(\))?")
_DEFINED = re.compile(
    r"^\s*(?:async )?(?:def|class) (\w+)|^\s*(\w+)(?:: .+)? = ", re.MULTILINE
)
# Within a link, a heading, or the reference itself no name is linked.
_NOT_PROSE = (
    nodes.reference,
    nodes.title,
    addnodes.desc,
    addnodes.desc_signature,
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
            if found is None or any(traverse_parent(literal, _NOT_PROSE)):
                continue
            name = found["name"]
            section = next(iter(traverse_parent(literal, nodes.section)), None)
            here = (id(section), name)
            if name not in documented or here in seen:
                continue
            if name.partition(".")[0] not in own:
                seen.add(here)
                self._link(literal, *documented[name])

    def _documented(self) -> dict[str, tuple[str, str]]:
        """Map every unambiguous name to its page and its full name."""
        packages = set(self.config.press_packages)
        found = defaultdict(set)
        for full, entry in self.env.domaindata["py"]["objects"].items():
            if full.partition(".")[0] not in packages or entry.aliased:
                continue
            for name in _called(full, entry.objtype):
                found[name].add((entry.docname, entry.node_id))
        return {
            name: places.pop()
            for name, places in found.items()
            if len(places) == 1
        }

    def _link(self, literal: nodes.literal, page: str, anchor: str) -> None:
        here = self.env.docname
        uri = f"{self.app.builder.get_relative_uri(here, page)}#{anchor}"
        link = nodes.reference(
            refuri=uri, internal=True, classes=["code-link"]
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
