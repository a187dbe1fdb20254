"""The numbers that pages state: each is counted here, or on purpose."""

import re
import tomllib

from press.book.book import DATABASES
from tests.book import ROOT, lessons, page


def contents() -> list[str]:
    """List the pages of the book, the first one first."""
    return re.findall(r"(?:root|- file): (\S+)", page("_toc.yml"))


def test_counts_are_right():
    """What can be counted is as many as the pages say."""
    lines = page("index.md").partition("four of its lines")[2]
    listed = re.findall(r"^(\d)\. ", lines.partition("\n## ")[0], re.MULTILINE)
    marked = re.findall(
        r"# (\d)$", page("book/examples/first.py"), re.MULTILINE
    )
    assert listed == marked == ["1", "2", "3", "4"]
    sections = re.findall(
        r"^## (\d+)\. ", page("book/cheat-sheet.md"), re.MULTILINE
    )
    assert sections == [str(number) for number in range(1, 16)]
    days = re.findall(
        r"^## Day (\w+)", page("book/onboarding.md"), re.MULTILINE
    )
    assert days == ["one", "two", "three", "four", "five"]
    assert "All fifteen sections" in page("book/cheat-sheet.md")
    assert len(DATABASES) == 3


def test_each_page_answers_questions():
    """What people ask is listed for each page, by its own name."""
    pages = contents()
    assert pages
    assert set(pages) <= tomllib.loads(page("book/questions.toml")).keys()


def test_named_pythons_are_those_that_ci_runs():
    """README, the package and hosted CI name the same versions."""
    project = tomllib.loads(page("pyproject.toml"))["project"]
    named = re.search(r"Python ([\d., or]+) with", page("README.md"))
    assert named
    versions = re.findall(r"3\.\d+", named[1])
    assert versions == [
        classifier.rpartition(" ")[2]
        for classifier in project["classifiers"]
        if "Python :: 3." in classifier
    ]
    assert project["requires-python"] == f">={versions[0]}"
    assert f"({versions[0].replace('.', ', ')})" in page("Makefile")
    tried = re.findall(r"python: (\[.+\])", page(".github/workflows/ci.yml"))
    assert tried
    for matrix in tried:
        here = set(re.findall(r"3\.\d+", matrix))
        assert {versions[0], versions[-1]} <= here <= set(versions)


def test_pages_install_what_the_project_allows():
    """A line that installs MySQL's driver has its dependency's bound."""
    project = tomllib.loads(page("pyproject.toml"))["project"]
    [bound] = re.findall(r"pymysql\S*(<[\d.]+)", str(project["dependencies"]))
    pages = [ROOT / "index.md", *ROOT.glob("book/*.md")]
    found = [
        line
        for page in (*pages, *ROOT.glob("notebooks/**/*.ipynb"))
        for line in page.read_text("utf-8").splitlines()
        if re.search(r"pip install .*\baiomysql\b", line)
    ]
    assert found
    assert [line for line in found if f"pymysql[rsa]{bound}" not in line] == []


def test_contents_list_every_page():
    """Each page and notebook is in the contents, once, and each is there.

    All but the README of the lessons' zip, which is no page of the site.
    """
    _first, *listed = contents()
    written = {path.stem for path in (ROOT / "book").glob("*.md")}
    pages = [f"book/{name}" for name in written - {"lessons"}]
    notebooks = [
        path.relative_to(ROOT).with_suffix("").as_posix()
        for path in (ROOT / "notebooks").rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    ]
    assert sorted(listed) == sorted(pages + notebooks)
    numbered = [name for name in listed if re.match(r"notebooks/\d", name)]
    assert numbered == sorted(numbered)
    assert len(lessons()) == len(
        re.findall(r"^\| \[\]\(", page("book/onboarding.md"), re.MULTILINE)
    )
