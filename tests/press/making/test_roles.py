"""What the tags of a cell do to its page."""

from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser

from press.making.roles import dress, written_file
from press.site.search import sections
from tests.press.samples import code, notebook, text


def dressed(*cells):
    """Dress a notebook of these cells, and give what its page is made of."""
    made = notebook(*cells)
    dress(made)
    return made.cells


def test_plain_cells_stay():
    """A cell without a role, and a plain text, are shown as they are."""
    cells = dressed(text("# Pond"), code("1 + 1", tags=["once"]))
    assert [cell.source for cell in cells] == ["# Pond", "1 + 1"]
    assert cells[1].metadata == {"tags": ["once"]}


def test_proof_is_folded_under_its_first_line():
    """A proof's comment is the label of its fold, and no longer its code."""
    (cell,) = dressed(code("# Proof: it is two.\nassert 2", tags=["proof"]))
    assert cell.source == "assert 2"
    assert cell.metadata["tags"] == ["proof", "hide-cell"]
    assert cell.metadata["mystnb"] == {
        "code_prompt_show": "Proof: it is two",
        "code_prompt_hide": "Proof: it is two",
    }


def test_figure_keeps_its_output():
    """Of a figure only the code is folded, and its other settings stay."""
    image = {"image": {"alt": "A pond."}}
    (cell,) = dressed(
        code("# Figure: depth.\ndraw()", tags=["figure"], mystnb=image)
    )
    assert cell.metadata["tags"] == ["figure", "hide-input"]
    assert cell.metadata["mystnb"]["image"] == {"alt": "A pond."}


def test_other_databases_outputs_are_not_folded_twice():
    """A cell that only carries outputs gets no fold around them."""
    (cell,) = dressed(
        code("# Proof: it is two.\nassert 2", tags=["proof", "remove-input"])
    )
    assert cell.metadata["tags"] == ["proof", "remove-input"]


def test_setup_is_left_out():
    """A page does not show how its notebook is prepared."""
    (cell,) = dressed(code("# Set-up.\nimport lab", tags=["setup"]))
    assert cell.metadata["tags"] == ["setup", "remove-cell"]


def test_file_gets_its_name_as_a_caption():
    """The magic that writes a file turns into the file's name."""
    source = "%%writefile app.py\nimport fastapi"
    caption, cell = dressed(code(source, tags=["paste"]))
    assert caption.source == "`app.py`{.file-name}"
    assert cell.source == "import fastapi"
    assert cell.metadata["tags"] == ["paste", "remove-output"]
    assert written_file(code(source)) == "app.py"
    assert not written_file(code("import fastapi"))


def test_exercise_is_a_box():
    """An exercise's bold beginning is the title of its box."""
    exercise = text("**Exercise: Dive.** Go to the ground.")
    exercise.metadata["tags"] = ["exercise"]
    (cell,) = dressed(exercise)
    assert cell.source == (
        "::::{admonition} Exercise: Dive\n:class: exercise\n\n"
        "Go to the ground.\n::::"
    )


def test_solution_is_closed():
    """The words and the code of a solution are both folded."""
    words = text("Hold your breath.")
    words.metadata["tags"] = ["solution"]
    told, cell = dressed(words, code("dive()", tags=["solution"]))
    assert ":class: dropdown solution" in told.source
    assert cell.source == "dive()"
    assert cell.metadata["mystnb"]["code_prompt_show"] == "Solution"


def test_wordings_of_an_error_are_searched_for_in_its_section():
    """Message and patterns become comments: found by the search, not seen."""
    entry = text("## Too deep\n\n```text\nNo air!\n```\n\nYou went down.")
    entry.metadata["error"] = {
        "patterns": ["no `air`\n  left", "out of *air*"]
    }
    title, cell = dressed(text("# Pond"), entry)
    assert cell.source.endswith(
        "You went down.\n\n"
        "% error: No air!\n\n% error: no `air` left\n\n% error: out of *air*"
    )
    page = publish_doctree(
        f"{title.source}\n\n{cell.source}",
        parser=Parser(),
        settings_overrides={"doctitle_xform": False},
    )
    (found,) = [each for each in sections(page) if each.get("e")]
    assert found["t"] == "Too deep"
    assert found["e"] == "No air! no `air` left out of *air*"
    assert found["x"] == "You went down."
