"""Execution: what kernels are told, and when outputs are not kept."""

import json
from collections.abc import Collection
from dataclasses import replace

import pytest

from press.book.book import PressError, Run
from press.book.notebook import code_cells, dump, read
from press.making.execute import (
    Outcomes,
    execute,
    kernel_profile,
    prepared,
    run_staged,
    verdict,
)
from tests.press.samples import code, notebook, staged


def test_verdict() -> None:
    """A notebook whose watch was not asked has no verdict."""
    content = prepared(notebook(code("1")))
    assert content.cells[-1].source.endswith("await watch.verdict()")
    assert verdict(content) is None


def test_profile(run: Run) -> None:
    """Kernels are told to load the watch and to keep no history."""
    path = kernel_profile(run) / "profile_default"
    content = (path / "ipython_kernel_config.json").read_text()
    assert '"extensions": ["press.making.watch"]' in content


def test_broken_run(run: Run) -> None:
    """A run that pytest cannot begin is told with pytest's own words."""
    notebooks = staged(run)
    variables = {**run.variables, "PYTEST_PLUGINS": "no_such_plugin"}
    with pytest.raises(PressError, match="no_such_plugin"):
        execute(replace(run, variables=variables), notebooks)


def test_code_changed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs of code that changed meanwhile are not kept."""
    notebooks = staged(run)

    def run_staged(run: Run, names: dict[str, str]) -> Outcomes:
        (run.book.root / "src" / "pond" / "frog.py").write_text("\n")
        return {name: {"passed": True} for name in names}

    monkeypatch.setattr("press.making.execute.run_staged", run_staged)
    with pytest.raises(PressError, match="The code changed while the noteb"):
        execute(run, notebooks)
    assert not run.executed.exists()


def test_longest_first(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is for this database alone, and what took longest, begins first."""
    took = {"short": 1, "long": 9, "own": 0}
    for name in took:
        (run.tree / name).parent.mkdir(parents=True, exist_ok=True)
        (run.tree / name).write_text(
            f'"only-{run.database}"' * (name == "own")
        )
    outcomes = {
        name: {"passed": True, "seconds": seconds}
        for name, seconds in took.items()
    }
    work = run.book.work
    work.mkdir(exist_ok=True)
    (work / "another-outcomes.json").write_text(json.dumps(outcomes))
    asked: list[str] = []

    def start(command: list[str], **_more: object) -> int:
        asked.extend(each for each in command if each in took)
        own = work / f"{run.database}-outcomes.json"
        own.write_text(json.dumps(outcomes))
        return 0

    monkeypatch.setattr("press.making.execute.start", start)
    run_staged(run, list(took))
    assert asked == ["own", "long", "short"]


def test_kernel_that_does_not_start(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its notebook gets another one, once; a cell that fails gets none."""
    notebooks = staged(run)
    still, frog = notebooks
    asked: list[list[str]] = []

    def run_staged(run: Run, names: Collection[str]) -> Outcomes:
        asked.append(list(names))
        if frog in names:
            copy = read(run.tree / frog)
            next(cell for _, cell in code_cells(copy)).execution_count = 1
            (run.tree / frog).write_bytes(dump(copy))
        return {name: {"passed": False, "error": "Dead."} for name in names}

    monkeypatch.setattr("press.making.execute.run_staged", run_staged)
    assert execute(run, notebooks) == {still: "Dead.", frog: "Dead."}
    assert asked == [[still, frog], [still]]
