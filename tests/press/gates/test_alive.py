"""Asserts that cannot fail, and expectations that anything meets."""

import pytest
from nbformat.v4 import new_code_cell

from press.gates.alive import of_code, of_promise


@pytest.mark.parametrize(
    "code",
    [
        "assert True",
        "%%writefile test_depth.py\nassert True",
        "assert depth == depth",
        "assert (frog.swims() for frog in frogs)",
        "assert [frog.swims() for frog in frogs]",
        "assert [frog.swims()]",
        "assert depth == 2 or dialect != 'postgres'",
        "if engine.dialect.name in {'maria', 'mysql'}:\n    swim()",
        "assert depth == 2 or True",
        "assert not False",
        "assert len(frogs) >= 0",
        "assert pond.frogs() >= 0",
        "assert len(frogs) <= (3 if is_pond else 0)",
        "assert frogs >= 2",
        "if False:\n    assert depth == 2",
        "while 0:\n    swim()",
        "with suppress(Exception):\n    swim()",
        "with lab.expect(BaseException, match='deep'):\n    swim()",
        "with pytest.raises(Sunk, match='.*'):\n    swim()",
        "with lab.expect(Sunk, match='deep|'):\n    swim()",
        "with lab.expect(Sunk, match='dee'):\n    swim()",
        "check({'it is deep': lambda: True})",
        "check({'it is deep': lambda: depth == 2 or True})",
        "task = asyncio.create_task(swim())\ntask.cancel()\nawait task",
    ],
)
def test_dead_checks_are_found(code: str):
    """What cannot fail, or lets anything pass, is found."""
    assert list(of_code(code))


@pytest.mark.parametrize(
    "code",
    [
        "assert depth == 2",
        "assert all(frog.swims() for frog in frogs)",
        "assert [frog for frog in frogs if frog.swims()]",
        "assert depth == 2 or engine.dialect.name != 'postgresql'",
        "assert dialect in {'mariadb', 'mysql'}",
        "assert next(numbers) != next(numbers)",
        "while True:\n    break",
        "with suppress(Sunk):\n    swim()",
        "with lab.expect(Sunk, match='deep|shallow'):\n    swim()",
        "with lab.expect(SystemExit, match='^2$'):\n    swim()",
        "assert len(frogs) > 1",
        "assert 1 < frogs <= 5",
        "assert set(frogs) <= {'Ada'}",
        "check({'it is deep': lambda: depth == 2 or is_pond})",
        "check({'it is deep': lambda: depth == 2})",
        "task = asyncio.create_task(swim())\nawait begun\ntask.cancel()",
        "def stop():\n    task.cancel()\ntask = asyncio.create_task(swim())",
        "%matplotlib inline",
    ],
)
def test_live_checks_are_left_alone(code: str):
    """What can fail is no finding, nor is what is not plain Python."""
    assert list(of_code(code)) == []


@pytest.mark.parametrize(
    ("promise", "number"),
    [
        ({"type": "Sunk", "message": "deep"}, 0),
        ({"type": "Exception", "message": "deep"}, 1),
        ({"type": "Sunk", "message": ""}, 1),
        ({"type": "Exception", "message": ".*"}, 2),
    ],
)
def test_wide_promises_are_found(promise: dict[str, str], number: int):
    """A cell promises an error by its type and its words."""
    cell = new_code_cell("swim()", metadata={"raises": promise})
    assert len(list(of_promise(cell))) == number
