"""PostgreSQL and MySQL servers for one run of the tests.

``running`` starts the servers that it finds installed, each on a free port
of 127.0.0.1 with an empty data folder of its own, and stops them again.
"""

import json
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from servers.companion import ServerError, start

__all__ = ["MISSING", "NAMES", "ServerError", "Servers", "find", "running"]

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
    """The servers that a run has.

    Attributes:
        urls: SQLAlchemy's asynchronous URL of each server by its name,
            ``postgresql`` or ``mysql``, with the right to create databases.
        missing: For each name without a server, one sentence on how to
            get one.
        programs: For each server that was started for this run, its program
            and when that was last changed.
    """

    urls: dict[str, str]
    missing: dict[str, str]
    programs: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which `running` uses these servers again."""
        return {_variable(name): url for name, url in self.urls.items()}


def find(name: str) -> list[Path] | None:
    """Find the programs that make up a server.

    PATH goes first, since it is the user's own choice; then the newest
    version in the folders where packages put servers.

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

    Raises:
        ServerError: An installed server does not start, or has ended by
            itself. The message ends with the last lines of its log.
    """
    urls = {
        name: url
        for name in names
        if (url := os.environ.get(_variable(name)))  # noqa: TID251  for tests alone
    }
    found = {name: find(name) for name in names if name not in urls}
    missing = {name: MISSING[name] for name in found if not found[name]}
    installed = {name: paths for name, paths in found.items() if paths}
    if not installed:
        yield Servers(urls, missing)
        return
    keeper = start(
        "servers.plain",
        **{name: [*map(str, paths)] for name, paths in installed.items()},
    )
    with keeper.process as process:
        programs = {
            name: f"{server} of {server.stat().st_mtime_ns}"
            for name, (server, *_) in installed.items()
        }
        yield Servers(urls | keeper.facts["urls"], missing, programs)
        cast("IO[str]", process.stdin).close()
        if last := cast("IO[str]", process.stdout).readline():
            raise ServerError(json.loads(last)["error"])


def _variable(name: str) -> str:
    return f"TEST_{name.upper()}_URL"


def _version(place: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(place))]
