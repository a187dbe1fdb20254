"""Names in prose: which are known, and which nothing has."""

import pytest

from press.book.book import Book
from press.prose.mentions import Names, of_notebook, of_pages, unknown
from tests.press.samples import code, notebook, text

MORE = """\
    press_libraries: [unittest]
    press_foreign: [WARM_BLOOD]
"""
POND = '''\
"""A pond, once called puddle."""

DEPTH = 2


class Frog:
    """Jumps; used to hop."""

    def jump_far(self, much: float) -> None:
        """Jump."""


class Newt:
    """Swims."""

    def swim(self) -> None:
        """Swim."""
'''


@pytest.fixture
def names(book: Book) -> Names:
    """Read a package with two classes."""
    (book.root / "src" / "pond" / "__init__.py").write_text(POND)
    config = book.root / "_config.yml"
    config.write_text(
        f"{config.read_text()}    press_packages: [pond]\n{MORE}"
    )
    return Names(book, {})


@pytest.mark.parametrize(
    "source",
    [
        "Say `pond.DEPTH`, or `Frog.jump_far(much=2)`.",
        "A `ValueError`, a `TestCase` and `leap_high`.",
        "Say [`Frog.jump_far()`](#pond.Frog.jump_far).",
        "See `src/old_toad/`, `old_toad.py`, `make old_toad`.",
        "Say `old_toad` ([of toads](https://example.org/toads)).",
        "An old_toad, 2_000 of them, `SELECT`, `toad` and `WARM_BLOOD`.",
        "```text\n`old_toad`\n```",
    ],
)
def test_known(names: Names, source: str) -> None:
    """What the packages, Python, the cells or a linked source have."""
    assert list(unknown(source, names, {"leap_high"})) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Say\n`old_toad`.", [(2, "old_toad")]),
        ("# The `OldToad`", [(1, "OldToad")]),
        ("Say `pond.old_puddle()`.", [(1, "old_puddle")]),
        ("Say `Frog.swim()`.", [(1, "Frog.swim")]),
        ("| a |\n|---|\n| `old_toad` |", [(3, "old_toad")]),
        (
            "[`swim()`](#pond.Frog.jump_far)",
            [(1, "swim() -> #pond.Frog.jump_far")],
        ),
    ],
)
def test_unknown(
    names: Names, source: str, found: list[tuple[int, str]]
) -> None:
    """A name that is gone, misspelt or another class's, with its line."""
    assert list(unknown(source, names, set())) == found


def test_places(book: Book) -> None:
    """All cells' code is known, and what the same notebook shows."""
    first = notebook(text("`leap_high` `shown_here`"), code("leap_high = 1"))
    first.cells[1].outputs = [
        {"output_type": "stream", "name": "stdout", "text": "shown_here"}
    ]
    second = notebook(text("`leap_high` `shown_here`"), code("1"))
    names = Names(book, {"first.ipynb": first, "second.ipynb": second})
    assert list(of_notebook(first, first, names)) == []
    assert list(of_notebook(second, second, names)) == [
        ("cell-0", "shown_here")
    ]
    page = book.root / "book" / "depth.md"
    page.write_text("# Depth\n\n`leap_high` `old_toad`\n")
    assert list(of_pages(book, names)) == [("book/depth.md", 3, "old_toad")]
