"""The press's command line."""

import argparse
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from press.book.book import Book, PressError, open_book
from press.system.child import hear_of_parents_death
from press.system.environment import environment
from press.system.terminal import say

INTERRUPTED = 130  # the shell's status for a program that SIGINT ended

Variables = Mapping[str, str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the press's commands; the status is 0 if all went well."""
    options = _parser().parse_args(arguments)
    _end_like_interrupted()
    try:
        options.command(open_book(options.root.resolve()), environment())
    except PressError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
    return 0


# A command loads what it needs, and no more: most of it is costly.


def make_book(book: Book, variables: Variables) -> None:
    """Execute the notebooks on one database, and build the site."""
    _make(book, "book", variables)


def make_site(book: Book, variables: Variables) -> None:
    """Execute the notebooks on each database installed, and build the site."""
    _make(book, "site", variables)


def _make(book: Book, what: str, variables: Variables) -> None:
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


def make_pdf(book: Book, variables: Variables) -> None:
    """Print the built site: the cheat sheet, and the whole book."""
    from press.making import paper  # noqa: PLC0415

    for path in paper.make_pdf(book, variables):
        say(f"{path}")


def check_all(book: Book, variables: Variables) -> None:
    """Check everything, or the steps that ONLY names."""
    from press.gates import suite  # noqa: PLC0415

    only = variables.get("ONLY", "").split()
    if unknown := set(only) - set(suite.STEPS):
        raise PressError(
            f"ONLY names {', '.join(sorted(unknown))}: it takes some of"
            f" {', '.join(suite.STEPS)}."
        )
    suite.check_all(book, variables, only)


def check_sources(book: Book, variables: Variables) -> None:
    """Check style, types, imports, workflows and what is stored."""
    from press.gates import lint  # noqa: PLC0415

    lint.lint(book, variables)


def format_sources(book: Book, variables: Variables) -> None:
    """Format the code and the notebooks."""
    from press.gates import lint  # noqa: PLC0415

    lint.format_sources(book, variables)


COMMANDS: dict[str, Callable[[Book, Variables], None]] = {
    "book": make_book,
    "site": make_site,
    "pdf": make_pdf,
    "test": check_all,
    "lint": check_sources,
    "format": format_sources,
}


def _end_like_interrupted() -> None:
    """Have whatever ends the press stop what it has started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # not under nohup
        signal.signal(signal.SIGHUP, signal.default_int_handler)
        hear_of_parents_death(signal.SIGTERM)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="press", description=__doc__)
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(),
        help="the book's folder (default: the current one)",
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, command in COMMANDS.items():
        about = (command.__doc__ or "").rstrip(".")
        commands.add_parser(name, help=about).set_defaults(command=command)
    return parser
