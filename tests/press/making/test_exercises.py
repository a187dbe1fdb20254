"""Exercises run again at the end, and their verdicts are held to."""

from press.making.exercises import again, misjudged
from tests.press.samples import code, notebook, text

STUB = code("jump()", tags=["stub"])
SOLUTION = code("leap()", tags=["solution"])
CLEAN_UP = code("pond.close()")


def executed(stub, solution):
    """Give a notebook whose exercise showed these verdicts."""
    made = notebook(STUB, SOLUTION, CLEAN_UP)
    for cell, said in zip(made.cells, (stub, solution), strict=False):
        cell.outputs = [
            {"output_type": "stream", "name": "stdout", "text": said}
        ]
    return made


def test_exercises_and_the_clean_up_are_repeated():
    """Check, stub, solution and the last cell run again, nothing else."""
    check = code("def jumps(): ...", tags=["check"])
    made = notebook(text("# Frog"), code("1"), check, STUB, CLEAN_UP)
    copies = again(made)
    assert [cell.source for cell in copies] == [
        "def jumps(): ...",
        "jump()",
        "pond.close()",
    ]
    assert [cell.id for cell in copies] == [
        f"again-cell-{number}" for number in (2, 3, 4)
    ]
    assert "tags" not in made.cells[4].metadata


def test_wrong_answers_are_tried_last():
    """Each is the solution with one edit, and must not pass its check."""
    solution = code("leap(3)\nassert good\ngood", tags=["solution"])
    solution.metadata["wrong"] = [["3", "2"], ["leap", "jump"]]
    made = notebook(STUB, solution, CLEAN_UP)
    copies = again(made)
    assert [cell.source for cell in copies[2:]] == [
        "leap(2)\ngood",
        "jump(3)\ngood",
        "pond.close()",
    ]
    for cell, said in zip(copies, ("Not yet", "Right") * 2, strict=False):
        cell.outputs = [
            {"output_type": "stream", "name": "stdout", "text": said}
        ]
    made.cells = copies
    [finding] = misjudged(made)
    assert finding == (
        ", cell cell-1-wrong-2 run again: is a wrong answer, but does not"
        " show 'Not yet'."
    )


def test_a_notebook_without_exercises_is_not_repeated():
    """Nothing is appended where there is nothing to solve."""
    assert again(notebook(code("1"), CLEAN_UP)) == []


def test_verdicts_are_those_that_readers_should_see():
    """A stub is not yet right, and a solution is."""
    assert (
        list(misjudged(executed("Not yet: it jumps", "Right: it jumps"))) == []
    )
    found = list(misjudged(executed("Right: it jumps", "Not yet: it jumps")))
    assert found == [
        ", cell 1: is a stub, but does not show 'Not yet'.",
        ", cell 2: is a solution, but does not show 'Right'.",
    ]
