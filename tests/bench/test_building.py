"""Books that are built to be timed."""

from pathlib import Path

import pytest

from bench.building import STEPS, measure_building

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.long  # `make bench` does the same
def test_a_book_is_built_three_times():
    """A build without a change costs less than one from nothing."""
    rows = measure_building(ROOT, (1,))
    assert [row["step"] for row in rows] == list(STEPS)
    cpu = {row["step"]: row["cpu"] for row in rows}
    assert cpu["unchanged"] < cpu["from nothing"] / 2
    assert cpu["unchanged"] < cpu["after an edited sentence"]
