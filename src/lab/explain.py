"""From a traceback to its entry in the error atlas: ``python -m lab.explain``.

It reads a traceback, or only its message, on standard input, and prints the
entry that knows the message, its fix and where it stands. What it compares
with are the notebooks in ``notebooks/errors``: the message that each entry
shows, and the other wordings in its cell's metadata. Nothing is sent
anywhere.
"""

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ATLAS = Path(__file__).parents[2] / "notebooks" / "errors"
"""Where the notebooks are, in the repository."""

ENOUGH = 1.5
"""The least score of an entry that is worth naming.

Three words in a row that no other entry has count 1; those that four entries
have count a half.
"""

_BACKGROUND = re.compile(r"\(Background on this error at:? \S*\)")
_FENCE = re.compile(r"```text\n(.*?)```", re.DOTALL)
_FIX = re.compile(r"\*\*Fix\.\*\*\s+(.*?)\s+\*\*Prevent\.\*\*", re.DOTALL)
_FRAME = re.compile(r"^(\s|>|\[)")

Words = frozenset[tuple[str, ...]]
"""What stands in a row in a text, three words at a time."""


@dataclass(frozen=True)
class Entry:
    """An entry of the atlas.

    Attributes:
        title: Its heading.
        page: The notebook's file name and the heading's anchor.
        fix: How to fix the error, in Markdown.
        wordings: The texts that it is found by.
    """

    title: str
    page: str
    fix: str
    wordings: tuple[str, ...]


def read_atlas(folder: Path = ATLAS) -> list[Entry]:
    """Read the entries of all notebooks.

    Args:
        folder: The folder that holds them.

    Returns:
        The entries, notebook by notebook.
    """
    return [
        entry
        for path in sorted(folder.glob("*.ipynb"))
        for entry in _entries(path)
    ]


def explain(trace: str, entries: Iterable[Entry]) -> list[Entry]:
    """Find the entries that know an error.

    Args:
        trace: A traceback, or a message.
        entries: The atlas.

    Returns:
        At most three entries, the best first; none where nothing fits.
    """
    known = [
        (entry, [_words(wording) for wording in entry.wordings])
        for entry in entries
    ]
    commonness: Counter[tuple[str, ...]] = Counter(
        words
        for _, wordings in known
        for words in frozenset().union(*wordings)
    )
    seen = _words(_message(trace))
    scored = [
        (max(_score(wording, seen, commonness) for wording in wordings), entry)
        for entry, wordings in known
    ]
    scored.sort(key=lambda pair: -pair[0])  # stable: the atlas' order is kept
    if not scored or scored[0][0] < ENOUGH:
        return []
    return [entry for score, entry in scored[:3] if score > scored[0][0] / 2]


def main() -> int:
    """Explain what standard input says.

    Returns:
        The exit status: 1 where no entry fits.
    """
    found = explain(sys.stdin.read(), read_atlas())
    if not found:
        sys.stdout.write("No entry of the error atlas knows this message.\n")
        return 1
    best, *others = found
    sys.stdout.write(f"{best.title}\n\n{best.fix}\n\n{_where(best)}\n")
    for other in others:
        sys.stdout.write(f"See also: {other.title}\n  {_where(other)}\n")
    return 0


def _entries(path: Path) -> Iterator[Entry]:
    """Read the entries of one notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for number, cell in enumerate(cells):
        patterns = cell["metadata"].get("error", {}).get("patterns")
        if not patterns:
            continue
        text = "".join(cell["source"])
        title = text.partition("\n")[0].removeprefix("## ")
        fence = _FENCE.search(text)
        lines = fence[1].splitlines() if fence else []
        yield Entry(
            title,
            f"{path.name}#{_anchor(title)}",
            _fix(cells[number + 1 :]),
            (title, *filter(None, lines), *patterns),
        )


def _fix(cells: Iterable[dict[str, Any]]) -> str:
    """Get the fix from the next cell that has one."""
    found = (_FIX.match("".join(cell["source"])) for cell in cells)
    return next(match[1] for match in found if match)


def _anchor(title: str) -> str:
    """Write a heading as its address, as the site and JupyterLab's do."""
    return re.sub(r"[^\w\- ]", "", title.lower().replace(" ", "-"))


def _score(
    wording: Words, seen: Words, commonness: Counter[tuple[str, ...]]
) -> float:
    """Tell how much of a wording was seen; 1 more where all of it was."""
    is_whole = len(wording) > 1 and wording <= seen
    return is_whole + sum(
        1 / math.sqrt(commonness[words]) for words in wording & seen
    )


def _where(entry: Entry) -> str:
    return f"notebooks/errors/{entry.page}"


def _message(trace: str) -> str:
    """Leave out of a traceback the lines of code, which any error may have."""
    lines = [re.sub(r"^E {3}", "", line) for line in trace.splitlines()]
    messages = [line for line in lines if not _FRAME.match(line)]
    return "\n".join(messages or lines)


def _words(text: str) -> Words:
    """List what stands in a row."""
    words = re.findall(r"[a-z]+|\d+", _BACKGROUND.sub("", text).lower())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


if __name__ == "__main__":
    sys.exit(main())
