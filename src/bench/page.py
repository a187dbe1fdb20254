"""The published results on pages: the directive ``{bench}``.

``{bench} answers`` says in a list what was measured. Any other argument is a
table's name, and a second one keeps a single database's rows.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bench.tables import DATABASE, DATABASES, TABLES, Table, answers

RESULTS = Path("book", "bench.json")
"""The results, from the book's folder: ``make bench PUBLISH=1`` writes it."""

UNMEASURED = "Nothing has been published yet."


class Bench(SphinxDirective):
    """The directive ``{bench}``."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write a part of the results."""
        path = Path(self.env.srcdir) / RESULTS
        part = directives.choice(self.arguments[0], ("answers", *TABLES))
        if not path.exists():
            return [nodes.paragraph("", UNMEASURED)]
        self.env.note_dependency(str(path))
        results = json.loads(path.read_text("utf-8"))
        if part == "answers":
            items = [
                nodes.list_item("", nodes.paragraph("", text))
                for text in answers(results)
            ]
            return [nodes.bullet_list("", *items)]
        table = TABLES[part](results)
        if len(self.arguments) > 1:
            table = only(table, self.arguments[1])
        return [by_database(table) or drawn(table)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive.

    Args:
        app: The build.

    Returns:
        What the extension can do: read and write in parallel.
    """
    app.add_directive("bench", Bench)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def only(table: Table, database: str) -> Table:
    """Keep the rows of one database, without their first column.

    Args:
        table: A table whose first column is the database.
        database: Its name, a key of ``DATABASES``.

    Returns:
        The smaller table.
    """
    label = DATABASES[database]
    rows = [row[1:] for row in table.rows if row[0] == label]
    return Table(table.title, table.head[1:], rows)


def by_database(table: Table) -> nodes.Node | None:
    """Make a table for each database, of which the site makes tabs.

    Args:
        table: A table.

    Returns:
        The nodes; None for a table that does not begin with the database, or
        has one database, or one row for each.
    """
    labels = [row[0] for row in table.rows]
    found = {
        name: label for name, label in DATABASES.items() if label in labels
    }
    several = 1 < len(found) < len(labels)
    if table.head[0] != DATABASE or not several:
        return None
    place = nodes.container(classes=["databases"])
    for name, label in found.items():
        panel = nodes.container(classes=["databases__one", f"on-{name}"])
        panel += nodes.paragraph("", label, classes=["databases__label"])
        panel += drawn(only(table, name))
        place += panel
    return place


def drawn(table: Table) -> nodes.table:
    """Make a table's nodes.

    Args:
        table: The table.

    Returns:
        The nodes.
    """
    columns = zip(*table.rows, strict=True)
    are_numbers = [
        all(cell[:1].isdigit() for cell in filter(None, each))
        for each in columns
    ]
    group = nodes.tgroup("", cols=len(table.head))
    group += [nodes.colspec("", colwidth=1) for _ in table.head]
    group += nodes.thead("", _row(table.head, are_numbers))
    rows = [_row(cells, are_numbers) for cells in table.rows]
    group += nodes.tbody("", *rows)
    return nodes.table("", group)


def _row(cells: Sequence[str], are_numbers: Sequence[bool]) -> nodes.row:
    row = nodes.row()
    for cell, is_number in zip(cells, are_numbers, strict=True):
        classes = ["number"] if is_number else []
        row += nodes.entry("", nodes.paragraph("", cell), classes=classes)
    return row
