"""A bench: what a notebook's run in a fork shows, and what it leaves."""

import os
import time
from collections.abc import Iterator

import pytest

from drift.bench import Bench
from press.book.book import Book
from press.system.environment import environment
from tests.press.samples import code, write_notebook
from tests.press.test_check import FAILED, PLANTED

NAPPING = """
import subprocess
import sys
import time
from pathlib import Path

nap = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
Path("{folder}/pid").write_text(str(nap.pid))
time.sleep(60)
"""


@pytest.fixture
def bench(pond: Book) -> Iterator[Bench]:
    """Give a bench with the notebooks that break the contract."""
    for name, (planted, _) in PLANTED.items():
        path = pond.root / "notebooks" / f"{name}.ipynb"
        write_notebook(path, *planted.cells)
    folder = pond.root
    write_notebook(
        folder / "notebooks" / "nap.ipynb",
        code(NAPPING.format(folder=folder)),
    )
    write_notebook(
        folder / "notebooks" / "exit.ipynb",
        code("import os"),
        code("os._exit(0)"),
    )
    variables = environment()
    variables.pop("DATABASE_URL", None)
    with Bench(pond, "test", variables) as bench:
        yield bench


def test_contract(bench: Bench) -> None:
    """A fork finds just what the check finds in a real kernel."""
    for name, (_, findings) in PLANTED.items():
        if name == "too-slow":  # a cell's own limit is nbclient's affair
            continue
        reply = bench.run(f"notebooks/{name}.ipynb", 60)
        expected = bool(findings) or name in FAILED
        assert bool(reply["error"]) == expected, (name, reply)


def test_mutants_come_and_go(bench: Bench) -> None:
    """A mutant is noticed at once, and gone when it is taken away."""
    name = "notebooks/02-frog.ipynb"
    assert bench.run(name, 60)["error"] == ""
    source = bench.edition.tree / "src" / "pond" / "__init__.py"
    content = source.read_bytes()
    for _ in range(2):
        bench.put({"pond/__init__.py": content.replace(b"= 2", b"= 3")})
        reply = bench.run(name, 60)
        assert reply["error"].startswith("AssertionError")
        assert reply["cell"] == "cell-1"
        bench.restore()
        assert bench.run(name, 60)["error"] == ""
    assert source.read_bytes() == content


def test_hanging(bench: Bench, pond: Book) -> None:
    """A notebook that hangs is stopped in time, with what it started."""
    begun = time.monotonic()
    reply = bench.run("notebooks/nap.ipynb", 10)
    assert reply["error"] == "hung for 10 s"
    assert time.monotonic() - begun < 40
    nap = int((pond.root / "pid").read_text())
    deadline = time.monotonic() + 20
    while _is_alive(nap) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(nap)


def test_dying(bench: Bench) -> None:
    """A notebook that ends its process is no success, and stops nobody."""
    reply = bench.run("notebooks/exit.ipynb", 60)
    assert reply["error"] == "the process died"
    assert bench.run("notebooks/02-frog.ipynb", 60)["error"] == ""


def _is_alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended may still be listed."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - no path of ours
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
