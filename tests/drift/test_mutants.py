"""Generic mutants."""

from pathlib import Path

import pytest

from drift.mutants import of_file, sample

SOURCE = '''\
"""Frogs ├── and toads."""


async def leap(frog: int = 1) -> bool:
    """Leap."""
    if frog == 2 and await jump(frog, far=True):
        await land()
    return f"{frog} = 3"
'''


@pytest.mark.parametrize(
    "line",
    [
        "async def leap(frog: int = 2) -> bool:",
        "    if frog != 2 and await jump(frog, far=True):",
        "    if frog == 2 and await jump(frog):",
        "    if frog == 2 and await jump(frog, far=False):",
        "    if ((frog == 2) or (await jump(frog, far=True))):",
        "        pass",
    ],
)
def test_mutants(line: str):
    """One thing is changed at a time, and the rest is as it was."""
    found = [mutant.edits[0].after for mutant in of_file("x.py", SOURCE)]
    [mutated] = [text for text in found if f"\n{line}\n" in text]
    before, after = SOURCE.splitlines(), mutated.splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_what_only_readers_see_is_left_alone():
    """Docstrings and annotations have no mutants."""
    for mutant in of_file("x.py", SOURCE):
        text = mutant.edits[0].after
        assert '"""Frogs ├── and toads."""' in text
        assert "-> bool:\n" in text


def test_a_seed_draws_the_same_sample(tmp_path: Path):
    """The same seed gives the same mutants, and no more than there are."""
    (tmp_path / "x.py").write_text(SOURCE)
    few = sample(tmp_path, ["x.py"], 3, seed=1)
    assert few == sample(tmp_path, ["x.py"], 3, seed=1)
    every = sample(tmp_path, ["x.py"], 1_000, seed=2)
    assert len(every) == len(list(of_file("x.py", SOURCE)))
