"""Servers that run in a process of their own, and end with their owner.

That process, the keeper, ends with its servers as soon as its standard input
closes. The kernel closes that pipe however the owner ends, so no server
outlives it. What it runs is a module such as ``servers.pgbouncer``.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import IO, Any, cast

Facts = dict[str, Any]
"""What an owner learns of its servers: URLs, ports, process ids."""


class ServerError(RuntimeError):
    """A server is not installed or does not run."""


@dataclass(frozen=True)
class Companion:
    """Servers that run until their owner stops them or ends."""

    facts: Facts
    process: subprocess.Popen[str]  # their keeper

    def stop(self) -> None:
        """Stop the servers, remove their data, and wait for that."""
        with self.process:  # closes both pipes, and waits
            pass


def start(module: str, **settings: Any) -> Companion:
    """Start servers in a process that ends with this one.

    Args:
        module: The module that describes them.
        **settings: What it needs to know, as JSON can say it.

    Raises:
        ServerError: A server does not start. The message ends with the last
            lines of its log.
    """
    process = subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", module, json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C reaches the owner alone
    )
    line = cast("IO[str]", process.stdout).readline()
    facts = json.loads(line or "{}")
    companion = Companion(facts, process)
    if not facts or "error" in facts:
        companion.stop()
        raise ServerError(facts.get("error", f"{module} failed; see above."))
    return companion
