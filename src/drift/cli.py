"""Drift's command line."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from drift.bench import Bench
from drift.mutants import sample
from drift.outcome import Outcome
from drift.page import page
from drift.patch import KINDS, Patch, PatchError, fits, kept
from drift.report import exit_status, numbers, table
from drift.tree import changed_since, tracked
from press.book.book import Book, PressError, open_book
from press.making.databases import at_hand, runs_on
from press.making.stage import write_if_changed
from press.system.environment import environment
from press.system.terminal import say
from servers import Servers

ALL = (*KINDS, "mutants")
REFUSED = 3  # the exit status where nothing could be measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Break the project, and report what notices.

    Returns:
        0 where all was tried and noticed, 1 where something went unnoticed,
        2 where something was not tried, 3 where nothing could be measured.
    """
    options = _parser().parse_args(arguments)
    try:
        book = open_book(options.root.resolve())
        if patches := _chosen(book.root, options):
            return _measure(book, patches, options)
    except (PressError, PatchError) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    say("There is nothing to try.")
    return 0


def _measure(
    book: Book, patches: list[Patch], options: argparse.Namespace
) -> int:
    """Try changes on the databases that are asked for, and report."""
    variables = environment()
    for name in ("DATABASE_URL", "PYTEST_ADDOPTS"):
        variables.pop(name, None)
    required = options.databases or variables.get("REQUIRE_DATABASES", "")
    databases = [x.strip() for x in required.split(",") if x] or ["sqlite"]
    running: AbstractContextManager[Servers] = (
        nullcontext(Servers({}, {}))
        if databases == ["sqlite"]
        else at_hand(variables | {"REQUIRE_DATABASES": required})
    )
    with running as servers:
        runs = runs_on(book, variables, servers)
        variables |= servers.variables
        asked = options.judges.split(",")
        deadline = time.monotonic() + options.minutes * 60
        bench = Bench(book.root, runs, variables, asked, options.workers)
        say("The project as it is:")
        if red := bench.red(patches):
            raise PressError(
                f"Without any change, {red} is red: fix that first."
            )
        say(f"Broken on purpose, {len(patches)} changes:")
        outcomes = bench.run(patches, deadline)
        _write(book, outcomes, [run.database for run in runs], options)
        for line in table(outcomes):
            say(line)
        return exit_status(outcomes, options.least)


def _chosen(root: Path, options: argparse.Namespace) -> list[Patch]:
    """Choose the changes that the command line asks for.

    One that no longer fits counts as untried. Beside a change under review it
    is left out: that change may have replaced what it breaks.
    """
    kinds = options.only.split(",") if options.only else ALL
    if unknown := set(kinds) - set(ALL):
        raise PressError(
            f"--only takes {', '.join(ALL)}, not {unknown.pop()}."
        )
    found = [patch for kind in KINDS if kind in kinds for patch in kept(kind)]
    bank = {
        name
        for name in tracked(root)
        if name.startswith("src/bank/") and name.endswith(".py")
    }
    if options.since:
        bank &= changed_since(root, options.since)
        found = [patch for patch in found if patch.files & bank]
    if "mutants" in kinds:
        found += sample(root, bank, options.sample, options.seed)
    words = options.name or ""
    found = [patch for patch in found if words in patch.name]
    stale = [patch for patch in found if not fits(patch, root)]
    for patch in stale:
        say(f"{patch.name} no longer fits the project: write it anew.")
    return [x for x in found if not (options.since and x in stale)]


def _write(
    book: Book,
    outcomes: list[Outcome],
    databases: list[str],
    options: argparse.Namespace,
) -> None:
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "databases": databases,
        "seed": options.seed,
    }
    found = numbers(outcomes, about)
    content = f"{json.dumps(found, indent=1, ensure_ascii=False)}\n".encode()
    write_if_changed(book.root / "_build" / "drift.json", content)
    if options.publish:
        write_if_changed(book.root / "book" / "drift.json", content)
        text = page(found).encode()
        write_if_changed(book.root / "book" / "drift.md", text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="drift", description=main.__doc__)
    add = parser.add_argument
    add("--root", type=Path, default=Path(), help="the project's folder")
    add("--only", help=f"some of {','.join(ALL)}, separated by commas")
    add("--name", help="only changes whose name has this in it")
    add("--since", metavar="REV", help="only files of the bank changed since")
    add("--judges", default="tests", help="some of lessons,bank,tests")
    add("--databases", help="as REQUIRE_DATABASES; default: sqlite")
    add("--minutes", type=float, default=float("inf"), help="how long to try")
    add("--workers", type=int, default=os.cpu_count() or 1, help="at once")
    add("--sample", type=int, default=60, help="how many mutants")
    add("--seed", type=int, default=1, help="which mutants")
    # Some eight of ten are, on SQLite: the rest changes nothing, or a server.
    add("--least", type=float, default=60, help="mutants to notice, per cent")
    add("--publish", action="store_true", help="write the page of the book")
    return parser
