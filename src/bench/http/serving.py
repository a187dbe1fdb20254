"""``python -m bench.http.serving``: serve one application until told to end.

It prints the port that it listens on, and ends when its standard input does,
so that no server outlives the bench.
"""

import argparse
import os
import socket
import sys
import threading

import uvicorn

from bench.http.apps import make_app

LOOPS = {
    "plain": {"loop": "asyncio", "http": "h11"},
    "fast": {"loop": "uvloop", "http": "httptools"},
}
"""What uvicorn runs on: Python's own loop, or the faster packages."""

BACKLOG = 256
PATIENCE = 600


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("layer")
    parser.add_argument("loop", choices=LOOPS)
    parsed = parser.parse_args()
    url = sys.stdin.readline().strip()  # not an argument: it has a password
    config = uvicorn.Config(
        make_app(parsed.layer, url),
        host="127.0.0.1",
        port=0,
        backlog=BACKLOG,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=PATIENCE,
        **LOOPS[parsed.loop],
    )
    server = uvicorn.Server(config)
    listener = _listener()
    threading.Thread(target=_await_end, args=(server,), daemon=True).start()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


def _listener() -> socket.socket:
    """Open a socket on a free port.

    Its protocol is named: asyncio turns Nagle's algorithm off for no other.
    With it, the second packet of an answer waits 40 ms for the first one's
    acknowledgement.
    """
    kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener = socket.socket(*kind)
    listener.bind(("127.0.0.1", 0))
    return listener


def _await_end(server: uvicorn.Server) -> None:
    """End the server when whoever started it is gone."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    server.should_exit = True


if __name__ == "__main__":
    main()
