"""The words of a page's sections, for the search."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from docutils.utils import new_document

from press.site import search
from press.site.search import Section, compare, sections, write


def test_errors_that_a_section_shows_are_searched() -> None:
    """They are listed once, by the section that shows them."""
    block = nodes.literal_block("", "AError: wet")
    block["errors"] = ["AError: wet"]
    page = new_document("page")
    page += nodes.section(
        "",
        nodes.title("", "Pond"),
        nodes.section(
            "",
            nodes.title("", "Boats"),
            nodes.container("", block, block.deepcopy()),
            ids=["boats"],
        ),
        ids=["pond"],
    )
    pond, boats = sections(page)
    assert "s" not in pond
    assert boats["s"] == "AError: wet"


@pytest.fixture
def app(tmp_path: Path) -> SimpleNamespace:
    """Stand in for a build of one page, with a question about a section."""
    (tmp_path / "_static").mkdir()
    questions = tmp_path / "questions.toml"
    questions.write_text(
        '[pond]\n"" = ["how deep"]\nboats = ["row", "sail"]\n'
    )
    found: list[Section] = [{"t": "Pond"}, {"a": "boats", "t": "Boats"}]
    return SimpleNamespace(
        srcdir=tmp_path,
        outdir=tmp_path,
        config=SimpleNamespace(
            press_questions=questions.name, press_synonyms=""
        ),
        builder=SimpleNamespace(
            format="html", get_target_uri=lambda page: f"{page}.html"
        ),
        env=SimpleNamespace(
            metadata={"pond": {"press_sections": found}},
            found_docs={"pond"},
            titles={"pond": nodes.title("", "Pond")},
        ),
    )


def test_questions_stand_by_the_sections_that_answer_them(
    app: Any, tmp_path: Path
) -> None:
    """What people ask is searched with the page or the section."""
    write(app)
    text = (tmp_path / "_static" / "sections.js").read_text()
    [[[address, _title, sections]], *_] = json.loads(
        text.removeprefix("SECTIONS = ").rstrip(";\n")
    )
    assert address == "pond.html"
    assert [section["q"] for section in sections] == ["how deep", "row\nsail"]


def test_question_about_a_section_that_is_gone_is_a_warning(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the section, so that the question moves to another one."""
    said: list[str] = []
    monkeypatch.setattr(
        search.logger, "warning", lambda text, *args: said.append(text % args)
    )
    compare(app, app.env)
    assert said == []
    app.env.metadata["pond"]["press_sections"].pop()
    compare(app, app.env)
    assert said == [
        "questions.toml: there is no section 'boats' on the page 'pond'."
    ]
    said.clear()
    app.env.found_docs.clear()  # the whole page was taken out of the book
    compare(app, app.env)
    assert said == []
