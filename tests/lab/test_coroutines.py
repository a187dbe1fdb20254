"""Coroutines that nobody awaits: collected by name."""

import gc
import warnings
from typing import Any

import pytest

from lab import expect, left_behind


class Driver:
    """Something whose methods must be awaited."""

    async def connect(self):
        """Connect."""

    async def cursor(self):
        """Make a cursor."""


async def test_what_is_not_awaited_is_named():
    """The names come in the order in which the coroutines were dropped."""
    with left_behind() as coroutines:
        await Driver().connect()
        _ = Driver().connect()
        _ = Driver().cursor()
        del _
    assert coroutines == ["Driver.connect", "Driver.cursor"]


async def test_a_block_that_awaits_all_leaves_nothing():
    """Nothing is named, and other warnings are not taken for coroutines."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with left_behind() as coroutines:
            await Driver().connect()
            warnings.warn("loud", UserWarning, stacklevel=1)
    assert coroutines == []
    assert [str(each.message) for each in heard] == ["loud"]


async def test_a_failed_call_leaves_its_coroutine():
    """The error may have kept the coroutine alive until the block's end."""
    with left_behind() as coroutines, expect(LookupError, match="no loop"):
        kept: list[Any] = [Driver().cursor()]
        kept.append(kept)
        try:
            raise LookupError("no loop")
        finally:
            del kept
    assert coroutines == ["Driver.cursor"]


def test_garbage_is_collected_after_a_block_that_fails():
    """The collector, which is off in the block, is on again."""
    with pytest.raises(ValueError, match="wrong"), left_behind():
        raise ValueError("wrong")
    assert gc.isenabled()


async def test_an_earlier_one_is_not_the_blocks():
    """What was left before the block is warned of as ever."""
    kept: list[Any] = [Driver().cursor()]
    kept.append(kept)
    gc.disable()
    try:
        del kept
        with (
            pytest.warns(RuntimeWarning, match=r"Driver\.cursor"),
            left_behind() as coroutines,
        ):
            pass
    finally:
        gc.enable()
    assert coroutines == []
