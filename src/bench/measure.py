"""The measuring itself: interleaved rounds, spreads, and calls counted.

Time is noisy, above all on a machine with other work. So what is compared is
measured in turns, a short slice each, and a ratio is taken within a round.
Function calls are exact: the same code makes the same number every time.
"""

import cProfile
import pstats
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

Work = Callable[[int], Awaitable[object]]
"""One operation; it gets a number that is new each time."""

WARM = 10
"""How often each operation runs before it is measured."""

_BLOCKS = 3
_IN_BLOCK = 5
_PROFILERS_OWN = 1  # `disable` counts itself


class Spread(NamedTuple):
    """A middle value, and the quartiles around it.

    Attributes:
        low: The lower quartile.
        median: The median.
        high: The upper quartile.
    """

    low: float
    median: float
    high: float


@dataclass
class Timed:
    """What the slices of one candidate took, for one operation each.

    Attributes:
        seconds: The time that passed, round by round.
        cpu: The processor time that this process used, round by round.
    """

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


class Candidate:
    """One of the things that are compared.

    Attributes:
        numbers: The numbers that its work has not had yet.
        times: How often its work runs in a slice.
    """

    def __init__(self, work: Work) -> None:
        """Begin with a slice of one.

        Args:
            work: What it does.
        """
        self.numbers = count(1)
        self.times = 1
        self._work = work

    async def run(self, times: int) -> tuple[float, float]:
        """Do the work several times.

        Args:
            times: How often.

        Returns:
            The seconds and the processor's seconds for one of them.
        """
        began, used = time.perf_counter(), time.process_time()
        for _ in range(times):
            await self._work(next(self.numbers))
        took = time.perf_counter() - began
        return took / times, (time.process_time() - used) / times

    async def calibrate(self, seconds: float) -> None:
        """Warm up, and find how often the work fits into a slice.

        Args:
            seconds: How long a slice is to take.
        """
        await self.run(WARM)
        took, _ = await self.run(WARM)
        self.times = max(1, round(seconds / took))


def spread(values: Sequence[float]) -> Spread:
    """Sum values up.

    Args:
        values: One at least.

    Returns:
        Their median and quartiles.
    """
    if len(values) == 1:
        return Spread(*values * 3)
    low, median, high = statistics.quantiles(values, method="inclusive")
    return Spread(low, median, high)


def ratio(values: Sequence[float], base: Sequence[float]) -> Spread:
    """Compare two candidates, round by round.

    Args:
        values: What the one took.
        base: What the other took in the same rounds.

    Returns:
        The quotients' median and quartiles.
    """
    pairs = zip(values, base, strict=True)
    return spread([value / other for value, other in pairs])


async def interleave(
    works: Mapping[str, Work], *, rounds: int, seconds: float
) -> dict[str, Timed]:
    """Measure candidates in turns.

    Each round begins with another one, so that none always has the same
    neighbour before it.

    Args:
        works: What each candidate does, by its name.
        rounds: How many rounds.
        seconds: How long one candidate's slice takes, about.

    Returns:
        What they took, by name.
    """
    candidates = {name: Candidate(work) for name, work in works.items()}
    for candidate in candidates.values():
        await candidate.calibrate(seconds)
    found = {name: Timed() for name in works}
    names = list(works)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            took, used = await candidates[name].run(candidates[name].times)
            found[name].seconds.append(took)
            found[name].cpu.append(used)
    return found


async def count_calls(work: Work) -> int:
    """Count the function calls of an operation, in this thread.

    Python's profiler counts them, those of built-in functions as well:
    https://docs.python.org/3/library/profile.html.

    Args:
        work: The operation; its numbers begin at a million.

    Returns:
        The median of a few blocks, each for one operation.
    """
    numbers = count(1_000_000)
    for _ in range(WARM):
        await work(next(numbers))
    blocks = []
    for _ in range(_BLOCKS):
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(_IN_BLOCK):
            await work(next(numbers))
        profile.disable()
        total: int = pstats.Stats(profile).total_calls  # type: ignore[attr-defined]  # typeshed leaves it out
        blocks.append((total - _PROFILERS_OWN) / _IN_BLOCK)
    return round(statistics.median(blocks))
