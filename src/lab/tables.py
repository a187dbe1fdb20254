"""Small tables of results."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class Table:
    """A table that shows itself as HTML, Markdown or text.

    Attributes:
        headers: The columns' names.
        rows: The cells, as text.
        caption: What the table tells; may be empty.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""

    def _repr_html_(self) -> str:
        """Show it with header cells that screen readers announce.

        A column without a name has an empty cell there, and no header:
        https://dequeuniversity.com/rules/axe/4.10/empty-table-header.
        """
        lines = ['<table class="dataframe">']
        if self.caption:
            lines.append(f"<caption>{html.escape(self.caption)}</caption>")
        names = [
            f'<th scope="col">{html.escape(h)}</th>' if h else "<td></td>"
            for h in self.headers
        ]
        lines.append(f"<thead><tr>{''.join(names)}</tr></thead>")
        lines.append("<tbody>")
        for row in self.rows:
            cells = [f"<td>{html.escape(cell)}</td>" for cell in row]
            lines.append(f"<tr>{''.join(cells)}</tr>")
        return "\n".join([*lines, "</tbody>", "</table>"])

    def _repr_markdown_(self) -> str:
        """Show it as a pipe table."""
        lines = [self.headers, tuple("---" for _ in self.headers), *self.rows]
        return "\n".join(
            f"| {' | '.join(_escape_pipes(cell) for cell in line)} |"
            for line in lines
        )

    def __repr__(self) -> str:
        """Show it as aligned text."""
        lines = [self.headers, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width)
                for cell, width in zip(line, widths, strict=True)
            ).rstrip()
            for line in lines
        )


def table(
    rows: Iterable[Sequence[object]],
    headers: Sequence[str],
    *,
    caption: str = "",
) -> Table:
    """Make a table of results.

    Args:
        rows: Rows of a query, or any sequences as long as ``headers``.
        headers: The columns' names.
        caption: What the table tells; may be empty.

    Returns:
        The table; a cell that ends with it shows it.

    Raises:
        ValueError: A row has more or fewer cells than there are headers.
    """
    cells = tuple(tuple(str(value) for value in row) for row in rows)
    for row in cells:
        if len(row) != len(headers):
            raise ValueError(
                f"A row has {len(row)} cells, but there are"
                f" {len(headers)} headers: {row}"
            )
    return Table(tuple(headers), cells, caption)


def _escape_pipes(cell: str) -> str:
    """Keep a cell's text from ending the cell or the line."""
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
