"""The table of a text's statements, each with the verdict that a page shows.

A page declares a verdict by an element with the attribute ``data-claim``, as
``lab.claim`` writes it. The directive ``{claims}`` shows them all, in the
order of the file that ``press_statements`` names: ``section``, ``says`` and
``judged`` of each statement, by id. What `press.site.verdicts` finds wrong is
a warning, and so fails the build.
"""

import json
import re
from collections.abc import Iterator
from html import unescape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from press.site import databases
from press.site.files import named
from press.site.verdicts import Verdicts, complaints, edited

HEADINGS = ("§", "The original sheet says", "Verdict")
WIDTHS = (6, 47, 47)

_DECLARED = re.compile(r'data-claim="(?P<data>[^"]*)"')
# What Sphinx keeps of each page, and drops when it reads the page again.
_VERDICTS = "press_verdicts"
_HAS_TABLE = "press_claims"

logger = logging.getLogger(__name__)


class ClaimsTable(nodes.General, nodes.Element):
    """Holds the table's place until every page has been read."""


class Claims(SphinxDirective):
    """The directive ``{claims}``."""

    def run(self) -> list[nodes.Node]:
        """Leave a place for the table."""
        self.env.metadata[self.env.docname][_HAS_TABLE] = True
        return [ClaimsTable()]


def setup(app: Sphinx) -> None:
    """Register the directive and what feeds it."""
    app.add_config_value("press_statements", "", "env", [str])
    app.add_directive("claims", Claims)
    app.add_node(ClaimsTable)
    app.connect("doctree-read", collect)
    app.connect("env-updated", pages_to_write)
    app.connect("env-check-consistency", compare)
    app.connect("doctree-resolved", fill_in)


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the verdicts that a page declares.

    A cell whose outputs differ between databases declares its verdict once
    for each of them: the same one counts once.
    """
    declared = []
    seen = set()
    for raw, verdict in _declared(doctree):
        judged = verdict["id"], verdict["verdict"]
        if not (judged in seen and databases.is_other(raw)):
            declared.append(verdict)
        seen.add(judged)
    app.env.metadata[app.env.docname][_VERDICTS] = declared


def pages_to_write(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Have the table written again, since any page may have changed it."""
    return [page for page, kept in env.metadata.items() if _HAS_TABLE in kept]


def compare(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of statements without exactly one verdict, and of unknown ones."""
    stated = named(app, "press_statements")
    for complaint in complaints(stated, _verdicts(env)):
        logger.warning(complaint)
    for complaint in edited(stated, _verdicts(env)):
        logger.warning("%s: %s", app.config.press_statements, complaint)


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the table into its place on a page that is about to be written."""
    for place in list(doctree.findall(ClaimsTable)):
        found = {
            verdict["id"]: (page, verdict)
            for page, declared in _verdicts(app.env).items()
            for verdict in declared
        }
        rows = []
        for name, statement in named(app, "press_statements").items():
            if name in found:
                page, verdict = found[name]
                uri = app.builder.get_relative_uri(docname, page)
                judged = _judged(verdict, f"{uri}#claim-{name}")
                section = nodes.paragraph("", str(statement["section"]))
                says = nodes.paragraph("", statement["says"])
                rows.append(_row(section, says, judged))
        place.replace_self(_table(rows))


def verdicts(node: nodes.Element) -> list[str]:
    """List the words of the verdicts that a part of a page declares, once."""
    found = (verdict["verdict"] for _, verdict in _declared(node))
    return list(dict.fromkeys(found))


def verdict_class(verdict: str) -> str:
    """Name the class of a badge for ``True, with a condition``, or the like.

    It is ``verdict-true``, ``verdict-true-if`` or ``verdict-not-so``.
    """
    word, condition, _ = verdict.partition(",")
    return f"verdict-{'true-if' if condition else nodes.make_id(word)}"


def _declared(
    node: nodes.Element,
) -> Iterator[tuple[nodes.raw, dict[str, str]]]:
    """List the verdicts in a part of a page, each with its place."""
    for raw in node.findall(nodes.raw):
        for found in _DECLARED.finditer(raw.astext()):
            yield raw, json.loads(unescape(found["data"]))


def _verdicts(env: BuildEnvironment) -> Verdicts:
    """Give the verdicts that each page declares."""
    return {
        page: kept.get(_VERDICTS, []) for page, kept in env.metadata.items()
    }


def _judged(verdict: dict[str, str], link: str) -> nodes.paragraph:
    """Show a verdict as a link to its page, and why."""
    words = verdict["verdict"]
    classes = ["verdict", verdict_class(words)]
    return nodes.paragraph(
        "",
        "",
        nodes.reference(
            "", words, internal=True, refuri=link, classes=classes
        ),
        nodes.Text(f" {verdict['because']}"),
    )


def _row(*cells: nodes.paragraph) -> nodes.row:
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def _table(rows: list[nodes.row]) -> nodes.table:
    head = _row(*(nodes.paragraph("", text) for text in HEADINGS))
    group = nodes.tgroup("", cols=len(WIDTHS))
    group += [nodes.colspec("", colwidth=width) for width in WIDTHS]
    group += nodes.thead("", head)
    group += nodes.tbody("", *rows)
    return nodes.table("", group, classes=["claims"])
