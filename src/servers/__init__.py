"""PostgreSQL and MySQL servers for one run of the tests.

``running`` starts the servers that it finds installed, each on a free port
of 127.0.0.1 with an empty data folder of its own, and stops them again.
It leaves that to a keeper, a process that ends with its servers as soon as
its standard input closes. The kernel closes that pipe however the owner
ends, so no server outlives it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

NAMES = ("postgresql", "mysql")

MISSING = {
    "postgresql": (
        "PostgreSQL is not installed: install it (Debian and Ubuntu: "
        "'apt-get install postgresql'; Homebrew: 'brew install postgresql'), "
        "or set TEST_POSTGRESQL_URL to a server of your own."
    ),
    "mysql": (
        "Neither MariaDB nor MySQL is installed: install one (Debian and "
        "Ubuntu: 'apt-get install mariadb-server'; Homebrew: 'brew install "
        "mariadb'), or set TEST_MYSQL_URL to a server of your own."
    ),
}

# Debian, Red Hat and Homebrew keep servers where PATH does not look.
PLACES = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/sbin",
    "usr/libexec",
    "usr/local/mysql/bin",
    "opt/homebrew/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
    "opt/homebrew/opt/m*sql*/bin",
    "usr/local/opt/m*sql*/bin",
)

# What a server needs, in the order of preference.
PROGRAMS = {
    "postgresql": (("postgres", "initdb"),),
    "mysql": (("mariadbd", "mariadb-install-db"), ("mysqld",)),
}


@dataclass(frozen=True)
class Servers:
    """The servers at hand for a run.

    Attributes:
        urls: SQLAlchemy's asynchronous URL of each server by its name,
            ``postgresql`` or ``mysql``, with the right to create databases.
        programs: For each server that was started for this run, its program
            and when that was last changed.
        missing: For each name without a server, one sentence on how to
            get one.
    """

    urls: dict[str, str]
    missing: dict[str, str]
    programs: dict[str, str] = field(default_factory=dict)


class ServerError(RuntimeError):
    """A server is installed but does not run."""


def find(name: str) -> list[Path] | None:
    """Find the programs that make up a server.

    PATH goes first, since it is the user's own choice; then the newest
    version in the folders where packages put servers.

    Args:
        name: ``postgresql`` or ``mysql``.

    Returns:
        The paths of the server and of the program that makes its data
        folder, or of the server alone where it does both (MySQL); ``None``
        if they are not installed.
    """
    places = [
        str(place)
        for pattern in PLACES
        for place in sorted(
            Path("/").glob(pattern), key=_version, reverse=True
        )
    ]
    path = os.pathsep.join([*os.get_exec_path(), *places])
    for programs in PROGRAMS[name]:
        found = [shutil.which(program, path=path) for program in programs]
        if all(found):
            return [Path(program).resolve() for program in found if program]
    return None


@contextmanager
def running(names: Collection[str] = NAMES) -> Iterator[Servers]:
    """Run the named servers for the time of the context.

    A server whose URL ``TEST_POSTGRESQL_URL`` or ``TEST_MYSQL_URL`` gives is
    used as it is; the others are started if they are installed.

    Args:
        names: Which servers, out of ``postgresql`` and ``mysql``.

    Yields:
        The URLs of the servers, and what to do about those that are
        missing.

    Raises:
        ServerError: An installed server does not start, or has ended by
            itself. The message ends with the last lines of its log.
    """
    urls = {
        name: url
        for name in names
        if (url := os.environ.get(f"TEST_{name.upper()}_URL"))  # noqa: TID251  for tests alone
    }
    programs = {name: find(name) for name in names if name not in urls}
    missing = {name: MISSING[name] for name in programs if not programs[name]}
    start = {
        name: [str(path) for path in paths]
        for name, paths in programs.items()
        if paths
    }
    if not start:
        yield Servers(urls, missing)
        return
    keeper, answer = begin("servers.keeper", start)
    with keeper:
        if "urls" not in answer:
            raise ServerError(
                answer.get("error", "servers.keeper has failed; see above.")
            )
        known = {name: _what_it_is(paths[0]) for name, paths in start.items()}
        yield Servers(urls | answer["urls"], missing, known)
        cast("IO[str]", keeper.stdin).close()
        if last := cast("IO[str]", keeper.stdout).readline():
            raise ServerError(json.loads(last)["error"])


def begin(
    module: str, given: Mapping[str, Any]
) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Start a keeper of servers, and wait for what it says of them.

    Args:
        module: The module that it runs.
        given: What it needs to know, as JSON can say it.

    Returns:
        The keeper, which ends when its standard input closes, and its
        answer; that has an ``error`` or is empty if it failed.
    """
    keeper = subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", module, json.dumps(given)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C reaches the owner alone
    )
    line = cast("IO[str]", keeper.stdout).readline()
    return keeper, json.loads(line or "{}")


def _what_it_is(program: str) -> str:
    return f"{program} of {Path(program).stat().st_mtime_ns}"


def _version(place: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(place))]
