"""A warm process that forks itself once for each notebook it is asked to run.

``python -m drift.worker TREE`` reads a request a line and answers each
with a line, both JSON. What notebooks import, apart from the code of the book
itself, is imported here before the fork, and so is paid for once.
"""

import gc
import importlib
import importlib.util
import json
import os
import select
import shutil
import signal
import sys
import sysconfig
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from drift import shell
from drift import sweep as sweeping
from press.book.book import Book
from press.book.notebook import failing_cell, read
from press.making.check import of_executed, of_prose
from press.prose.mentions import Names
from press.system.child import hear_of_parents_death

Reply = dict[str, Any]


def main() -> None:
    """Serve requests until standard input ends."""
    tree = Path(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        what = sweep_in_child if "sweep" in request else fork
        reply = what(tree, **request)
        sys.stdout.write(f"{json.dumps(reply)}\n")
        sys.stdout.flush()


def fork(tree: Path, name: str, timeout: float, coverage: str = "") -> Reply:
    """Run a notebook in a child, and see to it that nothing of it remains.

    Args:
        tree: The copy of the book.
        name: The notebook's path in it.
        timeout: After how many seconds the child is stopped.
        coverage: The configuration under which to measure coverage, if any.

    Returns:
        How the notebook ended, see `judge`, and its ``seconds``.
    """
    begun = time.monotonic()
    scratch = tempfile.mkdtemp()
    answer, told = os.pipe()
    gc.freeze()
    child = os.fork()
    if not child:
        os.close(answer)
        _live(tree, name, scratch, coverage, told)
    os.close(told)
    text = _listen(answer, begun + timeout)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    shutil.rmtree(scratch, ignore_errors=True)
    seconds = round(time.monotonic() - begun, 2)
    if text is None:
        return {"error": f"hung for {timeout:.0f} s", "seconds": seconds}
    if not text:
        return {"error": "the process died", "seconds": seconds}
    reply: Reply = json.loads(text)
    _warm_up(reply.pop("modules"))
    return reply | {"seconds": seconds}


def sweep_in_child(
    tree: Path,  # noqa: ARG001 - as for every request
    sweep: str,
    keep: list[str] | None,
    timeout: float = 60.0,
) -> Reply:
    """Look for databases on a server, or drop those that were left.

    Args:
        tree: The copy of the book.
        sweep: The server's URL.
        keep: The databases that stay; None to drop none.
        timeout: After how many seconds the child is stopped.

    Returns:
        ``names``, what was found or dropped; None if it took too long.
    """
    answer, told = os.pipe()
    child = os.fork()
    if not child:
        names: list[str] | None = None
        try:
            names = (
                sweeping.databases(sweep)
                if keep is None
                else sweeping.sweep(sweep, keep)
            )
        finally:
            with os.fdopen(told, "w") as pipe:
                json.dump(names, pipe)
            os._exit(0)
    os.close(told)
    text = _listen(answer, time.monotonic() + timeout)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {"names": json.loads(text) if text else None}


def judge(tree: Path, name: str, *, to_the_end: bool = False) -> Reply:
    """Run a notebook in this process, and hold it to the contract.

    Args:
        tree: The copy of the book.
        name: The notebook's path in it.
        to_the_end: Whether to go on after an error.

    Returns:
        ``error``, the first fault found or nothing, and the ``cell`` that it
        comes from, by its id, where that is known.
    """
    stored = read(tree / name)
    executed = shell.execute(stored, to_the_end=to_the_end)
    if failed := failing_cell(executed):
        number, _, error = failed
        return {"error": _short(error), "cell": _cell_id(executed, number)}
    for finding in of_executed(executed):
        place, _, what = finding.partition(": ")
        number = int(place.split()[-1]) if what else 0
        cell = _cell_id(executed, number) if number else ""
        return {"error": _short(what or finding), "cell": cell}
    names = Names(Book(tree))
    for finding in of_prose(stored, executed, names):
        place, _, what = finding.partition(": ")
        return {"error": _short(what), "cell": place.split()[-1]}
    return {"error": ""}


def _live(
    tree: Path, name: str, scratch: str, coverage: str, told: int
) -> None:
    """Be the child: run the notebook, tell how it ended, and end."""
    os.setsid()
    hear_of_parents_death(signal.SIGKILL)
    _go_quiet()
    tempfile.tempdir = scratch
    os.environ["TMPDIR"] = scratch  # noqa: TID251 - for what cells start
    os.chdir((tree / name).parent)
    sys.argv = ["kernel"]
    reply: Reply
    try:
        if coverage:
            # What is measured is slower and larger, which a cell may notice.
            with _covered(coverage):
                reply = judge(tree, name, to_the_end=True)
        else:
            reply = judge(tree, name)
    except BaseException as error:  # noqa: BLE001 - a cell may raise SystemExit
        reply = {"error": _short(f"{type(error).__name__}: {error}")}
    reply["modules"] = sorted(sys.modules)
    with os.fdopen(told, "w") as answer:
        json.dump(reply, answer)
    os._exit(0)


class _covered:  # noqa: N801 - reads as a verb: with _covered(...)
    """Measures which lines run, in programs that cells start as well."""

    def __init__(self, config: str) -> None:
        import coverage  # noqa: PLC0415 - only the first run measures

        # https://coverage.readthedocs.io/en/latest/subprocess.html
        os.environ["COVERAGE_PROCESS_START"] = config  # noqa: TID251
        self.coverage = coverage.Coverage(config_file=config)

    def __enter__(self) -> None:
        self.coverage.start()

    def __exit__(self, *_: object) -> None:
        self.coverage.stop()
        self.coverage.save()


def _go_quiet() -> None:
    """Let what is written past Python's own streams go nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def _listen(answer: int, deadline: float) -> bytes | None:
    """Read what a child tells; None if it does not in time."""
    told = b""
    with os.fdopen(answer, "rb", buffering=0) as pipe:
        while True:
            left = max(deadline - time.monotonic(), 0)
            if not select.select([pipe], [], [], left)[0]:
                return None
            part = pipe.read(65536)
            if not part:
                return told
            told += part


def _warm_up(modules: list[str]) -> None:
    """Import what a child has imported, apart from the book's own code."""
    for name in modules:
        if name not in sys.modules and _installed(name.partition(".")[0]):
            with suppress(Exception):  # what is optional, or made by a cell
                importlib.import_module(name)


@cache
def _installed(package: str) -> bool:
    """Say whether a package comes from Python or from its environment.

    Only whole packages are looked for: a look for a module imports what it
    is in, and the book's own code must not be imported before the fork.
    """
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return False
    if spec is None or spec.origin in {None, "built-in", "frozen"}:
        return spec is not None
    paths = sysconfig.get_paths()
    return any(
        Path(str(spec.origin)).is_relative_to(Path(paths[each]).resolve())
        for each in ("stdlib", "platstdlib", "purelib", "platlib")
    )


def _cell_id(notebook: nbformat.NotebookNode, number: int) -> str:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return str(code[number - 1].id)


def _short(text: str) -> str:
    """Keep the first line that says something, and not all of it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:2])[:160]


if __name__ == "__main__":
    main()
