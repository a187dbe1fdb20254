"""The table of statements and verdicts."""

import json
import tomllib
from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_output

from press.book.notebook import dump
from press.making.pages import with_outputs
from press.site.verdicts import complaints, edited
from tests.press.samples import code, executed, notebook, text
from tests.sphinx_build import build as build_pages

STATEMENTS = """
[wet]
section = 1
says = "Water is wet."
judged = "dc8414ef"

[deep]
section = 2
says = "The pond is deep."
judged = "f956aeb0"
"""
CONFIG = """
extensions = ["myst_nb", "press.site.extension"]
nb_execution_mode = "off"
press_statements = "statements.toml"
"""


def declared(name: str, verdict: str = "True", because: str = "So.") -> str:
    """Write a declaration as a page has it."""
    data = {"id": name, "verdict": verdict, "because": because}
    return f'<div id="claim-{name}" data-claim="{escape(json.dumps(data))}">'


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., tuple[str, BeautifulSoup]]:
    """Give a function that builds pages, for warnings and the table."""

    def build(**pages: str) -> tuple[str, BeautifulSoup]:
        folder = tmp_path / "book"
        folder.mkdir(exist_ok=True)
        (folder / "conf.py").write_text(CONFIG)
        (folder / "statements.toml").write_text(STATEMENTS)
        (folder / "index.md").write_text(
            "# Claims\n\n```{claims}\n```\n\n```{toctree}\npond\n```\n"
        )
        for name, page in pages.items():
            (folder / f"{name}.md").write_text(f"# Pond\n\n{page}\n")
        warnings, built = build_pages(folder, tmp_path)
        return warnings, built["index"]

    return build


def test_each_statement_once_is_fine() -> None:
    """Nothing is wrong when each statement has one verdict."""
    pages = {"a": [{"id": "wet"}], "b": [{"id": "deep"}], "c": []}
    assert list(complaints(["wet", "deep"], pages)) == []


def test_a_statement_without_a_verdict_is_named() -> None:
    """A statement that no page judges is found."""
    assert list(complaints(["wet"], {"a": []})) == [
        "No page declares a verdict on the statement 'wet'."
    ]


def test_a_statement_judged_twice_is_named() -> None:
    """Two verdicts are found, with their pages."""
    pages = {"a": [{"id": "wet"}], "b": [{"id": "wet"}]}
    assert list(complaints(["wet"], pages)) == [
        "The statement 'wet' is judged 2 times: a, b."
    ]


def test_a_verdict_on_nothing_is_named() -> None:
    """A verdict whose statement is gone is found."""
    pages = {"a": [{"id": "wet"}, {"id": "dry"}]}
    assert list(complaints(["wet"], pages)) == [
        "a judges 'dry', which is no statement."
    ]


def test_a_book_without_statements_is_left_alone() -> None:
    """Verdicts are nobody's business where no file of statements is named."""
    assert list(complaints([], {"a": [{"id": "wet"}]})) == []


@pytest.mark.parametrize("change", [{"says": "So."}, {"judged": "0"}])
def test_an_edited_statement_needs_its_verdict_again(
    change: dict[str, str],
) -> None:
    """Words that were not judged are found, until the verdict is confirmed."""
    statements = tomllib.loads(STATEMENTS)
    pages = {"a": [{"id": "wet", "verdict": "True"}]}
    assert list(edited(statements, pages)) == []
    statements["wet"] |= change
    [fault] = edited(statements, pages)
    assert fault.startswith("The statement 'wet' or its verdict in a has been")
    statements["wet"]["judged"] = fault.split('"')[1]
    assert list(edited(statements, pages)) == []


def test_a_flipped_verdict_is_named() -> None:
    """A verdict that was changed alone is found."""
    pages = {"a": [{"id": "wet", "verdict": "Not so"}]}
    [fault] = edited(tomllib.loads(STATEMENTS), pages)
    assert "'wet'" in fault


def test_the_table_is_made_from_the_pages(
    build: Callable[..., tuple[str, BeautifulSoup]],
) -> None:
    """Each row has the statement and its verdict, linked to the cell."""
    warnings, page = build(
        pond=declared("wet") + declared("deep", "Not so", "It is <2 m.")
    )
    assert warnings == ""
    rows = page.select("table.claims tbody tr")
    cells = [[cell.get_text(strip=True) for cell in row("td")] for row in rows]
    assert cells == [
        ["1", "Water is wet.", "TrueSo."],
        ["2", "The pond is deep.", "Not soIt is <2 m."],
    ]
    links = [link["href"] for link in page.select("table.claims a")]
    assert links == ["pond.html#claim-wet", "pond.html#claim-deep"]


def test_a_build_warns_of_each_fault(
    build: Callable[..., tuple[str, BeautifulSoup]],
) -> None:
    """A fault is a warning, also in a build that reads few pages again."""
    warnings, _ = build(pond=declared("wet") + declared("wet"))
    assert "'wet' is judged 2 times: pond, pond." in warnings
    assert "No page declares a verdict on the statement 'deep'." in warnings
    warnings, page = build(pond=declared("wet") + declared("deep", "Not so"))
    assert warnings == ""
    assert len(page.select("table.claims tbody tr")) == 2


@pytest.mark.parametrize(("other", "times"), [("True", 1), ("Not so", 2)])
def test_a_verdict_shown_for_each_database_counts_once(
    tmp_path: Path, other: str, times: int
) -> None:
    """Outputs that differ repeat a verdict; another verdict is a fault."""
    stored = notebook(text("# Pond"), code("judge()"))
    copies = {name: executed(stored, "") for name in ("sqlite", "mysql")}
    for (name, copy), verdict in zip(
        copies.items(), ("True", other), strict=True
    ):
        html = declared("wet", verdict, because=f"On {name}.") + "</div>"
        copy.cells[1].outputs = [
            new_output("display_data", {"text/html": html})
        ]
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "conf.py").write_text(CONFIG)
    (folder / "statements.toml").write_text(STATEMENTS.partition("[deep]")[0])
    page = with_outputs(stored, copies)
    page.cells[0].source += "\n\n```{claims}\n```"
    (folder / "index.ipynb").write_bytes(dump(page))
    warnings, pages = build_pages(folder, tmp_path)
    assert ("'wet' is judged 2 times" in warnings) == (times == 2)
    assert ("WARNING" in warnings) == (times == 2)
    assert len(pages["index"].select("#claim-wet")) == 1
