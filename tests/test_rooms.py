"""A room can be deleted, and the others stand."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from press.system.environment import environment

ROOT = Path(__file__).parent.parent
CONTRACT = "[[tool.importlinter.contracts]]"
MODULES = ("press.cli", "press.gates.suite", "press.making.flow", "servers")
IMPORTS = re.compile(r"^\s*(from|import) drift\b", re.MULTILINE)
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".stage", "_build", ".*_cache", "__pycache__"
)


@pytest.fixture
def without(tmp_path: Path) -> Iterator[Path]:
    """Copy the project without drift: no code, no tests, no page, no line."""
    place = tmp_path / "project"
    shutil.copytree(ROOT, place, ignore=LEFT_OUT)
    shutil.rmtree(place / "src" / "drift")
    shutil.rmtree(place / "tests" / "drift")
    for page in (place / "book").glob("drift.*"):
        page.unlink()
    for name in ("_toc.yml", "_config.yml"):
        lines = (place / name).read_text().splitlines(keepends=True)
        kept = (line for line in lines if "drift" not in line)
        (place / name).write_text("".join(kept))
    project = place / "pyproject.toml"
    text = re.sub(r'"(src/)?drift", ', "", project.read_text())
    head, *contracts = text.split(CONTRACT)
    kept = (each for each in contracts if '["drift"]' not in each)
    project.write_text(CONTRACT.join([head, *kept]))
    yield place
    shutil.rmtree(place)


def run(place: Path, *command: str | Path) -> None:
    """Run a program in a copy, with the copy's code."""
    done = subprocess.run(
        command,
        cwd=place,
        check=False,
        capture_output=True,
        text=True,
        env={**environment(), "PYTHONPATH": str(place / "src")},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_other_rooms_stand_without_drift(without: Path, *, long: bool):
    """Imports, contracts and the book's configuration need no drift.

    The nightly run builds the book as well.
    """
    beside = Path(sys.executable).parent
    run(without, beside / "lint-imports", "--no-cache")
    loads = f"import {', '.join(MODULES)}"
    run(without, sys.executable, "-c", loads)
    contents = json.dumps(yaml.safe_load((without / "_toc.yml").read_text()))
    for name in re.findall(r'"file": "([^"]+)"', contents):
        assert list(without.glob(f"{name}.*")), name
    config = yaml.safe_load((without / "_config.yml").read_text())
    for name in config["sphinx"]["config"]["extensions"]:
        run(without, sys.executable, "-c", f"import {name}")
    for path in (without / "tests").rglob("*.py"):
        assert not IMPORTS.search(path.read_text(encoding="utf-8")), path
    if long:
        run(without, sys.executable, "-m", "press", "book")
