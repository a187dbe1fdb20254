"""The press's command line."""

import argparse
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from press.book.book import Book, PressError, open_book
from press.system.child import hear_of_parents_death
from press.system.environment import environment
from press.system.terminal import say

COMMANDS = {
    "book": "Execute the notebooks on one database, and build the site",
    "site": "Execute the notebooks on each database installed, and build the"
    " site",
    "pdf": "Print the built site: the cheat sheet, and the whole book",
    "test": "Check everything, or the steps that ONLY names",
    "lint": "Check style, types, imports, workflows and what is stored",
    "format": "Format the code and the notebooks",
}
INTERRUPTED = 130  # the shell's status for a program that SIGINT ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the press's commands; the status is 0 if all went well."""
    parser = argparse.ArgumentParser(prog="press", description=__doc__)
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(),
        help="the book's folder (default: the current one)",
    )
    commands = parser.add_subparsers(
        required=True, metavar="command", dest="command"
    )
    for name, about in COMMANDS.items():
        commands.add_parser(name, help=about)
    options = parser.parse_args(arguments)
    _end_like_interrupted()
    try:
        book = open_book(options.root.resolve())
        _run(options.command, book, environment())
    except PressError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
    return 0


def _run(command: str, book: Book, variables: Mapping[str, str]) -> None:
    """Load what a command needs, and no more: most of it is costly."""
    match command:
        case "book" | "site":
            _make(command, book, variables)
        case "pdf":
            from press.making import paper  # noqa: PLC0415

            for path in paper.make_pdf(book, variables):
                say(f"{path}")
        case "test":
            _check_all(book, variables)
        case "lint":
            from press.gates import lint  # noqa: PLC0415

            lint.lint(book, variables)
        case "format":
            from press.gates import lint  # noqa: PLC0415

            lint.format_sources(book, variables)


def _make(what: str, book: Book, variables: Mapping[str, str]) -> None:
    """Make a book's site, unless it is there already."""
    from press.making import unchanged  # noqa: PLC0415

    if unchanged.is_made(book, what, variables):
        say("Nothing has changed.")
    else:
        from press.making import flow  # noqa: PLC0415

        make = flow.make_book if what == "book" else flow.make_site
        make(book, variables)
        unchanged.note(book, what, variables)
    say(f"{book.html / 'index.html'}")


def _check_all(book: Book, variables: Mapping[str, str]) -> None:
    """Check everything, or the steps that ONLY names."""
    from press.gates import suite  # noqa: PLC0415

    only = variables.get("ONLY", "").split()
    if unknown := set(only) - set(suite.STEPS):
        raise PressError(
            f"ONLY names {', '.join(sorted(unknown))}: it takes some of"
            f" {', '.join(suite.STEPS)}."
        )
    suite.check_all(book, variables, only)


def _end_like_interrupted() -> None:
    """Have whatever ends the press stop what it has started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # not under nohup
        signal.signal(signal.SIGHUP, signal.default_int_handler)
        hear_of_parents_death(signal.SIGTERM)
