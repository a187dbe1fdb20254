"""The onboarding paths: their minutes, and the command at their end."""

import json
import re
import subprocess
import sys

import pytest

from tests.book import ROOT, lessons

ROW = re.compile(
    r"^\| \[\]\(\.\./(notebooks/[\w-]+\.ipynb)\) \| (\d+) \|", re.MULTILINE
)
SUM = re.compile(r"^\| together \| (\d+) \|", re.MULTILINE)
ROLE = re.compile(r"^\| [^|]+ \| (\[\d+\]\([^|]+) \| (\d+) \|", re.MULTILINE)
LINK = re.compile(r"\[(\d+)\]\(\.\./(notebooks/(\d+)-[\w-]+\.ipynb)\)")
MINUTES = re.compile(r"^\*(\d+) minutes\. ", re.MULTILINE)
FINISH = ROOT / "book/examples/finish.py"


def minutes(name: str) -> int:
    """Read how many minutes a lesson asks for, under its title."""
    title, *_ = json.loads((ROOT / name).read_text())["cells"]
    [found] = MINUTES.findall("".join(title["source"]))
    return int(found)


def page() -> str:
    """Read the page."""
    return (ROOT / "book" / "onboarding.md").read_text()


def test_each_lesson_is_on_the_path_once():
    """The days lead through every notebook that is no appendix."""
    names = [name for name, _ in ROW.findall(page())]
    there = [f"notebooks/{path.name}" for path in lessons()]
    assert sorted(names) == sorted(there)


def test_minutes_are_the_lessons_own():
    """Each row states the minutes that the lesson states."""
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


def test_minutes_of_a_role_are_those_of_its_lessons():
    """A role's lessons are there, and its minutes are their sum."""
    roles = ROLE.findall(page())
    assert roles
    for links, told in roles:
        lessons_of_it = LINK.findall(links)
        for shown, _, number in lessons_of_it:
            assert int(shown) == int(number)
        assert int(told) == sum(minutes(name) for _, name, _ in lessons_of_it)


@pytest.mark.parametrize(
    ("shown", "status", "says"),
    [
        ("Right: it is", 0, "01-one: done: 1 of 1 exercises\n"),
        ("Not yet: it is", 1, "01-one: not yet: 0 of 1 exercises\n"),
        ("Right: a\nNot yet: b", 1, "01-one: not yet: 0 of 1 exercises\n"),
        (None, 1, "01-one: not yet: 0 of 1 exercises\n"),
    ],
)
def test_finish_counts_what_is_solved(shown, status, says, tmp_path):
    """The command ends well only when every saved verdict is right."""
    outputs = [{"data": {"text/plain": [shown]}}] if shown else []
    stub = {"metadata": {"tags": ["stub"]}, "outputs": outputs}
    text: dict[str, object] = {"metadata": {}, "source": []}
    for name, cells in (("01-one", [text, stub]), ("02-none", [text])):
        (tmp_path / f"{name}.ipynb").write_text(json.dumps({"cells": cells}))
    ended = subprocess.run(
        [sys.executable, FINISH, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (status, says)


def test_finish_says_where_it_found_nothing(tmp_path):
    """A folder without notebooks is no success."""
    ended = subprocess.run(
        [sys.executable, FINISH, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "no notebooks" in ended.stderr
