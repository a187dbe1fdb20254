"""The table of a text's statements, each with the verdict that a page shows.

A page declares a verdict by an element with the attribute ``data-claim``, as
``lab.claim`` writes it. The directive ``{claims}`` shows them all, in the
order of the file that ``press_statements`` names. A statement that no page
judges, or that two do, is a warning, and so fails the build. So is one that
was edited without its verdict, and the reverse.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from html import unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from press.site import databases
from press.site.verdicts import complaints, edited

DECLARED = re.compile(r'data-claim="(?P<data>[^"]*)"')
HEADINGS = ("§", "The original sheet says", "Verdict")
WIDTHS = (6, 47, 47)

logger = logging.getLogger(__name__)


class ClaimsTable(nodes.General, nodes.Element):
    """Holds the table's place until every page has been read."""


class Claims(SphinxDirective):
    """The directive ``{claims}``."""

    def run(self) -> list[nodes.Node]:
        """Leave a place for the table."""
        _tables(self.env).add(self.env.docname)
        return [ClaimsTable()]


def setup(app: Sphinx) -> None:
    """Register the directive and what feeds it."""
    app.add_config_value("press_statements", "", "env", [str])
    app.add_directive("claims", Claims)
    app.add_node(ClaimsTable)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-updated", pages_to_write)
    app.connect("env-check-consistency", compare)
    app.connect("doctree-resolved", fill_in)


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the verdicts that a page declares.

    A cell whose outputs differ between databases declares its verdict once
    for each of them: the same one counts once.

    Args:
        app: The build.
        doctree: The page, just read.
    """
    declared: list[dict[str, str]] = []
    for raw in doctree.findall(nodes.raw):
        for found in DECLARED.finditer(raw.astext()):
            verdict = json.loads(unescape(found["data"]))
            if not (databases.is_other(raw) and _is_among(verdict, declared)):
                declared.append(verdict)
    _verdicts(app.env)[app.env.docname] = declared


def forget(
    app: Sphinx,  # noqa: ARG001 - Sphinx passes it
    env: BuildEnvironment,
    docname: str,
) -> None:
    """Drop what a page declared, since it is read again or gone.

    Args:
        app: The build.
        env: Sphinx' knowledge of the book.
        docname: The page.
    """
    _verdicts(env).pop(docname, None)


def pages_to_write(_app: Sphinx, env: BuildEnvironment) -> set[str]:
    """Have the table written again, since any page may have changed it.

    Returns:
        The pages with the table.
    """
    return _tables(env) & env.found_docs


def compare(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of statements without exactly one verdict, and of unknown ones."""
    stated = statements(app)
    for complaint in complaints(stated, _verdicts(env)):
        logger.warning(complaint)
    for complaint in edited(stated, _verdicts(env)):
        logger.warning("%s: %s", app.config.press_statements, complaint)


def statements(app: Sphinx) -> dict[str, dict[str, Any]]:
    """Read the statements.

    Args:
        app: The build, whose ``press_statements`` names the file, from the
            book's folder.

    Returns:
        ``section``, ``says`` and ``judged`` of each statement, by id;
        nothing where no file is named.
    """
    if not app.config.press_statements:
        return {}
    path = Path(app.srcdir, app.config.press_statements)
    return tomllib.loads(path.read_text("utf-8"))


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the table into its place.

    Args:
        app: The build.
        doctree: A page, about to be written.
        docname: Its name.
    """
    for place in list(doctree.findall(ClaimsTable)):
        found = {
            verdict["id"]: (page, verdict)
            for page, declared in _verdicts(app.env).items()
            for verdict in declared
        }
        rows = [_head()]
        for name, statement in statements(app).items():
            if name in found:
                page, verdict = found[name]
                uri = app.builder.get_relative_uri(docname, page)
                link = f"{uri}#claim-{name}"
                rows.append(_row(statement, verdict, link))
        place.replace_self(_table(rows))


def verdicts(node: nodes.Element) -> list[str]:
    """List the verdicts that a part of a page declares, each once.

    Args:
        node: The part.

    Returns:
        The verdicts' words.
    """
    found = [
        json.loads(unescape(declared["data"]))["verdict"]
        for raw in node.findall(nodes.raw)
        for declared in DECLARED.finditer(raw.astext())
    ]
    return list(dict.fromkeys(found))


def verdict_class(verdict: str) -> str:
    """Name the class of a verdict's badge.

    Args:
        verdict: The verdict's words, such as ``True, with a condition``.

    Returns:
        ``verdict-true``, ``verdict-true-if`` or ``verdict-not-so``.
    """
    word, condition, _ = verdict.partition(",")
    return f"verdict-{'true-if' if condition else nodes.make_id(word)}"


def _is_among(
    verdict: dict[str, str], declared: Iterable[dict[str, str]]
) -> bool:
    """Tell whether the same verdict on a statement was declared already."""
    return any(
        verdict["id"] == other["id"] and verdict["verdict"] == other["verdict"]
        for other in declared
    )


def _verdicts(env: BuildEnvironment) -> dict[str, list[dict[str, str]]]:
    """Give the verdicts that pages declare, kept from build to build."""
    verdicts: dict[str, list[dict[str, str]]] = vars(env).setdefault(
        "press_verdicts", {}
    )
    return verdicts


def _tables(env: BuildEnvironment) -> set[str]:
    """Give the pages with the table, kept from build to build."""
    pages: set[str] = vars(env).setdefault("press_claims", set())
    return pages


def _head() -> nodes.row:
    return nodes.row(
        "",
        *(nodes.entry("", nodes.paragraph("", text)) for text in HEADINGS),
    )


def _row(
    statement: dict[str, Any], verdict: dict[str, str], link: str
) -> nodes.row:
    """Make the row of one statement."""
    judged = nodes.paragraph()
    judged += nodes.reference(
        "",
        verdict["verdict"],
        internal=True,
        refuri=link,
        classes=["verdict", verdict_class(verdict["verdict"])],
    )
    judged += nodes.Text(f" {verdict['because']}")
    said = nodes.paragraph("", statement["says"])
    section = nodes.paragraph("", str(statement["section"]))
    return nodes.row(
        "", *(nodes.entry("", cell) for cell in (section, said, judged))
    )


def _table(rows: list[nodes.row]) -> nodes.table:
    head, *body = rows
    group = nodes.tgroup("", cols=len(WIDTHS))
    group += [nodes.colspec("", colwidth=width) for width in WIDTHS]
    group += nodes.thead("", head)
    group += nodes.tbody("", *body)
    return nodes.table("", group, classes=["claims"])
