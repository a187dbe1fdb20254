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

from bench.tables import DATABASES, TABLES, Table, answers

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
        return [drawn(table)]


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


def drawn(table: Table) -> nodes.table:
    """Make a table's nodes.

    Args:
        table: The table.

    Returns:
        The nodes.
    """
    group = nodes.tgroup("", cols=len(table.head))
    group += [nodes.colspec("", colwidth=1) for _ in table.head]
    group += nodes.thead("", _row(table.head))
    group += nodes.tbody("", *map(_row, table.rows))
    return nodes.table("", group)


def _row(cells: Sequence[str]) -> nodes.row:
    entries = [nodes.entry("", nodes.paragraph("", cell)) for cell in cells]
    return nodes.row("", *entries)
