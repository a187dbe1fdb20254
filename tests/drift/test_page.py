"""The page of scores."""

from drift.outcome import Outcome
from drift.page import page
from drift.patch import Patch
from drift.report import numbers


def outcome(name: str, **verdicts: str | None) -> Outcome:
    """Make an outcome of a regression."""
    return Outcome(Patch(name, "regressions", f"Why {name}.", ()), verdicts)


def test_the_page_says_what_was_measured():
    """Each judge has its share of what it tried, and the missed are listed."""
    outcomes = [
        outcome("one", lessons="03", tests=""),
        outcome("two", lessons="", tests=""),
        outcome("three", lessons="", tests=None),
    ]
    text = page(
        numbers(outcomes, {"date": "2026-01-02", "databases": ["sqlite"]})
    )
    assert "Measured on 2026-01-02, on sqlite." in text
    assert "| lessons | 1 | 3 | 33 % |" in text
    assert "| unit tests | 0 | 2 | 0 % |" in text
    assert "| together | 1 | 2 | 50 % |" in text
    assert "- two: Why two." in text
    assert "- three" not in text
    assert "no time to try 1 more" in text
