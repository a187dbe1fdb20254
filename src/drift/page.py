"""The gate's published results on pages: the directive ``{drift}``.

``{drift} summary`` says the score, its date and what it was measured on,
``{drift} badge`` the score alone. ``lessons``, ``kinds``, ``functions``,
``survivors`` and ``equivalents`` are tables. All of it comes from the file
that the last whole run has written; nothing is written by hand.
"""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from drift.report import OUTCOMES
from drift.settings import read_settings
from press.book.book import Book, PressError
from press.site.switcher import LABELS

HEADINGS = (
    "Noticed",
    "Unnoticed",
    "In code that no lesson runs",
    "Equivalent",
)
PARTS = (
    "badge",
    "equivalents",
    "functions",
    "kinds",
    "lessons",
    "summary",
    "survivors",
)
UNMEASURED = "No whole run of the gate has been published yet."


class DriftPlace(nodes.General, nodes.Element):
    """Holds a part's place until the titles of all pages are known."""


class Drift(SphinxDirective):
    """The directive ``{drift}``."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"page": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Leave a place for a part of the results."""
        part = directives.choice(self.arguments[0], PARTS)
        if path := results_path(self.env.app):
            self.env.note_dependency(str(path))
        return [DriftPlace(part=part, page=self.options.get("page", ""))]


def setup(app: Sphinx) -> None:
    """Register the directive.

    Args:
        app: The build.
    """
    app.add_directive("drift", Drift)
    app.add_node(DriftPlace)
    app.connect("doctree-resolved", fill_in)


def results_path(app: Sphinx) -> Path | None:
    """Find the file with the results, in the book or its staged copy.

    Args:
        app: The build.

    Returns:
        The file, or None where the book has no gate or never ran it.
    """
    try:
        path = read_settings(Book(Path(app.srcdir))).results
    except PressError:
        return None
    return path if path.exists() else None


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the results into their places.

    Args:
        app: The build.
        doctree: A page, about to be written.
        docname: Its name.
    """
    for place in list(doctree.findall(DriftPlace)):
        path = results_path(app)
        if path is None:
            place.replace_self(nodes.paragraph("", UNMEASURED))
            continue
        results = json.loads(path.read_text("utf-8"))
        made: nodes.Element
        match place["part"]:
            case "badge":
                uri = app.builder.get_relative_uri(docname, place["page"])
                made = badge(results, uri)
            case "summary":
                made = summary(results, app.config.press_stamp["source"])
            case "lessons":
                made = _lessons(app, docname, results["lessons"])
            case "survivors":
                made = _survivors(results["survivors"])
            case "equivalents":
                made = _table(
                    ("Mutant", "Reason"),
                    sorted(results["equivalents"].items()),
                )
            case part:
                made = _counted(part, results[part])
        place.replace_self(made)


def totals(results: Mapping[str, Any]) -> tuple[int, int]:
    """Count a whole run's mutants.

    Args:
        results: The results.

    Returns:
        How many were noticed, and how many there were, equivalent ones
        aside.
    """
    of = results["kinds"].values()
    caught = sum(each.get("caught", 0) for each in of)
    equivalent = sum(each.get("equivalent", 0) for each in of)
    return caught, sum(sum(each.values()) for each in of) - equivalent


def percent(caught: int, count: int) -> str:
    """Write a share so that only all of it is called 100 %.

    Args:
        caught: The part.
        count: The whole, at least 1.

    Returns:
        The share in per cent, rounded down to one decimal.
    """
    tenths = caught * 1000 // count
    return f"{tenths / 10:.1f}".removesuffix(".0") + " %"


def summary(results: Mapping[str, Any], source: str) -> nodes.paragraph:
    """Say the score, when it was measured, and on what.

    Args:
        results: The results.
        source: The hash of the source that the site is built from.

    Returns:
        A paragraph.
    """
    caught, count = totals(results)
    versions = ", ".join(
        f"{name} {number}" for name, number in results["versions"].items()
    )
    databases = ", ".join(LABELS[name] for name in results["databases"])
    equal = len(results["equivalents"])
    text = (
        f"The lessons notice {caught} of {count} breakages, "
        f"{percent(caught, count)}; {equal} more change"
        f"{'s' if equal == 1 else ''} nothing. "
        f"Measured on {results['date']} on {databases} "
        f"with {versions}, in {results['seconds'] // 60} minutes, from source "
        f"{results['source']}. "
    )
    text += (
        "This page is built from the same source."
        if results["source"] == source
        else f"This page is built from source {source}, which is another one."
    )
    return nodes.paragraph("", text)


def badge(results: Mapping[str, Any], uri: str) -> nodes.raw:
    """Draw the score as a badge, with nobody else's help.

    Args:
        results: The results.
        uri: The page that the badge leads to.

    Returns:
        The badge, as HTML.
    """
    caught, count = totals(results)
    label, score = "breakages noticed", percent(caught, count)
    title = f"{caught} of {count} breakages of the code are noticed"
    left, right = 128, 62
    return nodes.raw(
        "",
        f'<p><a class="drift-badge" href="{escape(uri)}">'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" '
        f'height="22" role="img" aria-label="{escape(title)}">'
        f'<rect width="{left}" height="22" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="22" fill="#0b5d2a"/>'
        '<g fill="#fff" text-anchor="middle" font-size="12" '
        'font-family="sans-serif">'
        f'<text x="{left // 2}" y="15">{escape(label)}</text>'
        f'<text x="{left + right // 2}" y="15">{escape(score)}</text>'
        "</g></svg></a></p>",
        format="html",
    )


def _lessons(
    app: Sphinx, docname: str, lessons: Mapping[str, Mapping[str, int]]
) -> nodes.table:
    rows: list[Sequence[nodes.Node | str]] = []
    for name, counts in sorted(lessons.items()):
        page = name.removesuffix(".ipynb")
        title = app.env.titles.get(page)
        link = nodes.reference(
            "",
            title.astext() if title else page,
            internal=True,
            refuri=app.builder.get_relative_uri(docname, page),
        )
        rows.append(
            (
                link,
                str(counts.get("reached", 0)),
                str(counts.get("caught", 0)),
                str(counts.get("survived", 0)),
            )
        )
    return _table(
        ("Lesson", "Could notice", "Noticed first here", "Nobody noticed"),
        rows,
    )


def _counted(
    part: str, counted: Mapping[str, Mapping[str, int]]
) -> nodes.table:
    heading = {"kinds": "Kind", "functions": "Function"}[part]
    rows = [
        (name, *(str(of.get(each, 0)) for each in OUTCOMES))
        for name, of in sorted(counted.items())
    ]
    return _table((heading, *HEADINGS), rows)


def _survivors(survivors: Sequence[Mapping[str, Any]]) -> nodes.Element:
    if not survivors:
        return nodes.paragraph("", "There are none.")
    rows = [
        (
            each["place"],
            each["what"],
            each["reason"],
        )
        for each in survivors
    ]
    return _table(("Where", "Change", "Why nobody notices"), rows)


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[nodes.Node | str]]
) -> nodes.table:
    group = nodes.tgroup("", cols=len(headings))
    group += [nodes.colspec("", colwidth=1) for _ in headings]
    group += nodes.thead("", _row(headings))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.table("", group, classes=["drift"])


def _row(cells: Sequence[nodes.Node | str]) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        paragraph = nodes.paragraph()
        paragraph += nodes.Text(cell) if isinstance(cell, str) else cell
        row += nodes.entry("", paragraph)
    return row
