"""The measuring: interleaved rounds, their spread, and function calls.

Time is noisy, most of all on a machine with other work. Things that are
compared take turns in short slices, and a ratio is taken within a round.
Function calls are exact: the same code makes the same number every time.
"""

import cProfile
import pstats
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import NamedTuple

Work = Callable[[int], Awaitable[object]]
"""One operation; it gets a number that is new each time."""

WARM = 6
"""How often each operation runs before it is measured."""

_BLOCKS = 4
_IN_BLOCK = 3
_PROFILERS_OWN = 1  # `disable` counts itself


class Effort(NamedTuple):
    """How long a run takes.

    Attributes:
        name: What the run is called.
        rounds: How many turns each candidate has.
        slice: Seconds of one turn.
        turns: How many turns each server and each pool has.
        connections: The numbers of connections over HTTP.
        sizes: The numbers of rows that questions are asked on.
        writers: The numbers of connections that write at once.
        books: The numbers of notebooks of the books that are built.
    """

    name: str
    rounds: int
    slice: float
    turns: int
    connections: tuple[int, ...]
    sizes: tuple[int, ...]
    writers: tuple[int, ...]
    books: tuple[int, ...]


SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
WRITERS = (1, 2, 4, 8, 16, 32)
BOOKS = (17, 34, 68)
FULL = Effort("full", 15, 0.04, 3, (16, 64), SIZES, WRITERS, BOOKS)
QUICK = Effort("quick", 2, 0.01, 1, (16,), SIZES[:3], (1, 8), ())


class Timed(NamedTuple):
    """Seconds for one operation, round by round: passed, and used by the CPU.

    Attributes:
        seconds: The time that passed.
        cpu: The processor time of this process.
    """

    seconds: list[float]
    cpu: list[float]


def spread(values: Sequence[float]) -> list[float]:
    """Return the lower quartile, the median and the upper quartile."""
    if len(values) == 1:
        return [*values] * 3
    return statistics.quantiles(values, method="inclusive")


def ratio(values: Sequence[float], base: Sequence[float]) -> list[float]:
    """Return the spread of the quotients of two candidates, by round."""
    return spread([one / two for one, two in zip(values, base, strict=True)])


async def interleave(
    works: Mapping[str, Work], effort: Effort
) -> dict[str, Timed]:
    """Measure candidates in turns; each round begins with another one.

    Args:
        works: What each candidate does, by its name.
        effort: How many rounds, and how long a slice is.

    Returns:
        What one operation took, by name.
    """
    numbers = count(1)
    times = {}
    for name, work in works.items():
        await _run(work, numbers, WARM)
        took, _ = await _run(work, numbers, WARM)
        times[name] = max(1, round(effort.slice / took))
    found = {name: Timed([], []) for name in works}
    names = list(works)
    for number in range(effort.rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            took, used = await _run(works[name], numbers, times[name])
            found[name].seconds.append(took)
            found[name].cpu.append(used)
    return found


async def _run(work: Work, numbers: Iterator[int], times: int) -> list[float]:
    """Do the work several times, for what one took."""
    began, used = time.perf_counter(), time.process_time()
    for _ in range(times):
        await work(next(numbers))
    took = time.perf_counter() - began
    return [took / times, (time.process_time() - used) / times]


async def count_calls(work: Work) -> int:
    """Count the function calls of an operation, in this thread.

    Python's profiler counts them, with those of built-in functions:
    https://docs.python.org/3/library/profile.html.

    Args:
        work: The operation; its numbers begin at a million.

    Returns:
        The calls of one operation, in the cheapest of a few blocks: in the
        others, the loop may have turned once more while a thread worked.
    """
    numbers = count(1_000_000)
    await _run(work, numbers, WARM)
    blocks = []
    for _ in range(_BLOCKS):
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(_IN_BLOCK):
            await work(next(numbers))
        profile.disable()
        total: int = pstats.Stats(profile).total_calls  # type: ignore[attr-defined]  # typeshed leaves it out
        blocks.append((total - _PROFILERS_OWN) / _IN_BLOCK)
    return round(min(blocks))
