"""The inverted control: what changes nothing must not be noticed."""

import pytest
from nbformat import NotebookNode

from drift import harmless
from drift.source import read_package
from press.book.book import Book, Edition
from press.book.notebook import code_cells, read, tags
from press.making.execute import VERDICT, execute
from press.making.stage import stage
from tests.controls.conftest import Edit

# They show no times, and no code of the package.
LESSONS = (
    "notebooks/07-executing-queries.ipynb",
    "notebooks/12-switching-databases.ipynb",
)
SEARCH = """\
    for kind, code in _STATUS.items():
        if isinstance(ours, kind):
            return JSONResponse({"detail": _tell(ours)}, code)
"""
LOOK_UP = """\
    for kind in type(ours).__mro__:
        if kind in _STATUS:
            return JSONResponse({"detail": _tell(ours)}, _STATUS[kind])
"""


def shown(notebook: NotebookNode) -> list[list[NotebookNode]]:
    """Give what each cell of an executed notebook shows."""
    return [
        cell.outputs
        for _, cell in code_cells(notebook)
        if VERDICT not in tags(cell)
    ]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_refactoring_changes_no_byte(
    book: Book, edition: Edition, edit: Edit, lesson: str
):
    """Formatted otherwise, renamed inside and faster, the code shows it all.

    Its comments are gone, its private names and local variables have other
    names, and a search has become a look-up.
    """
    before = shown(read(edition.executed / lesson))
    edit("src/bank/app.py", SEARCH, LOOK_UP)
    source = book.root / "src"
    for change in (harmless.reformatted, harmless.renamed):
        for path, content in change(read_package(source, "bank")).items():
            (source / path).write_bytes(content)
    notebooks = stage(edition)
    assert execute(edition, {lesson: notebooks[lesson]}) == []
    assert shown(read(edition.executed / lesson)) == before
