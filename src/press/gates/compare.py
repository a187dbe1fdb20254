"""Tell which cells show something else with other versions of packages.

    python -m press.gates.compare first again newest

Each is a folder with executed notebooks, and the lock that they ran with. The
first two ran with the same lock: lines in which they differ, such as times
and addresses, vary by themselves and are left out. Of what a cell shows, its
text is compared: pictures are not. nbdime compares two notebooks, and cannot
tell what varies by itself.
"""

import argparse
import difflib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbformat import NotebookNode

from press.book.notebook import code_cells, read, tags
from press.book.stamp import LOCK
from press.making.execute import VERDICT
from press.system.terminal import say

_LOCKED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a report, in Markdown; the status is 1 where an output differs."""
    parser = argparse.ArgumentParser(
        prog="press.gates.compare", description=__doc__
    )
    for name in ("first", "again", "newest"):
        parser.add_argument(name, type=Path)
    folders = parser.parse_args(arguments)
    found = list(differences(folders.first, folders.again, folders.newest))
    head = (
        "These cells show something else with the newest versions "
        "(- locked, + newest)."
        if found
        else "All cells show the same with the newest versions."
    )
    moved = list(_moved(folders.first / LOCK, folders.newest / LOCK))
    versions = "\n".join(moved or ["- none"])
    say("\n\n".join([head, *found, "Versions that differ:", versions]))
    return int(bool(found))


def differences(first: Path, again: Path, newest: Path) -> Iterator[str]:
    """Show each cell whose outputs differ with other versions.

    A notebook that failed with them is missing in `newest`; its own run
    reports it.
    """
    for path in sorted(newest.rglob("*.ipynb")):
        name = path.relative_to(newest).as_posix()
        runs = zip(
            _cells(first / name),
            _cells(again / name),
            _cells(path),
            strict=True,
        )
        for number, (one, other, new) in enumerate(runs, start=1):
            if lines := _differing(one, other, new):
                shown = "\n".join(f"    {line}" for line in lines)
                yield f"{name}, cell {number}:\n\n{shown}"


def _moved(first: Path, newest: Path) -> Iterator[str]:
    """List the packages whose versions differ between two locks."""
    old, new = (
        dict(_LOCKED.findall(lock.read_text(encoding="utf-8")))
        for lock in (first, newest)
    )
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            versions = (each.get(name, "absent") for each in (old, new))
            yield f"- {name}: {' → '.join(versions)}"


def _cells(path: Path) -> list[list[str]]:
    """List what each cell of an executed notebook shows, line by line."""
    return [
        _COLOUR.sub("", "\n".join(_texts(cell))).splitlines()
        for _, cell in code_cells(read(path))
        if VERDICT not in tags(cell)
    ]


def _texts(cell: NotebookNode) -> Iterator[str]:
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if output.output_type == "error":
            yield f"{output.ename}: {output.evalue}"
        yield output.get("text", "") or data.get("text/plain", "")


def _differing(one: list[str], other: list[str], new: list[str]) -> list[str]:
    """Compare a cell's lines, but for those that vary by themselves."""
    if len(one) != len(other):
        return []
    stable = [a == b for a, b in zip(one, other, strict=True)]
    if len(one) == len(new):
        new = [
            line if same else old
            for line, old, same in zip(new, one, stable, strict=True)
        ]
    elif not all(stable):
        return []
    return [
        line
        for line in difflib.ndiff(one, new)
        if line.startswith(("- ", "+ "))
    ]


if __name__ == "__main__":
    sys.exit(main())
