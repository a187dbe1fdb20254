"""What the Makefile's targets run: its programs only note how it calls them.

A target that runs a checking program has to run all of it, and to fail where
it fails.
"""

import os
import re
import shutil
import subprocess
import time
import tomllib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from press.cli import COMMANDS

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
READY = ".venv/.ready"
TARGETS = [
    target
    for target in re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)
    if target not in {"help", "clean"}
]
PRESS = [name for name in TARGETS if name.partition("-")[0] in COMMANDS]
LOCK = re.compile(r"requirements[\w-]*\.lock")
LONG = re.compile(
    r"\bmark\.long\b|^(async )?def test_\w+\([^)]*\blong\b", re.MULTILINE
)
PROGRAM = """\
#!/bin/sh
echo "ONLY=$ONLY DRIVERS=$TEST_DRIVERS PYTHONPATH=$PYTHONPATH $*" >> called
test "$(grep -c . called)" != "$BROKEN"
"""
MAKE = str(shutil.which("make"))
Make = Callable[..., list[str]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Give a function that makes a target and lists what was called.

    Its argument ``broken`` is the number of the call that fails.
    """
    shutil.copy(ROOT / "Makefile", tmp_path)
    for path in ("pyproject.toml", *(x.name for x in ROOT.glob("*.lock"))):
        (tmp_path / path).touch()
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("python", "jupyter", "uv"):
        (folder / name).write_text(PROGRAM)
        (folder / name).chmod(0o755)
    (tmp_path / READY).touch()

    def make(target: str, broken: int = 0) -> list[str]:
        called = tmp_path / "called"
        called.unlink(missing_ok=True)
        if target == READY:
            (tmp_path / READY).unlink(missing_ok=True)
        python = ".venv/bin/python"
        done = subprocess.run(
            [MAKE, f"PYTHON={python}", "UV=.venv/bin/uv", target],
            cwd=tmp_path,
            env={"PATH": os.defpath, "BROKEN": str(broken)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert bool(done.returncode) is bool(broken), done.stderr
        return called.read_text().splitlines()

    return make


@pytest.mark.parametrize("target", [*TARGETS, READY])
def test_a_target_runs_what_there_is_and_ends_where_it_fails(
    make: Make, target: str
):
    """Each test and module is there, and no failure is passed over."""
    calls = make(target)
    assert calls
    for number in range(1, len(calls) + 1):
        assert make(target, broken=number) == calls[:number]
    words = " ".join(calls).split()
    named = [word for word in words if word.startswith("tests/")]
    assert [path for path in named if not (ROOT / path).exists()] == []
    modules = {
        name for x in calls for name in re.findall(r" -m ([\w.]+)", x)
    } - {"venv", "pip"}
    assert [name for name in modules if not find_spec(name)] == []


@pytest.mark.parametrize("target", PRESS)
def test_a_target_of_the_press_is_its_command(make: Make, target: str):
    """`make test-site` is `press test` with this one part, `make test` all."""
    command, _, part = target.partition("-")
    [call] = make(target)
    assert call.startswith(f"ONLY={part} ")
    assert call.endswith(f" -m press {command}")


@pytest.mark.parametrize("target", [*TARGETS, READY])
def test_what_is_installed_for_a_target_is_used(make: Make, target: str):
    """A lock is installed with its hashes, a folder of packages is found."""
    calls = make(target)
    for call in calls:
        if " pip " in call and LOCK.search(call) and "pip compile" not in call:
            assert " --require-hashes " in call
        if target != READY and (found := re.search(r"--target (\S+)", call)):
            assert f" PYTHONPATH={found[1]} " in calls[-1]


def test_the_oldest_versions_are_the_oldest_that_are_allowed(make: Make):
    """Of what the project asks for itself, `make lowest` takes the lowest."""
    [resolved] = [call for call in make("lowest") if "pip compile" in call]
    assert " --resolution lowest-direct " in resolved


def test_the_environment_is_renewed_with_each_lock(make: Make, tmp_path: Path):
    """It is as old as the oldest of the files that it is made from."""
    named = set(LOCK.findall("\n".join(make(READY))))

    def is_old() -> bool:
        command = [MAKE, "--question", READY]
        return bool(
            subprocess.run(command, cwd=tmp_path, check=False).returncode
        )

    later = time.time() + 60
    for name in ("pyproject.toml", *named):
        assert not is_old()
        os.utime(tmp_path / name, (later, later))
        assert is_old(), name
        os.utime(tmp_path / name, (0, 0))


def test_drivers_are_those_that_are_installed(make: Make):
    """Each driver of the group is tried, and CONTRIBUTING names it."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    asked = tomllib.loads(text)["dependency-groups"]["drivers"]
    [call] = make("drivers")
    [names] = re.findall(r" DRIVERS=(\S+)", call)
    drivers = names.split(",")
    assert {name.partition("+")[2] for name in drivers} == {
        Requirement(each).name for each in asked
    }
    paper = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [name for name in drivers if f"`{name}`" not in paper] == []


def test_hosted_ci_checks_all_that_can_be_checked(make: Make):
    """Some workflow makes each target that runs tests, the nightly one long.

    Each test with a long form takes it there.
    """
    runs = {
        path.stem: [
            step["run"]
            for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
            for step in job.get("steps", [])
            if "run" in step
        ]
        for path in (ROOT / ".github" / "workflows").glob("*.yml")
    }
    made = {step for steps in runs.values() for step in steps}
    calls = {target: "\n".join(make(target)) for target in TARGETS}
    checking = {
        f"make {target}"
        for target, call in calls.items()
        if re.search(r" -m (pytest|drift)\b", call)
    }
    assert checking <= made
    nightly = [
        calls.get(step.removeprefix("make "), step) for step in runs["nightly"]
    ]
    paths = {
        ROOT / path
        for step in nightly
        if "--long" in step
        for path in re.findall(r"tests/\S+", step)
    }
    left_out = [
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if LONG.search(path.read_text("utf-8"))
        and not paths & {path, *path.parents}
    ]
    assert left_out == []
