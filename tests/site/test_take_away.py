"""What readers take away works on their own machine."""

import json
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from press.site.opening import set_up_cell
from tests.site.checks import Site
from tests.site.conftest import ROOT
from tests.site.pasting import variables

# Of each kind: a lesson, one that reads the project, one that asks the probes,
# which a book may have not.
NOTEBOOKS = (
    *("03-engine", "bank/index"),
    *(path.stem for path in ROOT.glob("notebooks/*-portability-*.ipynb")),
)
RUNS = "from nbclient.cli import main; main()"
# Runs before any program of the environment.
OFFLINE = """\
import sys
LOCAL = {"127.0.0.1", "localhost", "::1", "0.0.0.0", ""}
def refuse(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        assert arguments[1][0] in LOCAL, arguments
sys.addaudithook(refuse)
"""
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
SET_UP = CONFIG["sphinx"]["config"]["press_set_up"]
# What runs a kernel is where the notebook is opened.
KERNEL = {"ipykernel", "jupyterlab"}


@pytest.fixture(scope="module")
def lessons(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the lessons, with an environment that the lock has filled."""
    place = tmp_path_factory.mktemp("taken")
    with ZipFile(site.root / "_downloads" / "lessons.zip") as packed:
        packed.extractall(place)
    folder = place / "lessons"
    environment(folder / ".venv")
    return folder


def environment(place: Path) -> None:
    """Make an environment with what the lock lists, and not the project."""
    make = (sys.executable, "-m", "venv", "--without-pip", place)
    subprocess.run(make, check=True)
    [packages] = place.glob("lib/*/site-packages")
    installed = sysconfig.get_path("purelib")
    (packages / "lock.pth").write_text(installed)
    (packages / "sitecustomize.py").write_text(OFFLINE)
    for program in Path(sys.executable).parent.iterdir():
        if not (place / "bin" / program.name).exists():
            (place / "bin" / program.name).symlink_to(program)


def run(folder: Path, *command: str | Path) -> None:
    """Run a program as a reader does, without a registry."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables(None) | {"PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def commands(folder: Path) -> list[str]:
    """List the commands that the README shows."""
    text = (folder / "README.md").read_text("utf-8")
    blocks = re.findall(
        r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE
    )
    return [line for block in blocks for line in block.splitlines()]


def test_lessons_run_offline(lessons: Path, *, long: bool) -> None:
    """After the README's commands, notebooks run without a network.

    A long run takes one of each kind.
    """
    make, lock, project, lab = commands(lessons)
    assert make == "python3 -m venv .venv"
    assert (lessons / lock.split()[-1]).is_file()
    assert lab == ".venv/bin/python -m jupyterlab START.ipynb"
    assert (lessons / lab.split()[-1]).is_file()
    run(lessons, *project.split())
    python = lessons / ".venv/bin/python"
    where = "import bank, lab; print(bank.__file__, lab.__file__)"
    run(lessons, python, "-c", f"{where}; assert '{lessons}' in bank.__file__")
    for name in NOTEBOOKS if long else NOTEBOOKS[:1]:
        run(lessons, python, "-c", RUNS, f"notebooks/{name}.ipynb")


def test_zip_is_small(site: Site) -> None:
    """It has sources alone."""
    path = site.root / "_downloads" / "lessons.zip"
    assert path.stat().st_size < 2_000_000


def test_downloaded_notebooks_are_plain(site: Site) -> None:
    """A notebook is offered as it is stored: no marks of the site's."""
    paths = sorted((ROOT / "notebooks").rglob("*.ipynb"))
    for path in paths:
        name = path.relative_to(ROOT)
        downloaded = site.root / "_sources" / name
        assert json.loads(downloaded.read_text()) == json.loads(
            path.read_text()
        ), name


def test_set_up_cell_brings_what_notebooks_import(tmp_path: Path) -> None:
    """Its first package is this project, which has the bank and the lab.

    What else it names is all that the lab needs, but for the kernel.
    """
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = groups["dependency-groups"]["lab"]
    names = {re.split(r"[^\w-]", each)[0] for each in wanted}
    assert set(SET_UP) == names - KERNEL

    address = "https://github.com/owner/name"
    cell = set_up_cell(address, SET_UP)
    magic, install, quiet, package, *others = cell.split()
    assert (magic, others) == ("%pip", SET_UP)
    assert package == f"git+{address}"
    offline = ("--no-deps", "--no-build-isolation", f"--target={tmp_path}")
    run(tmp_path, sys.executable, "-m", "pip", install, quiet, *offline, ROOT)
    there = "import bank.app, lab, sys; assert sys.path[0] in lab.__file__"
    path = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {there}"
    run(tmp_path, sys.executable, "-I", "-c", path)
