"""The table of all probes on a page: a Sphinx extension.

``{portability} schema`` shows a group, and ``{portability-filter}`` the
counts and the choice of what to show. The database that the book is built on
has its column from the executed notebook, found by the mark that
:class:`~portability.report.Report` leaves there; the others have theirs
from the newest records. A hole in the table is a warning, and so fails a
build that is strict.
"""

import ast
import hashlib
import inspect
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from jinja2 import Environment, StrictUndefined
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.highlighting import PygmentsBridge
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lab.source import show_source
from portability import tables
from portability.records import (
    DATABASES,
    Difference,
    Record,
    compare,
    difference,
    load,
    newest,
)
from portability.registry import (
    GROUPS,
    Function,
    Probe,
    identity,
    probes,
    sentence,
)

NEEDED = DATABASES[:3]
"""The databases that must have a result for each probe."""

ROOMS = tuple(
    Path(inspect.getfile(each)).parent for each in (tables, show_source)
)
"""Whose code and templates make the tables."""

PUBLISHED = re.compile(r'data-portability="(?P<data>[^"]*)"')

logger = logging.getLogger(__name__)


class Place(nodes.General, nodes.Element):
    """Holds a place until every page has been read."""


@dataclass(frozen=True)
class Column:
    """What one database did.

    Attributes:
        record: Its results.
        page: The page that ran the probes in this build; empty for what is
            taken from a record.
    """

    record: Record
    page: str = ""


@dataclass(frozen=True)
class Row:
    """A probe as the page shows it.

    Attributes:
        probe: The probe.
        results: What each database did, by its name and version.
        difference: How the results differ.
        code: The probe's source, as HTML.
        cure: The cure's sentence; empty where there is none.
        cure_code: The cure's source; empty where a row above has it.
        cured_above: The probe of that row; empty where there is none.
    """

    probe: Probe
    results: dict[str, str]
    difference: Difference
    code: str
    cure: str
    cure_code: str
    cured_above: str


class GroupDirective(SphinxDirective):
    """The directive ``{portability} group``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Leave a place for the group's table."""
        _pages(self.env).add(self.env.docname)
        group = directives.choice(self.arguments[0], GROUPS)
        searched = [
            (
                f"probe-{each.id}",
                each.question,
                sentence(each.cure) if each.cure else "",
            )
            for each in probes(group)
        ]
        return [Place(group=group, searched=searched)]


