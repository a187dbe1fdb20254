"""Trials: a small project, broken and judged."""

from dataclasses import replace
from pathlib import Path

import pytest

from drift.bench import Bench
from drift.patch import Edit, Patch
from drift.report import exit_status, scores, table
from press.book.book import Book, Run
from press.system.environment import environment
from press.system.git import git

MODULE = """\
def price(number):
    # in cents
    return number * 3
"""
TEST = """\
from pond import price


def test_price():
    assert price(2) == 6
"""
INI = "[tool.pytest.ini_options]\nasyncio_mode = 'auto'\n"
FAULT = ("src/pond.py", "number * 3", "number + 3")
HARMLESS = ("src/pond.py", "# in cents", "# in whole cents")


def patch(kind: str, *edit: str) -> Patch:
    """Make a change of one edit."""
    return Patch(f"a-change-of-{kind}", kind, "Why.", (Edit(*edit),))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a project with one test, in a git repository."""
    for name, text in {
        "src/pond.py": MODULE,
        "tests/bank/test_pond.py": TEST,
        "pyproject.toml": INI,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", check=True)
    return tmp_path


@pytest.fixture
def bench(root: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Make a bench whose judge is the project's test."""
    here = str(Path(__file__).parent.parent.parent / "src")
    monkeypatch.setattr(
        "drift.scene.Scene.environment",
        property(
            lambda scene: {
                **scene.variables,
                "PYTHONPATH": f"{scene.place / 'src'}:{here}",
            }
        ),
    )
    run = Run(Book(root), "sqlite", {})
    return Bench(root, [run], environment(), ["tests"], workers=2)


def test_a_fault_is_noticed_and_a_harmless_change_is_not(bench: Bench):
    """What notices is named, and the project itself stays as it is."""
    changes = [patch("regressions", *FAULT), patch("harmless", *HARMLESS)]
    assert bench.red(changes) == ""
    fault, harmless = bench.run(changes)
    assert fault.verdicts == {"tests": "tests/bank/test_pond.py::test_price"}
    assert harmless.verdicts == {"tests": ""}
    assert exit_status([fault, harmless], least=100) == 0
    assert (bench.root / "src" / "pond.py").read_text() == MODULE


def test_untried_is_not_unnoticed(bench: Bench):
    """What there was no time for counts neither way, and has its status."""
    [outcome] = bench.run([patch("regressions", *FAULT)], deadline=0)
    assert outcome.untried
    assert exit_status([outcome], least=100) == 2
    [score] = scores([outcome])
    assert (score.noticed, score.tried, score.total) == (0, 0, 1)
    assert list(table([outcome]))[-1].startswith("untried: ")


def test_what_no_longer_fits_is_untried(bench: Bench):
    """The others are tried all the same, and the status says it."""
    stale, fault = patch("harmless", *FAULT), patch("regressions", *FAULT)
    kept = Edit("src/pond.py", "a line that was rewritten", "")
    outcomes = bench.run([replace(stale, edits=(kept,)), fault])
    assert [outcome.untried for outcome in outcomes] == [True, False]
    assert exit_status(outcomes, least=100) == 2


def test_unnoticed_has_its_status(bench: Bench):
    """A regression that nothing notices, or a harmless one that does not."""
    missed = patch("regressions", *HARMLESS)
    blamed = patch("harmless", *FAULT)
    for outcome in bench.run([missed, blamed]):
        assert exit_status([outcome], least=100) == 1


def test_mutants_are_held_to_a_share(bench: Bench):
    """Some mutants change nothing, so a share of them has to be noticed."""
    outcomes = bench.run(
        [patch("mutants", *FAULT), patch("mutants", *HARMLESS)]
    )
    assert exit_status(outcomes, least=50) == 0
    assert exit_status(outcomes, least=51) == 1


def test_a_verdict_is_kept_until_something_changes(bench: Bench, root: Path):
    """A second run asks nobody again, until the code or a test differs."""
    change = patch("regressions", *FAULT)
    first = bench.run([change])
    again = Bench(root, bench.runs, {}, ["tests"])
    assert again.run([change], deadline=0) == first
    (root / "tests" / "bank" / "test_pond.py").write_text(f"{TEST}\n")
    later = Bench(root, bench.runs, {}, ["tests"])
    [outcome] = later.run([change], deadline=0)
    assert outcome.untried


def test_a_project_that_is_red_is_named(bench: Bench, root: Path):
    """Without any change, what fails is what the run stops with."""
    broken = MODULE.replace("* 3", "* 4")
    (root / "src" / "pond.py").write_text(broken)
    red = bench.red([patch("regressions", *FAULT)])
    assert red == "tests/bank/test_pond.py::test_price"
