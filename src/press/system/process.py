"""Programs that the press starts, and never leaves behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

GRACE = 5.0  # seconds
CHILD = (sys.executable, "-m", "press.system.child")


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path | None = None,
    errors: Path | None = None,
) -> int:
    """Run a program to its end, or stop it when the press is interrupted.

    The program leads its own process group, so that its own children
    can be stopped with it. It is killed when the press is. What it prints
    goes into the file `log`, or to the terminal; its standard error goes
    into `errors`, if that is given. The exit status is returned.
    """
    with ExitStack() as files:
        out = files.enter_context(log.open("wb")) if log else None
        err = files.enter_context(errors.open("wb")) if errors else out
        program = subprocess.Popen(  # noqa: S603 - the press's own commands
            [*CHILD, *map(str, command)],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            return program.wait()
        except BaseException:
            _stop(program)
            raise


def _stop(program: subprocess.Popen[bytes]) -> None:
    """End a program's whole group: politely first, then for certain."""
    deadline = time.monotonic() + GRACE
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            program.poll()
            os.killpg(program.pid, 0)
            time.sleep(0.05)
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()
