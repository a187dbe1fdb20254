"""The process that kernels are forked from.

It imports what its arguments name, and then listens on a socket. It never
starts a thread, so that a fork copies all there is.
"""

import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

from ipykernel import kernelapp

from press.system.child import hear_of_parents_death

ALWAYS = ("ipykernel.zmqshell", "IPython.core.completer", "comm", "debugpy")


def main() -> None:
    """Import, listen, and fork until standard input closes."""
    path, *modules = sys.argv[1:]
    for name in (*ALWAYS, *modules):
        with suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # so that collections in a child do not touch these pages
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print(flush=True)  # noqa: T201 - the owner waits for it
        serve(listener)


def serve(listener: socket.socket) -> None:
    """Fork a process for each client; all of them end with this one."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while True:
        ready, _, _ = select.select([sys.stdin, listener], [], [])
        if sys.stdin in ready:
            return
        client, _ = listener.accept()
        with client:
            if os.fork() == 0:
                try:
                    attend(client)
                finally:
                    os._exit(0)


def attend(client: socket.socket) -> None:
    """Fork a kernel as a client asks for it, and live as long as both.

    The client is told the kernel's process id, and how it ended.
    """
    hear_of_parents_death(signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    first, (out, err), *_ = socket.recv_fds(client, 1, 2)
    request = json.loads(first + client.makefile("rb").readline())
    pid = os.fork()
    if pid == 0:
        try:
            become_kernel(request, out, err)
        finally:
            os._exit(1)
    client.sendall(f"{pid}\n".encode())
    kernel = os.pidfd_open(pid)
    ready, _, _ = select.select([kernel, client.fileno()], [], [])
    if kernel not in ready:  # the client was killed
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):
        client.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def become_kernel(request: dict[str, Any], out: int, err: int) -> None:
    """Run a kernel in this process, to its end, in the client's place."""
    hear_of_parents_death(signal.SIGKILL)
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.closerange(3, 256)
    os.chdir(request["cwd"])
    os.environ.clear()  # noqa: TID251 - it becomes the client's
    os.environ.update(request["env"])  # noqa: TID251 - the client's
    os.environ.pop("JPY_PARENT_PID", None)  # noqa: TID251 - its parent is this one
    sys.argv = ["ipykernel_launcher", *request["argv"]]
    sys.path[0] = ""  # a kernel finds modules in its folder
    kernelapp.launch_new_instance(argv=request["argv"])
    # It may still flush, which waits for a thread that the exit functions end.
    if control := kernelapp.IPKernelApp.instance().control_thread:
        control.join(timeout=5)
    atexit._run_exitfuncs()  # noqa: SLF001 - what os._exit leaves out
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
