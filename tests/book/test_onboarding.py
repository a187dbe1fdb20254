"""The onboarding paths: their minutes, and the command at their end."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.book import ROOT, lessons

ROW = re.compile(
    r"^\| \[\]\(\.\./(notebooks/[\w-]+\.ipynb)\) \| (\d+) \| (.+) \|$",
    re.MULTILINE,
)
SUM = re.compile(r"^\| together \| (\d+) \|", re.MULTILINE)
ROLE = re.compile(r"^\| [^|]+ \| (\[\d+\]\([^|]+) \| (\d+) \|", re.MULTILINE)
LINK = re.compile(r"\[(\d+)\]\(\.\./(notebooks/(\d+)-[\w-]+\.ipynb)\)")
HEAD = re.compile(r"^\*(\d+) minutes\. After it you can (.+)\.$", re.MULTILINE)
FINISH = ROOT / "book/examples/finish.py"


def head(name: str) -> tuple[str, str]:
    """Read a lesson's minutes and its aim, under its title."""
    title, *_ = json.loads((ROOT / name).read_text())["cells"]
    [found] = HEAD.findall("".join(title["source"]))
    minutes, aim = found
    return minutes, aim


def page() -> str:
    """Read the page."""
    return (ROOT / "book" / "onboarding.md").read_text()


def test_each_lesson_is_on_the_path_once():
    """The days lead through every notebook that is no appendix."""
    names = [name for name, *_ in ROW.findall(page())]
    there = [f"notebooks/{path.name}" for path in lessons()]
    assert sorted(names) == sorted(there)


def test_minutes_and_aims_are_the_lessons_own():
    """Each row states the minutes and the aim that the lesson states."""
    for name, *told in ROW.findall(page()):
        assert tuple(told) == head(name), name


def test_sums_are_right():
    """Each day's sum is its rows', and the total is all of them."""
    days = page().split("\n## ")
    for day in days:
        rows = [int(told) for _, told, _ in ROW.findall(day)]
        if rows:
            assert [sum(rows)] == [int(told) for told in SUM.findall(day)]
    total = sum(int(told) for _, told, _ in ROW.findall(page()))
    assert f"All lessons together take {total} minutes." in page()


def test_minutes_of_a_role_are_those_of_its_lessons():
    """A role's lessons are there, and its minutes are their sum."""
    roles = ROLE.findall(page())
    assert roles
    for links, told in roles:
        lessons_of_it = LINK.findall(links)
        for shown, _, number in lessons_of_it:
            assert int(shown) == int(number)
        assert int(told) == sum(
            int(head(name)[0]) for _, name, _ in lessons_of_it
        )


@pytest.mark.parametrize(
    ("shown", "status", "says"),
    [
        (["Right: it is"], 0, "01-one: done: 1 of 1 exercises\n"),
        (["Not yet: it is"], 1, "01-one: not yet: 0 of 1 exercises\n"),
        (["Right: a\nNot yet: b"], 1, "01-one: not yet: 0 of 1 exercises\n"),
        (["Right: a", "Not yet: b"], 1, "01-one: not yet: 1 of 2 exercises\n"),
        ([""], 1, "01-one: not yet: 0 of 1 exercises\n"),
    ],
)
def test_finish_counts_what_is_solved(shown, status, says, tmp_path):
    """The command ends well only when every saved verdict is right."""
    stubs = [
        {
            "metadata": {"tags": ["stub"]},
            "outputs": [{"data": {"text/plain": [text]}}] if text else [],
        }
        for text in shown
    ]
    text: dict[str, object] = {"metadata": {}, "source": []}
    for name, cells in (("01-one", [text, *stubs]), ("02-none", [text])):
        (tmp_path / f"{name}.ipynb").write_text(json.dumps({"cells": cells}))
    ended = finish(tmp_path)
    assert (ended.returncode, ended.stdout) == (status, says)


def test_finish_wants_every_lesson_done(tmp_path):
    """One lesson that is done does not end the path."""
    for name, text in (("01-one", "Right: a"), ("02-two", "Not yet: b")):
        stub = {"metadata": {"tags": ["stub"]}, "outputs": [{"text": text}]}
        (tmp_path / f"{name}.ipynb").write_text(json.dumps({"cells": [stub]}))
    assert finish(tmp_path).returncode == 1


def test_finish_looks_where_the_page_says():
    """The page's own command finds the lessons' exercises."""
    [folder] = re.findall(
        r"^python \S+/finish\.py (\S+)$", page(), re.MULTILINE
    )
    exercises = {
        line.split(":")[0] for line in finish(ROOT / folder).stdout.split("\n")
    }
    assert exercises >= {
        path.stem for path in lessons() if path.stem[0] == "0"
    }


def test_finish_says_where_it_found_nothing(tmp_path):
    """A folder without notebooks is no success."""
    ended = finish(tmp_path)
    assert ended.returncode == 1
    assert "no notebooks" in ended.stderr


def finish(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the command of the path's end on a folder."""
    return subprocess.run(
        [sys.executable, FINISH, folder],
        capture_output=True,
        text=True,
        check=False,
    )
