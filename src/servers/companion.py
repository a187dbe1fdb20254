"""Servers that some pages need beside the one of ``DATABASE_URL``.

A module such as ``servers.pgbouncer`` describes them in an asynchronous
context manager and hands it to ``keep``. A page calls ``start`` with the
module's name. As in ``servers.keeper``, the servers end with their owner.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import ServerError, begin
from servers.folder import own_folder
from servers.keeper import answer, owned
from servers.starting import StartError

Facts = dict[str, Any]
"""What an owner learns of its servers: URLs, ports, process ids."""

Work = Callable[[Facts, Path], AbstractAsyncContextManager[Facts]]
"""Runs servers by some settings, in a folder for their data."""


@dataclass(frozen=True)
class Companion:
    """Servers that run until their owner stops them or ends.

    Attributes:
        facts: What the module says of them.
        process: Their keeper.
    """

    facts: Facts
    process: subprocess.Popen[str]

    def stop(self) -> None:
        """Stop the servers, remove their data, and wait for that."""
        with self.process:  # closes both pipes, and waits
            pass


def start(module: str, **settings: Any) -> Companion:
    """Start servers in a process that ends with this one.

    Args:
        module: The module that describes them, such as
            ``servers.pgbouncer``.
        **settings: What it needs to know, as JSON can say it.

    Returns:
        The running servers.

    Raises:
        ServerError: A server does not start. The message ends with the last
            lines of its log.
    """
    process, facts = begin(module, settings)
    companion = Companion(facts, process)
    if not facts or "error" in facts:
        companion.stop()
        raise ServerError(facts.get("error", f"{module} failed; see above."))
    return companion


def keep(work: Work) -> None:
    """Run servers by the first argument, until standard input closes.

    Args:
        work: Runs them, and yields what their owner is told.
    """

    async def stay(folder: Path) -> None:
        async with work(json.loads(sys.argv[1]), folder) as facts:
            answer(**facts)
            await asyncio.Event().wait()

    with own_folder() as folder:
        try:
            asyncio.run(owned(stay(folder)))
        except StartError as error:
            answer(error=str(error))
