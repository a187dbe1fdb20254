"""Outputs under the notebook's current text, one database's or several."""

from copy import deepcopy

from nbformat import NotebookNode

from press.book.notebook import tags
from press.making.pages import with_outputs
from tests.press.samples import code, executed, notebook, text


def summary(page: NotebookNode) -> list[tuple[str, list[str], str]]:
    """List each code cell of a page: its id, tags and text."""
    return [
        (cell.id, tags(cell), cell.outputs[0].text)
        for cell in page.cells
        if cell.cell_type == "code"
    ]


def test_the_same_outputs_are_shown_once() -> None:
    """The page has the stored text, its outputs, and no further cell."""
    stored = notebook(text("# Pond"), code("depth()"))
    copies = {
        name: executed(stored, "2 m") for name in ("sqlite", "postgresql")
    }
    copies["sqlite"].cells[0].source = "# As it was"
    page = with_outputs(stored, copies)
    assert page.cells[0].source == "# Pond"
    assert summary(page) == [("cell-1", [], "2 m")]
    assert stored.cells[1].outputs == []


def test_other_outputs_follow_in_cells_of_their_own() -> None:
    """Databases that agree share a cell, and its tags tell which they are."""
    stored = notebook(code("depth()", tags=["hide-input"]), code("1"))
    page = with_outputs(
        stored,
        {
            "sqlite": executed(stored, "2 m", "1"),
            "postgresql": executed(stored, "3 m", "1"),
            "mysql": executed(stored, "2 m", "1"),
        },
    )
    assert summary(page) == [
        ("cell-0", ["hide-input", "on-sqlite", "on-mysql"], "2 m"),
        ("cell-0-2", ["hide-input", "remove-input", "on-postgresql"], "3 m"),
        ("cell-1", [], "1"),
    ]


def test_pieces_of_a_stream_are_one_output() -> None:
    """Two databases agree, although one's text arrived in two pieces."""
    stored = notebook(code("print(1, 2)"))
    copies = {name: executed(stored, "1\n2\n") for name in ("sqlite", "mysql")}
    [whole] = copies["mysql"].cells[0].outputs
    rest = deepcopy(whole)
    whole.text, rest.text = "1\n", "2\n"
    copies["mysql"].cells[0].outputs.append(rest)
    page = with_outputs(stored, copies)
    assert summary(page) == [("cell-0", [], "1\n2\n")]


def test_outputs_that_vary_by_themselves_are_the_first_databases() -> None:
    """A cell with the tag ``once`` shows no difference between databases."""
    stored = notebook(code("time()", tags=["once"]))
    page = with_outputs(
        stored,
        {
            "sqlite": executed(stored, "1 s"),
            "postgresql": executed(stored, "2 s"),
        },
    )
    assert summary(page) == [("cell-0", ["once"], "1 s")]


def test_what_runs_on_one_database_is_shown_as_it_ran_there() -> None:
    """Others tell only where to look; they count where it did not run."""
    stored = notebook(code("promote()", tags=["only-postgresql"]))
    there = executed(stored, "promoted")
    elsewhere = executed(stored, "not here")
    page = with_outputs(stored, {"sqlite": elsewhere, "postgresql": there})
    assert summary(page) == [("cell-0", ["only-postgresql"], "promoted")]
    page = with_outputs(stored, {"sqlite": elsewhere})
    assert summary(page) == [("cell-0", ["only-postgresql"], "not here")]


def test_the_stamp_has_the_versions_of_every_database() -> None:
    """A page with outputs of several servers names them all."""
    stored = notebook(code("1"))
    copies = {name: executed(stored, "1") for name in ("sqlite", "mysql")}
    copies["sqlite"].metadata.stamp.versions = {
        "Python": "3",
        "SQLite": "3.40",
    }
    copies["mysql"].metadata.stamp.versions = {"Python": "3", "MySQL": "8"}
    page = with_outputs(stored, copies)
    assert page.metadata.stamp == copies["sqlite"].metadata.stamp | {
        "versions": {"Python": "3", "SQLite": "3.40", "MySQL": "8"}
    }
