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
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from press.book.notebook import code_cells, read, tags
from press.book.stamp import LOCK
from press.making.execute import VERDICT
from press.system.terminal import say

_LOCKED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True, slots=True)
class Difference:
    """What a cell shows with other versions.

    Attributes:
        notebook: The notebook's path.
        cell: The cell's number.
        lines: The lines that differ, as `difflib.ndiff` marks them.
    """

    notebook: str
    cell: int
    lines: list[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a report, in Markdown, on three executions.

    Args:
        arguments: The command line; the process's own by default.

    Returns:
        The exit status: 1 where an output differs.
    """
    parser = argparse.ArgumentParser(
        prog="press.gates.compare", description=__doc__
    )
    for name in ("first", "again", "newest"):
        parser.add_argument(name, type=Path)
    folders = parser.parse_args(arguments)
    found = list(differences(folders.first, folders.again, folders.newest))
    say(report(found, moved(folders.first, folders.newest)))
    return int(bool(found))


def differences(
    first: Path, again: Path, newest: Path
) -> Iterator[Difference]:
    """Find the cells whose outputs differ with other versions.

    Args:
        first: Notebooks, executed.
        again: The same, executed again with the same versions.
        newest: The same, executed with other versions; one that failed is
            missing here, and reported by its own run.

    Yields:
        Each cell that shows something else, and the lines.
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
            lines = _differing(one, other, new)
            if lines:
                yield Difference(name, number, lines)


def moved(first: Path, newest: Path) -> list[str]:
    """List the packages whose versions differ.

    Args:
        first: A folder with a lock.
        newest: Another one.

    Returns:
        A line for each package, with its versions.
    """
    old, new = (
        dict(_LOCKED.findall((folder / LOCK).read_text(encoding="utf-8")))
        for folder in (first, newest)
    )
    return [
        f"{name}: {old.get(name, 'absent')} → {new.get(name, 'absent')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def report(found: Sequence[Difference], versions: Sequence[str]) -> str:
    """Write the report.

    Args:
        found: The cells that differ.
        versions: The packages that differ.

    Returns:
        Markdown, without a title.
    """
    parts = [
        f"{difference.notebook}, cell {difference.cell}:\n\n"
        + "\n".join(f"    {line}" for line in difference.lines)
        for difference in found
    ]
    head = (
        "These cells show something else with the newest versions "
        "(- locked, + newest)."
        if found
        else "All cells show the same with the newest versions."
    )
    changes = "\n".join(f"- {line}" for line in versions) or "- none"
    return "\n\n".join([head, *parts, "Versions that differ:", changes])


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
