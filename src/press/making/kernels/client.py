"""The program that stands in for a kernel: it asks for one, and waits for it.

It runs without site-packages, since its start is what a kernel's start costs.
"""

import json
import os
import signal
import socket
import sys


def main() -> int:
    """Ask for a kernel, pass signals on, and end with its exit status."""
    path, *arguments = sys.argv[1:]
    request = {
        "argv": arguments,
        "cwd": os.getcwd(),  # noqa: PTH109 - pathlib costs a third of the start
        "env": dict(os.environ),  # noqa: TID251 - the kernel's
    }
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        content = json.dumps(request).encode() + b"\n"
        socket.send_fds(server, [content[:1]], [1, 2])
        server.sendall(content[1:])
        answers = server.makefile()
        kernel = int(answers.readline())

        def pass_on(number: int, _frame: object) -> None:
            try:
                os.kill(kernel, number)
            except ProcessLookupError:
                return

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, pass_on)
        return int(answers.readline() or 1)


if __name__ == "__main__":
    sys.exit(main())