class FilterDirective(SphinxDirective):
    """The directive ``{portability-filter}``."""

    def run(self) -> list[nodes.Node]:
        """Leave a place for the counts and the choice."""
        _pages(self.env).add(self.env.docname)
        return [Place(group="")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives and what feeds them.

    Args:
        app: The build.

    Returns:
        What the extension bears: writing in parallel. What it finds while it
        reads is not merged.
    """
    app.add_directive("portability", GroupDirective)
    app.add_directive("portability-filter", FilterDirective)
    app.add_node(Place)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-updated", pages_to_write)
    app.connect("env-check-consistency", check)
    app.connect("doctree-resolved", fill_in)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note what a page ran, and which groups it shows.

    Args:
        app: The build.
        doctree: The page, just read.
    """
    published = [
        json.loads(unescape(found["data"]))
        for raw in doctree.findall(nodes.raw)
        for found in PUBLISHED.finditer(raw.astext())
    ]
    shown = [place["group"] for place in doctree.findall(Place)]
    _known(app.env)[app.env.docname] = (published, shown)


def forget(
    app: Sphinx,  # noqa: ARG001 - Sphinx passes it
    env: BuildEnvironment,
    docname: str,
) -> None:
    """Drop what a page had, since it is read again or gone.

    Args:
        app: The build.
        env: Sphinx' knowledge of the book.
        docname: The page.
    """
    _known(env).pop(docname, None)


def pages_to_write(_app: Sphinx, env: BuildEnvironment) -> set[str]:
    """Have the tables written again where another page's run changed them.

    Args:
        _app: The build.
        env: Sphinx' knowledge of the book.

    Returns:
        The pages with the table or the choice; none if all that they show
        is as it was.
    """
    digest = hashlib.sha256(repr([_known(env), newest()]).encode())
    for path in sorted(path for room in ROOMS for path in room.rglob("*.*")):
        if path.suffix in {".py", ".html"}:
            digest.update(path.read_bytes())
    before = vars(env).get("portability_shown")
    vars(env)["portability_shown"] = now = digest.hexdigest()
    return set() if now == before else _pages(env) & env.found_docs


def check(
    app: Sphinx,  # noqa: ARG001 - Sphinx passes it
    env: BuildEnvironment,
) -> None:
    """Warn of holes in the table, where a page shows it.

    Args:
        app: The build.
        env: Sphinx' knowledge of the book.
    """
    shown = {group for _, groups in _known(env).values() for group in groups}
    if not shown:
        return
    for group in GROUPS:
        if group not in shown:
            logger.warning(
                "No page shows the probes of the group '%s'.", group
            )
        for complaint in complaints(group, columns(env, group)):
            logger.warning(complaint)


def columns(env: BuildEnvironment, group: str) -> list[Column]:
    """Give a group's results, live where the build has them.

    Args:
        env: Sphinx' knowledge of the book.
        group: The group.

    Returns:
        A column for each database that there are results of.
    """
    found = {name: Column(record) for name, record in newest().items()}
    for page, (published, _) in _known(env).items():
        for data in published:
            record = Record(**data)
            if group in record.results:
                found[record.database] = Column(record, page)
    return [found[name] for name in DATABASES if name in found]


def complaints(group: str, shown: list[Column]) -> Iterator[str]:
    """Tell what is wrong with a group's results.

    Args:
        group: The group.
        shown: Its columns.

    Yields:
        A sentence for each fault.
    """
    there = {column.record.database for column in shown}
    for name in NEEDED:
        if name not in there:
            yield f"There is no record of {name} for the probes of '{group}'."
    if not any(column.page for column in shown):
        yield f"No page runs the probes of '{group}'."
    for column in shown:
        results = column.record.results.get(group, {})
        for probe in probes(group):
            if probe.id not in results:
                yield (
                    f"{column.record.name} has no result of the probe"
                    f" '{probe.id}'."
                )
        if column.page:
            yield from _changes(column.record, group)
    yield from _quarrels(group, shown)


def _changes(live: Record, group: str) -> Iterator[str]:
    """Tell where what ran is not what is recorded of the same version."""
    kept = load(live.path)
    if kept is None or group not in kept.results:
        return
    for name, before, now in compare(kept.results[group], live.results[group]):
        yield (
            f"{live.name} gave '{now}' to '{name}', where '{before}' was"
            f" recorded on {kept.recorded}."
        )


def _quarrels(group: str, shown: list[Column]) -> Iterator[str]:
    """Tell which cures do not do the same on each database."""
    cures = {identity(each.cure) for each in probes(group) if each.cure}
    for cure in sorted(cures):
        gave = {
            column.record.results.get(group, {}).get(cure, "nothing")
            for column in shown
        }
        if len(gave) > 1:
            yield f"The cure '{cure}' gave {', '.join(sorted(gave))}."


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put tables and choices into their places.

    Args:
        app: The build.
        doctree: A page, about to be written.
        docname: Its name.
    """
    for place in list(doctree.findall(Place)):
        group = place["group"]
        html = _group(app, group, docname) if group else _choice(app)
        plain = _plain(app, group) if group else ""
        place.replace_self(nodes.raw("", html, format="html", markdown=plain))


def rows(app: Sphinx, group: str) -> list[Row]:
    """Make a group's rows.

    Args:
        app: The build.
        group: The group.

    Returns:
        A row for each probe.
    """
    shown = columns(app.env, group)
    made = []
    told: dict[Function, str] = {}
    for probe in probes(group):
        results = _results(shown, probe)
        cure = probe.cure
        above = told.get(cure, "") if cure else ""
        if cure:
            told.setdefault(cure, probe.id)
        made.append(
            Row(
                probe,
                results,
                difference(results.values()),
                _highlighted(probe.function),
                sentence(cure) if cure else "",
                _highlighted(cure) if cure and not above else "",
                above,
            )
        )
    return made


def _results(shown: list[Column], probe: Probe) -> dict[str, str]:
    """Give what each database did, by its name and version."""
    return {
        column.record.name: column.record.results[probe.group][probe.id]
        for column in shown
        if probe.id in column.record.results.get(probe.group, {})
    }


def _group(app: Sphinx, group: str, docname: str) -> str:
    """Render a group's table."""
    shown = columns(app.env, group)
    heads = [
        (
            column.record,
            app.builder.get_relative_uri(docname, column.page)
            + f"#portability-{group}"
            if column.page
            else "",
        )
        for column in shown
    ]
    module = import_module(f"portability.probes.{group}")
    return _template(
        "group.html",
        group=group,
        heads=heads,
        rows=rows(app, group),
        shared=_shared(module),
    )


def _plain(app: Sphinx, group: str) -> str:
    """Write a group's table in Markdown, for programs that read text."""
    names = [column.record.name for column in columns(app.env, group)]
    lines = [
        ["Question", *names, "Difference", "Cure"],
        ["---"] * (len(names) + 3),
        *(
            [
                row.probe.question,
                *(row.results.get(name, "") for name in names),
                row.difference,
                row.cure,
            ]
            for row in rows(app, group)
        ),
    ]
    escaped = (
        " | ".join(cell.replace("|", "\\|") for cell in line) for line in lines
    )
    return "".join(f"| {line} |\n" for line in escaped)


def _choice(app: Sphinx) -> str:
    """Render the counts and the choice."""
    counted = Counter(
        difference(_results(columns(app.env, group), probe).values())
        for group in GROUPS
        for probe in probes(group)
    )
    databases = [("", "any database")]
    databases += [
        (column.record.database.lower(), column.record.name)
        for column in columns(app.env, GROUPS[0])
    ]
    return _template(
        "filter.html",
        counted=counted,
        databases=databases,
        groups=[(group, group) for group in GROUPS],
        shared=_shared(tables),
    )


def _template(name: str, **context: Any) -> str:
    """Render one of our templates."""
    folder = files("portability").joinpath("templates")
    source = folder.joinpath(name).read_text("utf-8")
    environment = Environment(
        autoescape=True,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.from_string(source).render(context)


def _shared(module: ModuleType) -> str:
    """Show what a module has beside imports, probes and cures."""
    source = inspect.getsource(module)
    pieces = [
        ast.get_source_segment(source, node) or ""
        for node in ast.parse(source).body[1:]
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not _is_probe_or_cure(node)
    ]
    code = "\n\n\n".join(pieces)
    return PygmentsBridge("html").highlight_block(code, "python")


def _is_probe_or_cure(node: ast.stmt) -> bool:
    """Tell by a function's decorators whether the page shows it in a row."""
    return isinstance(node, ast.AsyncFunctionDef) and any(
        re.search(r"^probe$|\.cured_by$", ast.unparse(decorator))
        for decorator in node.decorator_list
    )


def _highlighted(function: Function) -> str:
    """Show a function as the site shows code."""
    code = re.sub(r"\A@.*\n(@.*\n)*", "", show_source(function).code)
    return PygmentsBridge("html").highlight_block(code, "python")


def _known(
    env: BuildEnvironment,
) -> dict[str, tuple[list[dict[str, Any]], list[str]]]:
    """Give what each page ran and shows, kept from build to build."""
    known: dict[str, tuple[list[dict[str, Any]], list[str]]] = vars(
        env
    ).setdefault("portability", {})
    return known


def _pages(env: BuildEnvironment) -> set[str]:
    """Give the pages with a table or the choice, kept from build to build."""
    pages: set[str] = vars(env).setdefault("portability_pages", set())
    return pages
