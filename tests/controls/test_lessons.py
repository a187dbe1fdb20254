"""Code of a lesson: the lesson that has the fault runs, and no other."""

import pytest

from press.book.book import Book, Edition, PressError
from press.making import flow
from tests.controls.conftest import Edit, own_tests

LESSON = "notebooks/12-switching-databases.ipynb"
CHECK = "exercise-order-check"
SOLUTION = "exercise-order-solution"


def test_a_solution_that_does_not_solve_stops_the_book(
    book: Book, edition: Edition, edit: Edit
):
    """A solution is executed, and must be judged good."""
    for path in book.sources():
        if path.name != LESSON.rpartition("/")[2]:
            path.unlink()
    edit(LESSON, "number.desc()", "number.asc()", SOLUTION)
    with pytest.raises(PressError, match=f"Failed: {LESSON}"):
        flow.prove(edition)


def test_an_exercise_that_is_always_good_fails_the_tests(
    book: Book, edit: Edit
):
    """Without its solution, an exercise must not be judged good."""
    right = 'return found == ["Ada", "Cleo", "Bob"]'
    edit(LESSON, right, "return bool(found)", CHECK)
    status, said = own_tests(
        book, "tests/book/test_exercises.py", "-k", "12-switching"
    )
    assert status == 1
    assert "AssertionError: switching-unknown-first" in said
