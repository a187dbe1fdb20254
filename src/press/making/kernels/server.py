"""The process that kernels are forked from.

It imports what its arguments name, and then listens on a socket. It never
starts a thread, so that a fork copies all there is.
"""

import atexit
import gc
import importlib
import json
import os
import selectors
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
    """Fork a kernel for each client, and tell it how the kernel ended."""
    kernels: dict[int, tuple[int, socket.socket]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is sys.stdin:
                    for pid, _client in kernels.values():
                        os.kill(pid, signal.SIGKILL)
                    return
                if key.fileobj is listener:
                    client, _address = listener.accept()
                    pid = fork(client)
                    pidfd = os.pidfd_open(pid)
                    kernels[pidfd] = pid, client
                    selector.register(pidfd, selectors.EVENT_READ)
                    selector.register(client, selectors.EVENT_READ, pid)
                elif key.data is not None:  # the client was killed
                    selector.unregister(key.fileobj)
                    os.kill(key.data, signal.SIGKILL)
                else:
                    pid, client = kernels.pop(key.fd)
                    with suppress(KeyError):
                        selector.unregister(client)
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    _, status = os.waitpid(pid, 0)
                    with suppress(OSError):
                        code = os.waitstatus_to_exitcode(status)
                        client.sendall(f"{code}\n".encode())
                    client.close()


def fork(client: socket.socket) -> int:
    """Start a kernel as a client asks for it, and tell it the process id."""
    first, (out, err), *_ = socket.recv_fds(client, 1, 2)
    request = json.loads(first + client.makefile("rb").readline())
    pid = os.fork()
    if pid == 0:
        try:
            become_kernel(request, out, err)
        finally:
            os._exit(1)
    for descriptor in (out, err):
        os.close(descriptor)
    client.sendall(f"{pid}\n".encode())
    return pid


def become_kernel(request: dict[str, Any], out: int, err: int) -> None:
    """Run a kernel in this process, to its end.

    The request has the client's arguments, folder and environment; `out` and
    `err` are its standard output and error.
    """
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
    atexit._run_exitfuncs()  # noqa: SLF001 - what os._exit leaves out
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
