"""What pages say of the files beside them: examples, modules, pictures."""

import ast
import inspect
import re
import tomllib
from collections import Counter
from http import HTTPStatus
from importlib import import_module
from importlib.metadata import metadata
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path

import pytest

import bank.db.errors
import bank.errors
import bank.limits
from press.book.notebook import read
from tests.book import ROOT, page
from tests.book.test_links import PAGES, text_of

BANK = sorted((ROOT / "notebooks" / "bank").glob("*.ipynb"))
EXAMPLES = ROOT / "book" / "examples"
TABLE = re.compile(r"(?:^\|.*\|$\n?)+", re.MULTILINE)
LONG = 5
"""A text of so many words is no yes, no or name."""
EXTRA = re.compile(r"\b(sqlalchemy|pymysql|uvicorn)\[([\w-]+)\]")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_table_says_the_same_twice(path: Path):
    """A row that was copied says what its own line is about."""
    said: Counter[tuple[str, str]] = Counter()
    for table in TABLE.findall(text_of(path)):
        rows = [line.strip("| ").split("|") for line in table.splitlines()]
        for header, *column in zip_longest(*rows, fillvalue=""):
            long = [x.strip() for x in column if len(x.split()) >= LONG]
            said.update((header, text) for text in long)
    assert [text for text, times in said.items() if times > 1] == []


def test_the_first_page_installs_the_drivers_that_it_names():
    """The drivers of its URLs are the packages of its commands."""
    text = page("index.md")
    named = set(re.findall(r"`\w+\+(\w+)`", text))
    installed = set(re.findall(r"\b(?:aio|async)\w+\b", text.split("```")[1]))
    assert named == installed - {"asyncio"}


@pytest.mark.parametrize("path", BANK, ids=lambda path: path.stem)
def test_an_error_of_the_bank_is_one_that_the_page_expects(path: Path):
    """A page that names an error has code that raises or catches it."""
    kinds = {
        name
        for module in (bank.errors, bank.db.errors)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    cells = read(path).cells
    code = "".join(x.source for x in cells if x.cell_type == "code")
    named = set(re.findall(r"`([A-Z]\w+)`", text_of(path)))
    assert named & kinds <= set(re.findall(r"\w+", code))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_named_extras_are_the_packages_own(path: Path):
    """An extra that a page installs is one that its package has."""
    for package, extra in EXTRA.findall(path.read_text("utf-8")):
        assert extra in (metadata(package).get_all("Provides-Extra") or [])


def test_isolation_levels_allow_what_was_tried():
    """The table of anomalies has the results that its proof expects."""
    cells = read(ROOT / "notebooks/beyond/isolation.ipynb").cells
    sources = {cell.id: cell.source for cell in cells}
    [tried] = re.findall(
        r"^ROWS = (\{.*?^\})",
        sources["proof-levels"],
        re.DOTALL | re.MULTILINE,
    )
    expected = {
        (database, level): answers.split()[1:]
        for database, levels in ast.literal_eval(tried).items()
        for level, answers in levels.items()
    }
    rows = re.findall(
        r"^\| (\w+),.*? ([A-Z ]{8,})\*?(?:,.*)?"
        r" \| (\w+) \| (\w+).* \| (\w+) \|",
        sources["anomalies"],
        re.MULTILINE,
    )
    assert len(rows) == len(expected) - 2  # two of MySQL are told in words
    for database, level, *answers in rows:
        assert answers == expected[database.lower(), level.strip()]


def test_the_sheets_arguments_are_in_its_blocks():
    """An argument that a section names is in the code below it."""
    program = (EXAMPLES / "cheat_sheet.py").read_text()
    for section in page("book/cheat-sheet.md").split("\n## ")[1:]:
        above, *_ = section.partition("```")
        for argument in re.findall(r"`(\w+=[^`]+)`", above):
            assert argument in program


def test_the_sheets_messages_are_known():
    """What a section says one gets otherwise is in a lesson or the atlas."""
    notebooks = (ROOT / "notebooks").rglob("*.ipynb")
    known = "\n".join(
        cell.source for path in notebooks for cell in read(path).cells
    )
    otherwise = re.findall(
        r"^Otherwise.*$", page("book/cheat-sheet.md"), re.MULTILINE
    )
    messages = re.findall(r"`([^`]+)`", "\n".join(otherwise))
    assert len(messages) > len(otherwise)
    for message in messages:
        for words in re.split(r" ?\.\.\. ?|^\w+: |^'[\w.]+' ", message):
            assert words in known


def test_commands_on_pages_run_what_is_there():
    """A console block names no file and no module that is gone."""
    for path in (ROOT / "book").glob("*.md"):
        blocks = re.findall(
            r"```console\n(.*?)```", path.read_text(), re.DOTALL
        )
        for name in re.findall(r"\S+\.(?:py|ipynb)\b", "\n".join(blocks)):
            assert (ROOT / name).exists(), name
        for name in re.findall(r"-m ([\w.]+)", "\n".join(blocks)):
            assert find_spec(name), name


def test_reference_shows_each_module_under_its_name():
    """A section documents its module, whose own page shows the source."""
    for section in page("book/reference.md").split("\n## ")[1:]:
        heading, *_ = section.splitlines()
        name = f"bank.{heading}"
        [notebook] = re.findall(r"\(\.\./(notebooks/\S+)\)", section)
        shown = "\n".join(cell.source for cell in read(ROOT / notebook).cells)
        assert re.findall(r"automodule:: (\S+)", section) == [name]
        assert re.search(rf"\b{re.escape(name)}\b", shown)


def test_reference_leaves_no_public_name_out():
    """Where a section lists members, they are all that a module makes.

    The routes of the application are in its API document.
    """
    text = page("book/reference.md")
    listed = dict(re.findall(r"automodule:: (\S+)\n   :members: (.+)", text))
    assert listed.pop("bank.app") == "create_app"
    for name, members in listed.items():
        classes = re.findall(rf"autoclass:: {re.escape(name)}\.(\w+)", text)
        module = import_module(name)
        public = {
            each
            for each, value in vars(module).items()
            if not each.startswith("_")
            and getattr(value, "__module__", "") == name
            and (inspect.isfunction(value) or inspect.isclass(value))
        }
        assert public == {*members.split(", "), *classes}, name


def test_synonyms_lead_to_words_of_the_book():
    """A word that the search adds is one that pages have."""
    texts = [text_of(path) for path in PAGES]
    sources = (path.read_text() for path in (ROOT / "src/bank").rglob("*.py"))
    said = "\n".join([*texts, *sources]).lower()
    listed = tomllib.loads(page("book/synonyms.toml"))["synonym"]
    meant = {word for synonym in listed for word in synonym["means"]}
    assert [word for word in meant if word.lower() not in said] == []


def test_each_picture_is_shown_once():
    """No picture of the benchmark is left out, or shown for another."""
    shown = re.findall(r"\]\(bench/(\w+)\.svg\)", page("book/how-fast.md"))
    there = [path.stem for path in (ROOT / "book" / "bench").glob("*.svg")]
    assert sorted(shown) == sorted(there)


def test_a_late_body_has_its_status():
    """The page on time-outs states the status that the limit sends."""
    [told] = re.findall(r"status (\d+)", page("book/timeouts.md"))
    status = HTTPStatus(int(told))
    assert f"HTTP_{told}_{status.name}" in inspect.getsource(bank.limits)
