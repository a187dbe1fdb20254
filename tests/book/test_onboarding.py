"""The onboarding path: its minutes are those of the lessons."""

import json
import re

from tests.book import ROOT, lessons

ROW = re.compile(
    r"^\| \[\]\(\.\./(notebooks/[\w-]+\.ipynb)\) \| (\d+) \|", re.MULTILINE
)
SUM = re.compile(r"^\| together \| (\d+) \|", re.MULTILINE)


def minutes(name: str) -> int:
    """Read how many minutes a lesson asks for."""
    notebook = json.loads((ROOT / name).read_text())
    text = "".join(
        line for cell in notebook["cells"] for line in cell["source"]
    )
    [found] = re.findall(r"\*\*Minutes\*\*: (\d+)", text)
    return int(found)


def page() -> str:
    """Read the page."""
    return (ROOT / "book" / "onboarding.md").read_text()


def test_each_lesson_is_on_the_path_once():
    """The path leads through every notebook that is no appendix."""
    names = [name for name, _ in ROW.findall(page())]
    there = [f"notebooks/{path.name}" for path in lessons()]
    assert sorted(names) == sorted(there)


def test_minutes_are_the_lessons_own():
    """Each row tells the minutes that the lesson's box tells."""
    for name, told in ROW.findall(page()):
        assert int(told) == minutes(name), name


def test_sums_are_right():
    """Each day's sum is its rows', and the total is all of them."""
    days = page().split("\n## ")
    for day in days:
        rows = [int(told) for _, told in ROW.findall(day)]
        if rows:
            assert [sum(rows)] == [int(told) for told in SUM.findall(day)]
    total = sum(int(told) for _, told in ROW.findall(page()))
    assert f"All lessons together take {total} minutes." in page()
