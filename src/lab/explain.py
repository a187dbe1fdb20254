"""From a traceback to its entry in the error atlas: ``python -m lab.explain``.

It reads a traceback, or only its message, on standard input, and prints the
entry that knows the message, its fix and where it stands. Where the atlas
knows nothing, it names the page that shows the error. Nothing is sent
anywhere.
"""

import functools
import itertools
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable

from lab.atlas import Entry, read_atlas, read_shown

ENOUGH = 1.5
"""The least score of an entry that is worth naming.

Three words in a row that no other entry has count 1; those that four entries
have count a half.
"""

LONG = 4
"""How many times three words a message has that says enough by itself.

"ZeroDivisionError: division by zero" has fewer, and any program may raise it.
"""

_BACKGROUND = re.compile(r"\(Background on this error at:? \S*\)")
_FRAME = re.compile(r"^\s*(Traceback \(|File \"|[~^]+$)")
_GROUP = re.compile(r"^\s+[|+] ?")  # before what an exception group holds
_MARK = re.compile(r"^E {2,}")  # pytest's, before the message

Words = frozenset[tuple[str, ...]]
"""What stands in a row in a text, three words at a time."""


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


def look_up(trace: str) -> list[Entry]:
    """Find what the book says of an error.

    Args:
        trace: A traceback, or a message.

    Returns:
        At most three entries of the atlas, the best first; where it has
        none, at most three other headings that show the error.
    """
    return explain(trace, _atlas()) or _showing(trace, _lessons())


def pointer(trace: str) -> str:
    """Say in at most three lines where the book explains an error.

    Args:
        trace: A traceback, or a message.

    Returns:
        The best entry's title, the first line of its fix, and its place;
        empty where nothing fits.
    """
    found = look_up(trace)
    if not found:
        return ""
    fix = found[0].fix.partition("\n")[0]
    return "\n".join(filter(None, (found[0].title, fix, found[0].page)))


def main() -> int:
    """Explain what standard input says.

    Returns:
        The exit status: 1 where no entry fits.
    """
    found = look_up(sys.stdin.read())
    if not found:
        sys.stdout.write("No entry of the error atlas knows this message.\n")
        return 1
    best, *others = found
    parts = filter(None, (best.title, best.fix, best.page))
    sys.stdout.write("\n\n".join(parts) + "\n")
    for other in others:
        sys.stdout.write(f"See also: {other.title}\n  {other.page}\n")
    return 0


def _showing(trace: str, entries: Iterable[Entry]) -> list[Entry]:
    """Find the first headings that show an error, word for word."""
    seen = _words(_message(trace))
    found = (
        entry
        for entry in entries
        if any(
            len(wording) >= LONG and wording <= seen
            for wording in map(_words, entry.wordings)
        )
    )
    return list(itertools.islice(found, 3))


@functools.cache
def _atlas() -> list[Entry]:
    """Read the atlas, once."""
    return read_atlas()


@functools.cache
def _lessons() -> list[Entry]:
    """Read the other pages, once."""
    return read_shown()


def _score(
    wording: Words, seen: Words, commonness: Counter[tuple[str, ...]]
) -> float:
    """Tell how much of a wording was seen; 1 more where all of it was."""
    is_whole = len(wording) > 1 and wording <= seen
    return is_whole + sum(
        1 / math.sqrt(commonness[words]) for words in wording & seen
    )


def _message(trace: str) -> str:
    """Leave out of a traceback the lines of code, which any error may have.

    They are indented and follow the name of their file. Other indented lines
    belong to a message. Where pytest has marked the message, that is all.
    """
    lines = trace.splitlines()
    if marked := [_MARK.sub("", line) for line in lines if _MARK.match(line)]:
        return "\n".join(marked)
    kept, is_code = [], False
    for line in (_GROUP.sub("", line) for line in lines):
        is_code = bool(_FRAME.match(line)) or (is_code and line[:1] == " ")
        if not is_code and not line.startswith("["):
            kept.append(line)
    return "\n".join(kept or lines)


@functools.lru_cache(4096)
def _words(text: str) -> Words:
    """List what stands in a row."""
    words = re.findall(r"[a-z]+|\d+", _BACKGROUND.sub("", text).lower())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


if __name__ == "__main__":
    sys.exit(main())
