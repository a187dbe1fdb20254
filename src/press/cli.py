"""The press's command line."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from press.book import Book, PressError, open_book
from press.child import hear_of_parents_death
from press.environment import environment
from press.terminal import say

INTERRUPTED = 130  # the shell's status for a program that SIGINT ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the press's commands.

    Args:
        arguments: The command line; the process's own by default.

    Returns:
        The exit status: 0 if all went well.
    """
    options = _parser().parse_args(arguments)
    _end_like_interrupted()
    try:
        options.command(open_book(options.root.resolve()))
    except PressError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
    return 0


def make_book(book: Book) -> None:
    """Execute the notebooks and build the site."""
    from press import flow  # noqa: PLC0415 - each command loads its own
    from press.book import edition  # noqa: PLC0415

    say(f"{flow.make(edition(book, environment()))}")


def make_editions(book: Book) -> None:
    """Make the editions on all databases at hand, as one site."""
    from press import editions  # noqa: PLC0415

    say(f"{editions.make(book, environment())}")


def check_all(book: Book) -> None:
    """Check everything."""
    from press import suite  # noqa: PLC0415

    suite.test(book, environment())


def check_sources(book: Book) -> None:
    """Check style, types, imports, workflows and what is stored."""
    from press import lint  # noqa: PLC0415

    lint.lint(book, environment())


def format_sources(book: Book) -> None:
    """Format the code and the notebooks."""
    from press import lint  # noqa: PLC0415

    lint.format_sources(book, environment())


def check_drift(book: Book) -> None:
    """Mutate what changed since BASE: the notebooks must notice."""
    from press.drift import gate  # noqa: PLC0415

    variables = environment()
    gate.check_changes(book, variables, variables.get("BASE", ""))


def check_all_drift(book: Book) -> None:
    """Mutate the whole package, on all databases, and publish the score."""
    from press.drift import gate  # noqa: PLC0415

    gate.check_all(book, environment())


COMMANDS: dict[str, Callable[[Book], None]] = {
    "book": make_book,
    "editions": make_editions,
    "test": check_all,
    "drift": check_drift,
    "drift-all": check_all_drift,
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
