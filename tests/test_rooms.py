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
from press.system.git import git

ROOT = Path(__file__).parent.parent
ROOMS = [
    room for room in ("drift", "portability") if (ROOT / "src" / room).exists()
]
CONTRACT = "[[tool.importlinter.contracts]]"
MODULES = ("press.cli", "press.gates.suite", "press.making.flow", "servers")
LISTS = ("_toc.yml", "_config.yml", "book/addresses.toml", "README.md")
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".stage", "_build", ".*_cache", "__pycache__"
)


@pytest.fixture(params=ROOMS)
def room(request: pytest.FixtureRequest) -> str:
    """Name a room that can be deleted."""
    return str(request.param)


@pytest.fixture
def without(room: str, tmp_path: Path) -> Iterator[Path]:
    """Copy the project without a room's code, tests, pages, links, lines."""
    place = tmp_path / "project"
    shutil.copytree(ROOT, place, ignore=LEFT_OUT)
    shutil.rmtree(place / "src" / room)
    shutil.rmtree(place / "tests" / room)
    for page in (
        *(place / "book").glob(f"{room}.*"),
        *(place / "notebooks").glob(f"*{room}*"),
        *(place / "tests" / "site").glob(f"test_{room}.py"),
    ):
        page.unlink()
    for name in LISTS:
        lines = (place / name).read_text("utf-8").splitlines(keepends=True)
        kept = (line for line in lines if not re.search(rf"\b{room}\b", line))
        (place / name).write_text("".join(kept), "utf-8")
    link = re.compile(rf"\[([^\]]+)\]\([^)]*\b{room}[^)]*\)")
    for pattern in ("book/*.md", "*.md", "notebooks/**/*.ipynb"):
        for page in place.glob(pattern):
            text = page.read_text("utf-8")
            page.write_text(link.sub(r"\1", text), "utf-8")
    project = place / "pyproject.toml"
    text = re.sub(rf'"(src/)?{room}", |, "{room}"', "", project.read_text())
    head, *contracts = text.split(CONTRACT)
    kept = (each for each in contracts if f'["{room}"]' not in each)
    project.write_text(CONTRACT.join([head, *kept]))
    git(place, "init", check=True)
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


def test_the_other_rooms_stand(room: str, without: Path, *, long: bool):
    """Imports, contracts and the book's configuration need no such room.

    The nightly run builds the book and runs the tests as well.
    """
    beside = Path(sys.executable).parent
    run(without, beside / "lint-imports", "--no-cache")
    contents = json.dumps(yaml.safe_load((without / "_toc.yml").read_text()))
    for name in re.findall(r'"file": "([^"]+)"', contents):
        assert list(without.glob(f"{name}.*")), name
    config = yaml.safe_load((without / "_config.yml").read_text())
    loaded = [*MODULES, *config["sphinx"]["config"]["extensions"]]
    run(without, sys.executable, "-c", f"import {', '.join(loaded)}")
    imports = re.compile(rf"^\s*(from|import) {room}\b", re.MULTILINE)
    for folder in ("src", "tests"):
        for path in (without / folder).rglob("*.py"):
            assert not imports.search(path.read_text("utf-8")), path
    if long:
        run(without, sys.executable, "-m", "press", "book")
        others = (f"--ignore=tests/{name}" for name in ("faults", "site"))
        run(
            without,
            *(sys.executable, "-m", "pytest", "-q", "-n", "auto"),
            *(*others, "tests"),
        )
