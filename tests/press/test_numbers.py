"""Numbers in prose: which are stated, and which a cell shows."""

from copy import deepcopy

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

from press.numbers import stated, unfounded
from tests.press.samples import code, notebook, text


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("It takes 12 steps.", {"12": {12}}),
        ("It takes twelve steps.", {"twelve": {12}}),
        ("Ten thousand rows.", {"Ten thousand": {10_000}}),
        ("1,000 rows", {"1,000": {1000}}),
        ("An account with 100.00.", {"100.00": {100, 10_000}}),
        ("After 50 ms.", {"50": {50, 0.05}}),
        ("Below 1.2.1 only.", {"1.2.1": {"1.2.1"}}),
        ("One of them is `n <= 12`.", {"12": {12}}),
        ("One of them, see [the 13th](other.md).", {}),
        ("Since 2.1 it is so ([what is new](https://example.org)).", {}),
        ("With MySQL 8.", {"8": {8}}),
        ("**Minutes**: 20", {}),
        ("## Three cures\n\nHere.", {"Three": {3}}),
        ("1. first\n2. second", {}),
        ("utf8mb4, asyncpg3", {}),
    ],
)
def test_stated(source: str, numbers: dict[str, set[float | str]]) -> None:
    """Numbers that a text answers for are found, others are not."""
    assert dict(stated(source)) == numbers


def prints(what: str) -> NotebookNode:
    """Make a code cell that has printed something."""
    cell = code("show()")
    cell.outputs = [new_output("stream", name="stdout", text=what)]
    return cell


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([text("## A\n\nIt is 12."), code("assert n == 12")], []),
        ([text("## A\n\nIt is 1,200."), code("assert n == 1_200")], []),
        ([text("## A\n\nIt is twelve."), prints("12 frogs")], []),
        ([text("## A\n\nIt is 12."), prints("13 frogs")], ["12"]),
        ([text("## A\n\nIt is 1.2.3."), prints("Frog 1.2.3")], []),
        ([text("## A\n\nIt is 1.2.3."), prints("Frog 1.2.4")], ["1.2.3"]),
        ([text("## A\n\nIt is 12."), text("## B"), prints("12")], []),
        (
            [text("## A\n\nIt is 12."), code("1"), text("## B"), prints("12")],
            ["12"],
        ),
    ],
)
def test_unfounded(cells: list[NotebookNode], found: list[str]) -> None:
    """A number needs a cell of its section, or, without any, of the page."""
    executed = notebook(*cells)
    assert [
        number for _, number in unfounded(deepcopy(executed), executed)
    ] == found
