"""Kernels that start warm: forked from a process that has imported a lot.

Half of a notebook's time is the start of its kernel, and of that most is
importing. ``server`` imports once and forks a kernel on demand; ``client`` is
the program that Jupyter starts in a kernel's place, and lives as long.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from press.system.process import CHILD

NAME = "warm"
CLIENT = Path(__file__).with_name("client.py")


@contextmanager
def warm_kernels(
    folder: Path, modules: Sequence[str], variables: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Keep a process that kernels are forked from, where the system can.

    It imports the modules, but for missing ones. With the environment that is
    given back Jupyter finds the kernel ``warm``, described in `folder`. Where
    the system cannot fork safely, nothing changes: ``python3`` will do.
    """
    if not hasattr(os, "pidfd_open"):  # Linux
        yield dict(variables)
        return
    spec = folder / "kernels" / NAME / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    path = folder / "socket"
    path.unlink(missing_ok=True)
    command = [sys.executable, "-I", "-S", str(CLIENT), str(path)]
    spec.write_text(
        json.dumps(
            {
                "argv": [*command, "-f", "{connection_file}"],
                "display_name": "Python 3, warm",
                "language": "python",
            }
        )
    )
    with subprocess.Popen(  # noqa: S603 - our own module
        [*CHILD, sys.executable, "-m", f"{__name__}.server", path, *modules],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as server:
        if server.stdin is None or server.stdout is None:
            raise AssertionError
        server.stdout.readline()  # it listens
        yield {**variables, "JUPYTER_PATH": str(folder)}
        server.stdin.close()  # and ends
