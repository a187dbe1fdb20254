"""Outputs that differ between databases, brought together on a page."""

from pathlib import Path

from docutils import nodes
from docutils.utils import new_document

from press.book.notebook import dump
from press.making.pages import with_outputs
from press.site.databases import bring_together
from tests.press.samples import code, executed, notebook, text
from tests.sphinx_build import build

CONFIG = """
extensions = ["myst_nb", "press.site.extension"]
nb_execution_mode = "off"
"""


def cell(*outputs: str, classes: str = "") -> nodes.container:
    """Make a cell of a page as MyST-NB does."""
    made = nodes.container(classes=["cell", *classes.split()])
    if "tag_remove-input" not in made["classes"]:
        made += nodes.container("", nodes.literal(), classes=["cell_input"])
    for output in outputs:
        made += nodes.container(
            "", nodes.paragraph("", output), classes=["cell_output"]
        )
    return made


def brought_together(*cells: nodes.Node) -> list[str]:
    """Bring a page's outputs together; tell what each cell then says."""
    # Sphinx gives the extension a document; docutils needs no settings here.
    document = new_document("page")
    section = nodes.section("", *cells)
    document += section
    bring_together(None, document)  # type: ignore[arg-type]  # unused
    return [
        " | ".join(part.astext() for part in child.findall(nodes.paragraph))
        for child in section.children
    ]


def test_cells_after_a_cell_become_its_panels() -> None:
    """Each panel is headed by the databases whose output it has."""
    assert brought_together(
        cell("2 m", classes="tag_on-sqlite tag_on-mysql"),
        cell("3 m", classes="tag_remove-input tag_on-postgresql"),
        cell("wet"),
    ) == ["SQLite, MySQL | 2 m | PostgreSQL | 3 m", "wet"]


def test_two_cells_side_by_side_are_kept_apart() -> None:
    """A second cell with different outputs begins its own panels."""
    assert brought_together(
        cell("2 m", classes="tag_on-sqlite"),
        cell("3 m", classes="tag_remove-input tag_on-mysql"),
        cell("wet", classes="tag_on-sqlite"),
        cell("dry", classes="tag_remove-input tag_on-mysql"),
    ) == ["SQLite | 2 m | MySQL | 3 m", "SQLite | wet | MySQL | dry"]


def test_a_database_without_output_says_so() -> None:
    """An empty panel would look like a fault of the page."""
    assert brought_together(
        cell(classes="tag_on-sqlite"),
        cell("3 m", classes="tag_remove-input tag_on-mysql"),
    ) == ["SQLite | No output. | MySQL | 3 m"]


def test_a_cell_whose_input_is_removed_is_no_panel_by_itself() -> None:
    """Text between two cells ends the run of panels."""
    assert brought_together(
        cell("2 m", classes="tag_on-sqlite"),
        nodes.paragraph("", "See:"),
        cell("wet", classes="tag_remove-input"),
    ) == ["SQLite | 2 m", "See:", "wet"]


def test_ids_are_left_to_the_first_output() -> None:
    """A link leads to one place, where two outputs have the same id."""
    cells = [
        cell("2 m", classes="tag_on-sqlite"),
        cell("3 m", classes="tag_remove-input tag_on-mysql"),
    ]
    for each, name in zip(cells, ("deep", "wide"), strict=True):
        html = f'<p id="pond"></p><p id="{name}"></p>'
        [output] = [
            part
            for part in each.findall(nodes.container)
            if "cell_output" in part["classes"]
        ]
        output += nodes.raw("", html, format="html")
    document = new_document("page")
    document += nodes.section("", *cells)
    bring_together(None, document)  # type: ignore[arg-type]  # unused
    assert [raw.astext() for raw in document.findall(nodes.raw)] == [
        '<p id="pond"></p><p id="deep"></p>',
        '<p></p><p id="wide"></p>',
    ]


def test_a_page_shows_each_output_under_its_databases(tmp_path: Path) -> None:
    """A built page has panels where outputs differ, and only there."""
    pond = notebook(text("# Pond"), code("depth()"), code("colour()"))
    copies = {
        "sqlite": executed(pond, "2 m", "green"),
        "postgresql": executed(pond, "3 m", "green"),
    }
    calm = notebook(text("# Calm"), code("wind()"))
    pages = {
        "index": with_outputs(pond, copies),
        "calm": with_outputs(calm, {"sqlite": executed(calm, "none")}),
    }
    pages["index"].cells[0].source += "\n\n```{toctree}\ncalm\n```"
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "conf.py").write_text(CONFIG)
    for name, page in pages.items():
        (folder / f"{name}.ipynb").write_bytes(dump(page))
    warnings, built = build(folder, tmp_path)
    assert warnings == ""
    first, second = built["index"].select("div.cell")
    panels = [
        [part.get_text(strip=True) for part in panel.select("p, pre")]
        for panel in first.select(".databases > .databases__one")
    ]
    assert panels == [["SQLite", "2 m"], ["PostgreSQL", "3 m"]]
    assert [pre.get_text(strip=True) for pre in second.select("pre")] == [
        "colour()",
        "green",
    ]
    assert built["calm"].select(".databases") == []


def test_output_that_only_says_where_it_runs_is_marked() -> None:
    """A box then opens at the database that has something to show."""
    document = new_document("page")
    document += [
        cell("This runs on MySQL only.\n", classes="tag_on-sqlite"),
        cell("2 m", classes="tag_remove-input tag_on-mysql"),
    ]
    bring_together(None, document)  # type: ignore[arg-type]  # unused
    panels = [
        panel["classes"]
        for panel in document.findall(nodes.container)
        if "databases__one" in panel["classes"]
    ]
    assert ["databases__elsewhere" in classes for classes in panels] == [
        True,
        False,
    ]
