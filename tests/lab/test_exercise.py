"""A check gives a verdict and never raises."""

import asyncio

import pytest

from lab import check


def raise_(error):
    """Raise an error, in an expression."""
    raise error


async def asynchronously(value):
    """Give a value after one turn of the loop."""
    await asyncio.sleep(0)
    return value


async def test_what_is_met_is_right():
    """Plain and async functions count alike."""
    verdict = await check(
        {"one": lambda: True, "two": lambda: asynchronously(value=True)}
    )
    assert verdict.good
    assert repr(verdict) == "Right: one\nRight: two"


@pytest.mark.parametrize(
    ("expectation", "told"),
    [
        (lambda: False, "it gives False"),
        (lambda: None, "it gives None"),
        (lambda: ..., "it gives Ellipsis"),
        (lambda: asynchronously(value=1), "it gives 1"),
        (lambda: raise_(NameError("name 'f' is not defined")), "NameError: n"),
        (lambda: raise_(SystemExit()), "SystemExit"),
        (lambda: raise_(asyncio.CancelledError()), "it is cancelled"),
        (lambda: asyncio.sleep(60), "longer than 0.05 s"),
        (lambda needed: needed, "TypeError"),
    ],
)
async def test_whatever_goes_wrong_is_told(expectation, told):
    """A learner's mistake is a sentence, not a stopped notebook."""
    verdict = await check(
        {"it works": expectation, "the rest": lambda: True}, seconds=0.05
    )
    assert not verdict.good
    first, *_, last = repr(verdict).splitlines()
    assert first.startswith("Not yet: it works (")
    assert told in first
    assert last == "Right: the rest"


async def test_expectations_run_one_after_the_other():
    """What one does with a table does not disturb the next."""
    steps = []

    async def step(name):
        steps.append(name)
        await asyncio.sleep(0)
        steps.append(name)
        return True

    await check({"one": lambda: step("one"), "two": lambda: step("two")})
    assert steps == ["one", "one", "two", "two"]


async def test_a_long_finding_is_folded():
    """A verdict fits the page's width, whatever an error says."""
    verdict = await check({"it works": lambda: raise_(ValueError("so " * 50))})
    first, *rest = repr(verdict).splitlines()
    assert first.startswith("Not yet: it works (ValueError: so so")
    assert rest
    assert all(line.startswith("  so") for line in rest)
    assert max(map(len, [first, *rest])) <= 79


async def test_what_takes_too_long_is_stopped():
    """No task of a learner's solution outlives the verdict."""
    before = asyncio.all_tasks()
    await check({"it ends": lambda: asyncio.sleep(60)}, seconds=0.01)
    assert asyncio.all_tasks() == before


async def test_cancelling_the_check_cancels_the_solution():
    """An interrupted cell leaves no task behind."""
    before = asyncio.all_tasks()
    checking = asyncio.create_task(
        check({"it ends": lambda: asyncio.sleep(60)})
    )
    await asyncio.sleep(0.01)
    checking.cancel()
    await asyncio.wait([checking])
    await asyncio.sleep(0)
    assert checking.cancelled()
    assert asyncio.all_tasks() == before
