"""Boxes, tables and outputs of a page."""

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from docutils.utils import new_document

from press.site import outputs


def cell(source: str, printed: str) -> nodes.container:
    """Make a cell and what it printed, as MyST-NB does."""
    shown = nodes.literal_block(printed, printed, language="myst-ansi")
    code = nodes.literal_block(source, source, language="ipython3")
    made = nodes.container("", code, shown)
    made["nb_element"] = "cell_code"
    return made


def document(*children: nodes.Node) -> nodes.document:
    """Make a page."""
    page = new_document("page")
    page += list(children)
    return page


@pytest.mark.parametrize(
    ("source", "printed", "classes"),
    [
        ("log.show()", "SELECT users.id\nFROM users", ["sent-sql"]),
        ("log.show()", "BEGIN", ["sent-sql"]),
        ("print(x)", "UPDATE statement on table 'a' expected 1 row", []),
        (
            "with lab.expect(TypeError): f()",
            "TypeError: no",
            ["expected-error"],
        ),
        ("with expect(A): f()", "CancelledError", ["expected-error"]),
        ("print('A: b')", "Ada: 3", []),
        ("with lab.expect(TypeError): f()", "3 rows, then 0", []),
    ],
)
def test_outputs_are_told_apart(
    source: str, printed: str, classes: list[str]
) -> None:
    """SQL and expected errors are marked; what is only alike is not."""
    page = document(cell(source, printed))
    outputs.mark_outputs(None, page)  # type: ignore[arg-type]  # unused
    shown = list(page.findall(nodes.literal_block))[1]
    assert shown["classes"] == classes


def test_errors_are_listed_for_the_search() -> None:
    """Each expected error counts, whole, wherever the cell prints it."""
    page = document(
        cell("with expect(A): f()", "Ada\nAError: it is\n  wet\nBError: no"),
        cell("print('AError: no')", "AError: no"),
    )
    outputs.mark_outputs(None, page)  # type: ignore[arg-type]  # unused
    _, expected, _, printed = page.findall(nodes.literal_block)
    assert expected["errors"] == ["AError: it is wet", "BError: no"]
    assert "errors" not in printed


def test_numbered_statements_are_marked() -> None:
    """A number in a comment marks its whole statement."""
    source = "a = f(\n    b,\n)  # 1\nc = 2\nd()  # 2\n\n"
    page = document(nodes.literal_block(source, source))
    outputs.mark_outputs(None, page)  # type: ignore[arg-type]  # unused
    [block] = page.findall(nodes.literal_block)
    assert block["highlight_args"] == {"hl_lines": [1, 2, 3, 5]}
    assert block.astext() == source.rstrip()


def test_solution_holds_its_code() -> None:
    """A solution's words and its code are one fold."""
    box = nodes.admonition("", nodes.title("", "Solution"))
    box["classes"] = ["dropdown", "solution"]
    code, other = cell("a = 1", ""), cell("b = 2", "")
    code["classes"] = ["tag_solution"]
    page = document(box, code, other)
    outputs.join_solutions(None, page)  # type: ignore[arg-type]  # unused
    outputs.fold(None, page, "page")  # type: ignore[arg-type]  # unused
    folded, rest = page.children
    assert isinstance(folded, outputs.Fold)
    assert folded["label"] == "Solution"
    assert folded.children == [code]
    assert rest is other


def test_table_gets_a_box() -> None:
    """A wide table scrolls in its box, not the page."""
    page = document(nodes.table())
    outputs.box_tables(None, page, "page")  # type: ignore[arg-type]  # unused
    [box] = page.children
    assert isinstance(box, nodes.container)
    assert box["classes"] == ["table-box"]


TABLE = """\
======= ====== =======
role    knows  not
======= ====== =======
service rules  "SQL"
======= ====== =======
"""


def test_cells_carry_their_columns_names() -> None:
    """A phone shows a row of a few columns as a card, cell by cell."""
    page = publish_doctree(TABLE)
    outputs.box_tables(None, page, "page")  # type: ignore[arg-type]  # unused
    table = next(page.findall(nodes.table))
    assert "cards" in table["classes"]
    cells = next(table.findall(nodes.tbody)).findall(nodes.entry)
    assert [cell.get("label") for cell in cells] == [None, "knows", "not"]


def test_a_table_of_two_columns_stays_one() -> None:
    """It fits on a phone as it is."""
    page = publish_doctree("=== ===\na   b\n=== ===\nc   d\n=== ===\n")
    outputs.box_tables(None, page, "page")  # type: ignore[arg-type]  # unused
    table = next(page.findall(nodes.table))
    assert "cards" not in table["classes"]


def output(*headers: str) -> nodes.raw:
    """Make what a notebook's table of one row becomes."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in headers)
    cells = "".join("<td>&lt;a&gt; &amp; b</td>" for _ in headers)
    text = (
        '<table class="dataframe">\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n<tr>{cells}</tr>\n"
        "</tbody>\n</table>"
    )
    return nodes.raw("", text, format="html")


def test_cells_of_an_output_carry_their_columns_names() -> None:
    """A phone shows what a notebook's table tells as cards, too."""
    page = document(output("what", "who's", "cost"))
    outputs.label_outputs(None, page, "page")  # type: ignore[arg-type]  # unused
    text = page.astext()
    assert text.startswith('<table class="dataframe cards">')
    assert text.count("<td>&lt;a&gt; &amp; b</td>") == 1
    assert '<td data-label="who\'s">&lt;a&gt; &amp; b</td>' in text
    assert '<td data-label="cost">' in text


def test_an_output_of_two_columns_is_left_as_it_is() -> None:
    """It fits on a phone."""
    page = document(output("what", "cost"))
    before = page.astext()
    outputs.label_outputs(None, page, "page")  # type: ignore[arg-type]  # unused
    assert page.astext() == before


def test_names_with_long_texts_are_a_list_on_a_phone() -> None:
    """Two columns become cards where a text needs the whole width."""
    table = (
        '<table class="dataframe"><thead><tr><th>a</th><th>b</th></tr></thead>'
        "<tbody><tr><td>x</td><td>{}</td></tr></tbody></table>"
    )
    for text, is_list in (("short", False), ("long " * 20, True)):
        output = nodes.raw("", table.format(text), format="html")
        page = document(output)
        outputs.label_outputs(None, page, "page")  # type: ignore[arg-type]  # unused
        assert ("cards" in output.astext()) == is_list
        assert "data-label" not in output.astext()
