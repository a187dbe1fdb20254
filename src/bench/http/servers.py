"""The applications' processes: started, watched, and ended."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, cast

import psutil


@dataclass(frozen=True)
class Server:
    """A server in its own process.

    Attributes:
        layer: What is behind its routes.
        loop: What uvicorn runs on.
        port: Where it listens.
        process: Its process.
    """

    layer: str
    loop: str
    port: int
    process: psutil.Process

    def cpu(self) -> float:
        """Tell how much processor time it has used.

        Returns:
            Seconds.
        """
        times = self.process.cpu_times()
        used: float = times.user + times.system
        return used


class ServerFailed(Exception):
    """A server has not started; it says why on standard error."""


@contextmanager
def serving(
    wanted: Sequence[tuple[str, str]], url: str
) -> Iterator[list[Server]]:
    """Serve several applications at once.

    Args:
        wanted: The layer and the loop of each.
        url: The URL of the database of all of them.

    Yields:
        The servers, ready.

    Raises:
        ServerFailed: One does not start.
    """
    with ExitStack() as stack:
        started = [
            (layer, loop, stack.enter_context(_process(layer, loop)))
            for layer, loop in wanted
        ]
        servers = []
        for layer, loop, process in started:
            stdin = cast("IO[str]", process.stdin)
            stdin.write(f"{url}\n")
            stdin.flush()
        for layer, loop, process in started:
            port = cast("IO[str]", process.stdout).readline()
            if not port:
                raise ServerFailed(f"{layer} on {loop} has not started.")
            watched = psutil.Process(process.pid)
            servers.append(Server(layer, loop, int(port), watched))
        try:
            yield servers
        finally:
            for _, _, process in started:
                cast("IO[str]", process.stdin).close()


def _process(layer: str, loop: str) -> subprocess.Popen[str]:
    """Start a server's process."""
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.http.serving", layer, loop],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
