"""Find links that lead nowhere outside of the site.

    python -m press.gates.links

This asks the servers of other people, so it is a separate command, run
after `make book` and never by `make test`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from press.book.book import Book, PressError, open_book
from press.book.notebook import read
from press.making.build import JUPYTER_BOOK
from press.system.environment import environment
from press.system.process import run
from press.system.terminal import say

DEAD = {"broken", "timeout"}
CELL = 10_000  # MyST-NB's line numbers: cell 3, line 4 is 30004


def main() -> int:
    """Print the dead links of the book in this folder; 1 if there is one."""
    try:
        found = list(dead(open_book(Path.cwd())))
    except PressError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for finding in found:
        say(f"- {finding}")
    return int(bool(found))


def dead(book: Book) -> Iterator[str]:
    """Ask for every address that a staged page links to.

    Raises:
        PressError: The book was not made, or its pages cannot be read.
    """
    work = book.work / "links"
    answers = work / "_build" / "html" / "output.json"
    answers.unlink(missing_ok=True)
    if not book.source.exists():
        raise PressError("There are no staged pages: run `make book` first.")
    work.mkdir(parents=True, exist_ok=True)
    run(  # its status tells of broken links, as `answers` does
        [
            *(JUPYTER_BOOK, "build", book.source, "--path-output", work),
            *("--builder", "linkcheck"),
        ],
        cwd=book.source,
        env=environment(),
        log=work / "links.log",
    )
    if not answers.exists():
        raise PressError(f"No link was asked for: see {work / 'links.log'}.")
    for line in answers.read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        if answer["status"] in DEAD:
            place = _place(book, answer["filename"], answer["lineno"])
            reason = answer["info"].partition("(Caused by")[0]
            yield f"{place}: {answer['uri']} leads nowhere: {reason}"


def _place(book: Book, name: str, line: int) -> str:
    """Say where a link is; docstrings' are on the page that shows them."""
    if not name.endswith(".ipynb"):
        return f"{name}, line {line}"
    cell = read(book.source / name).cells[line // CELL - 1]
    return f"{name}, text cell {cell.id}"


if __name__ == "__main__":
    sys.exit(main())
