"""Become a program that ends when the press does.

``python -m press.system.child PROGRAM ARGUMENT...`` tells Linux so about
itself, and then runs the program in its own place. Nothing needs to run
between a fork and its exec, which is not safe beside threads.
"""

import ctypes
import os
import signal
import sys

# https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
PR_SET_PDEATHSIG = 1


def hear_of_parents_death(number: signal.Signals) -> None:
    """Have Linux send this process a signal when its parent dies.

    A parent that is killed outright, as ``make`` may be, can tell nobody. On
    other systems its children run on to their own end.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


if __name__ == "__main__":
    hear_of_parents_death(signal.SIGKILL)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the press's commands
