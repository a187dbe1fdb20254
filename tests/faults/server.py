"""A server of the tests' own, which they may kill."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bank.db.engine import make_engine
from bank.db.errors import error_code
from servers import ServerError
from tests.faults.load import until

ROOT = Path(__file__).parents[2]

NO_SUCH_THREAD = 1094  # MySQL's: it has ended by itself
_OTHERS = {
    "postgresql": (
        "SELECT pid AS id, coalesce(query, '') AS query FROM pg_stat_activity"
        " WHERE datname LIKE 'bank_scratch_%'"
    ),
    "mysql": (
        "SELECT id, coalesce(info, '') AS query"
        " FROM information_schema.processlist"
        " WHERE db LIKE 'bank_scratch_%' AND command <> 'Killed'"
    ),
}
_KILL = {
    "postgresql": "SELECT pg_terminate_backend({})",
    "mysql": "KILL {}",
}


class Server:
    """A server that can be asked, killed, and started again.

    Attributes:
        name: ``postgresql`` or ``mysql``.
        url: The administrator's URL; it stays the same.
        is_dead: Whether it was killed, and not started again.
    """

    def __init__(self, name: str, keeper: subprocess.Popen[str]) -> None:
        """Start the server for the first time.

        Args:
            name: ``postgresql`` or ``mysql``.
            keeper: The process that keeps it.
        """
        self.name = name
        self._keeper = keeper
        self.url = self._say("start")["url"]
        self.is_dead = False

    async def kill(self) -> None:
        """Kill it with SIGKILL, its children as well."""
        self.is_dead = True
        await asyncio.to_thread(self._say, "kill")

    async def start(self) -> None:
        """Start it again, on the same port and data."""
        await asyncio.to_thread(self._say, "start")
        self.is_dead = False

    async def connections(self) -> dict[int, str]:
        """List the connections to scratch databases, each with its query."""
        return await self._ask(_OTHERS[self.name])

    async def cut_connections(self) -> None:
        """End all connections to scratch databases, and wait for their end."""
        ended = await self.connections()
        for number in ended:
            try:
                await self._ask(_KILL[self.name].format(number))
            except DBAPIError as error:
                if error_code(error.orig) != NO_SUCH_THREAD:
                    raise

        async def all_gone() -> bool:
            return ended.keys().isdisjoint(await self.connections())

        await until(all_gone)

    async def _ask(self, statement: str) -> dict[int, str]:
        engine = make_engine(
            self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        async with engine.connect() as connection:
            result = await connection.execute(text(statement))
            rows = result.all() if result.returns_rows else []
            return {row[0]: row[-1] for row in rows}

    def _say(self, word: str) -> dict[str, str]:
        """Say a word to the keeper, and wait for its answer."""
        stdin = cast("IO[str]", self._keeper.stdin)
        stdin.write(f"{word}\n")
        stdin.flush()
        line = cast("IO[str]", self._keeper.stdout).readline()
        told = json.loads(line or '{"error": "The keeper has failed."}')
        if "error" in told:
            raise ServerError(told["error"])
        return cast("dict[str, str]", told)


@contextmanager
def own_server(name: str, programs: list[Path]) -> Iterator[Server]:
    """Run a server for the time of the context.

    Args:
        name: ``postgresql`` or ``mysql``.
        programs: The paths of its programs, as ``servers.find`` found.

    Yields:
        The server, which runs.

    Raises:
        ServerError: It does not start.
    """
    arguments = name, json.dumps([str(path) for path in programs])
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.keeper", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C reaches the owner alone
    ) as keeper:
        yield Server(name, keeper)
        cast("IO[str]", keeper.stdin).close()
