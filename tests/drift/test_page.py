"""The page of scores."""

from drift.outcome import Outcome
from drift.page import page
from drift.patch import Patch
from drift.report import numbers


def outcome(name: str, reason: str = "", **verdicts: str | None) -> Outcome:
    """Make an outcome of a regression."""
    patch = Patch(name, "regressions", f"Why {name}.", (), reason=reason)
    return Outcome(patch, verdicts)


def written(*outcomes: Outcome) -> str:
    """Write the page of a run on one day."""
    about = {"date": "2026-01-02", "databases": ["sqlite"]}
    return page(numbers(outcomes, about))


def test_the_page_says_what_was_measured():
    """Each judge has its share of what it tried, and the missed are listed."""
    text = written(
        outcome("one", lessons="03", tests=""),
        outcome("two", lessons="", tests=""),
        outcome("three", lessons="", tests=None),
    )
    assert "Measured on 2026-01-02, on sqlite." in text
    assert "| lessons | 1 | 3 | 33 % |" in text
    assert "| unit tests | 0 | 2 | 0 % |" in text
    assert "| together | 1 | 2 | 50 % |" in text
    assert '- two, planted with the excuse "Why two."\n' in text
    assert "- three" not in text
    assert "no time to try 1 more" in text


def test_the_page_names_only_the_judges_that_were_asked():
    """A judge that was not asked in this run is not claimed to have been."""
    one = written(outcome("one", lessons=None, tests="")).split()
    assert "time, and the unit tests judge the broken" in " ".join(one)
    two = written(outcome("one", lessons="", tests="")).split()
    assert "time, and the lessons and the unit tests judge" in " ".join(two)


def test_a_reason_is_the_books_own_opinion():
    """What nothing has to notice is listed with the reason for that."""
    text = written(outcome("one", reason="It changes nothing.", tests=""))
    assert "- one: It changes nothing.\n" in text
