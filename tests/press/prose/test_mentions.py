"""Names in prose: which are known, and which nothing has."""

import pytest

from press.book.book import Book
from press.prose.mentions import Names, of_notebook, of_pages, unknown
from tests.press.samples import code, notebook, text

POND = '''\
"""A pond, once called puddle."""

DEPTH = 2


class Frog:
    """Jumps; used to hop."""

    def jump(self, far: float) -> None:
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
    config.write_text(f"{config.read_text()}    press_packages: [pond]\n")
    return Names(book)


@pytest.mark.parametrize(
    "source",
    [
        "Say `pond.DEPTH`, or `Frog.jump(far=2)`.",
        "Say `asyncio` and `leap`.",
        "Say [`Frog.jump()`](#pond.Frog.jump), whose [`far`](#pond.Frog).",
        "See `src/toad/`, `toad.toml` and `make toad`.",
        "Say `toad` ([of toads](https://example.org/toads)).",
        "A toad, 2_000 of them.",
        "```text\n`toad`\n```",
    ],
)
def test_known(names: Names, source: str) -> None:
    """What the packages, Python, the cells or a linked source have."""
    assert list(unknown(source, names, {"leap"})) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Say\n`toad`.", [(2, "toad")]),
        ("# The `toad`", [(1, "toad")]),
        ("Say `pond.puddle`, or `hop`.", [(1, "puddle"), (1, "hop")]),
        ("Say `Frog.swim()`.", [(1, "Frog.swim")]),
        ("Say Frog.jump_far, or jump_far.", [(1, "jump_far")] * 2),
        ("| a |\n|---|\n| `toad` |", [(3, "toad")]),
        ("[`swim()`](#pond.Frog.jump)", [(1, "swim() -> #pond.Frog.jump")]),
    ],
)
def test_unknown(
    names: Names, source: str, found: list[tuple[int, str]]
) -> None:
    """A name that is gone, misspelt or another class's, with its line."""
    assert list(unknown(source, names, set())) == found


def test_places(book: Book, names: Names) -> None:
    """A lesson knows its own cells, a page those of all lessons."""
    first = notebook(text("`leap` `toad`"), code("leap = 1"))
    second = notebook(text("`leap`"), code("1"))
    assert list(of_notebook(first, first, names)) == [("cell-0", "toad")]
    assert list(of_notebook(second, second, names)) == [("cell-0", "leap")]
    page = book.root / "book" / "depth.md"
    page.write_text("# Depth\n\n`leap` `toad`\n")
    assert list(of_pages(book, {"first.ipynb": first}, names)) == [
        ("book/depth.md", 3, "toad")
    ]
