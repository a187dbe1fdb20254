"""From a traceback to its entry in the error atlas: ``python -m lab.explain``.

It reads a traceback, or only its message, from standard input or from its
arguments, and prints the entry that knows the message, its fix and where it
stands. Where the atlas knows nothing, it names the page that shows the error.
Nothing is sent anywhere.
"""

import argparse
import functools
import itertools
import math
import operator
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from lab.atlas import Entry, read_atlas, read_shown

ENOUGH = 1.45
"""The least score of an entry that is worth naming.

Three words in a row that no other entry has count 1; those that four entries
have count a half.
"""

LONG = 4
"""How many times three words a message has that says enough by itself.

"ZeroDivisionError: division by zero" has fewer, and any program may raise it.
"""

EVERYDAY = (
    "'dict' object has no attribute 'id'",
    "object is not subscriptable",
    "object is not iterable",
    "object is not callable",
    "f() missing 1 required positional argument: 'x'",
    "f() got an unexpected keyword argument 'x'",
    "'utf-8' codec can't decode byte 0xc3 in position 0",
    "invalid literal for int() with base 10: 'x'",
    "1 validation error for Settings",
    "Field required [type=missing, input_value={}, input_type=dict]",
    "No module named 'x'",
    "[Errno 111] Connection refused",
)
"""What any program may say: its words count little."""

OFTEN = 9
"""In how many entries more such words seem to be."""

_BACKGROUND = re.compile(r"\(Background on this error at:? \S*\)")
_CLASS = re.compile(
    r"(?:<class ')?\b(?:\w+\.)*([A-Z]\w*(?:Error|Exception|Warning))\b"
)
_FRAME = re.compile(r"^\s*(Traceback \(|File \"|[~^]+$)")
_GROUP = re.compile(r"^\s+[|+] ?")  # before what an exception group holds
_MARK = re.compile(r"^E {2,}")  # pytest's, before the message

Words = frozenset[tuple[str, ...]]
"""The classes that a text names, and its words, three in a row at a time."""


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
    for text in EVERYDAY:
        commonness.update(dict.fromkeys(_words(text), OFTEN))
    seen = _words(_message(trace))
    scored = [
        (_score(wordings, seen, commonness), entry)
        for entry, wordings in known
    ]
    # The sort is stable, also in reverse: the atlas' order is kept.
    scored.sort(key=operator.itemgetter(0), reverse=True)
    best = scored[0][0][0] if scored else 0
    if best < ENOUGH:
        return []
    return [entry for (score, _), entry in scored[:3] if score > best / 2]


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


def main(arguments: Sequence[str] = ()) -> int:
    """Explain what the arguments or, without any, standard input says.

    Args:
        arguments: The words of the message.

    Returns:
        The exit status: 1 where no entry fits.
    """
    parser = argparse.ArgumentParser(
        "python -m lab.explain",
        description="Name the entry of the error atlas that knows an error,"
        " its fix and where it stands.",
    )
    parser.add_argument(
        "message",
        nargs="*",
        help="the error's message; without it, a traceback or a message is"
        " read from standard input",
    )
    words = parser.parse_args(arguments).message
    found = look_up(" ".join(words) or sys.stdin.read())
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
    wordings: Sequence[Words],
    seen: Words,
    commonness: Counter[tuple[str, ...]],
) -> tuple[float, float]:
    """Tell how much of an entry was seen, and the best share of a wording.

    It is 1 more where all of a wording was seen. The share decides between
    two entries of which as much was seen.
    """
    found = frozenset().union(*wordings) & seen
    much = sum(1 / math.sqrt(commonness[words]) for words in found)
    is_whole = any(len(each) > 1 and each <= seen for each in wordings)
    share = max(len(each & seen) / (len(each) or 1) for each in wordings)
    return round(is_whole + much, 6), share


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
    text = _BACKGROUND.sub("", text)
    classes = [(name.lower(),) for name in _CLASS.findall(text)]
    words = re.findall(r"[a-z]+|\d+", _CLASS.sub(" ", text).lower())
    rows = zip(words, words[1:], words[2:], strict=False)
    return frozenset([*classes, *rows])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
