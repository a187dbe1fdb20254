"""Exercises: a check that gives a verdict and never raises."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from lab.expect import first_line, folded

Expectation = Callable[[], object | Awaitable[object]]


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check found.

    Attributes:
        findings: For each expectation, in order, what is wrong; empty where
            it is met.
    """

    findings: dict[str, str]

    @property
    def good(self) -> bool:
        """Whether every expectation is met."""
        return not any(self.findings.values())

    def __repr__(self) -> str:
        """Tell the verdict, a line for each expectation, folded if long."""
        lines = [
            f"Not yet: {expected} ({wrong})" if wrong else f"Right: {expected}"
            for expected, wrong in self.findings.items()
        ]
        return "\n".join(map(folded, lines))


async def check(
    expectations: Mapping[str, Expectation], *, seconds: float = 10
) -> Verdict:
    """Check a reader's solution, whatever state it is in.

    Each expectation runs in its own task, one after the other, and
    whatever it raises becomes part of the verdict: an exercise that is not
    begun yet must not stop the notebook.

    Args:
        expectations: For each sentence that should be true, a function that
            returns ``True`` or a coroutine of it. Anything else counts as
            not yet, so that a body of ``...`` does not pass.
        seconds: How long each may take.

    Returns:
        The verdict; a cell that ends with it shows it.
    """
    findings = {}
    for expected, expectation in expectations.items():
        findings[expected] = await _judge(expectation, seconds)
    return Verdict(findings)


async def _judge(expectation: Expectation, seconds: float) -> str:
    """Run one expectation in a task; tell what is wrong, or nothing."""
    task = asyncio.create_task(_run(expectation))
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        late = task.cancel()
    if late:
        await asyncio.wait([task], timeout=1)
        return f"it takes longer than {seconds:g} s"
    return "it is cancelled" if task.cancelled() else task.result()


async def _run(expectation: Expectation) -> str:
    """Run one expectation to its end."""
    try:
        result = expectation()
        if inspect.isawaitable(result):
            result = await result
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a reader's code may raise anything
        return first_line(error)
    return "" if result is True else f"it gives {result!r}"
