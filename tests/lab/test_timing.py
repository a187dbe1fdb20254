"""What ran when."""

import asyncio

import pytest

from lab import Stopwatch


async def test_spans_of_concurrent_tasks_overlap():
    """Each task's span has its own beginning and end."""
    watch = Stopwatch()

    async def work(name):
        with watch.span(name, "sleeping"):
            await asyncio.sleep(0.02)

    await asyncio.gather(work("a"), work("b"))
    first, second = watch.spans
    assert {first.label, second.label} == {"a", "b"}
    assert first.kind == "sleeping"
    assert second.start < first.stop
    assert 0 < first.seconds <= watch.elapsed


def test_a_failed_block_is_recorded():
    """Time was spent, whatever came of it."""
    watch = Stopwatch()
    with pytest.raises(ValueError, match="wrong"), watch.span("a"):
        raise ValueError("wrong")
    assert [span.label for span in watch.spans] == ["a"]
