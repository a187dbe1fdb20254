"""The results in a terminal, in pictures and on pages."""

import json
from xml.etree import ElementTree as ET

import pytest
from docutils import nodes

from bench.bars import judge
from bench.page import by_database
from bench.plots import PLOTS, draw, lines
from bench.run import shortened, store
from bench.tables import TABLES, Table, answers, in_terminal
from tests.bench.results import made_up
from tests.sphinx_build import build

PAGE = """\
# Page

```{bench} answers
```

```{bench} calls postgresql
```

```{bench} machine
```
"""


@pytest.fixture
def results():
    """Make results up, with their bars."""
    found = made_up(bank=1_010)
    return found | {"bars": judge(found)}


def make_book(folder, results):
    """Write a book with one page, and the results if there are any."""
    extensions = ["myst_nb", "bench.page"]  # what reads the book's pages
    (folder / "conf.py").write_text(f"extensions = {extensions}\n")
    (folder / "index.md").write_text(PAGE)
    (folder / "book").mkdir()
    if results:
        store(folder / "book" / "bench.json", results)


def test_a_page_shows_what_was_measured(tmp_path, results):
    """Sentences and tables on a page come from the published file."""
    make_book(tmp_path, results)
    warnings, pages = build(tmp_path, tmp_path)
    assert warnings == ""
    page = pages["index"]
    assert "makes 1.010 to 1.010 times the function calls" in page.text
    calls, machine = page.find_all("table")
    assert calls.tr.th.text == "Operation"
    assert "1,010" in calls.text
    assert "a fast one" in machine.text


def test_each_database_has_its_table():
    """A table of several rows for each database becomes a panel for each."""
    rows = [
        (label, work, calls)
        for label in ("SQLite", "MariaDB")
        for work, calls in (("get", "9"), ("insert", "1,010"))
    ]
    place = by_database(Table("Calls", ("Database", "Work", "Calls"), rows))
    assert place is not None
    panels = [
        [part.astext() for part in panel.findall(nodes.paragraph)]
        for panel in place.children
    ]
    assert panels == [
        [label, "Work", "Calls", "get", "9", "insert", "1,010"]
        for label in ("SQLite", "MariaDB")
    ]
    numbers = [
        entry.astext()
        for entry in place.findall(nodes.entry)
        if "number" in entry["classes"]
    ]
    assert numbers == ["Calls", "9", "1,010"] * 2


def test_rows_of_one_database_stay_one_table():
    """There is nothing to choose between."""
    rows = [("SQLite", "get"), ("SQLite", "insert")]
    assert by_database(Table("Work", ("Database", "Work"), rows)) is None


def test_a_page_without_results_says_so(tmp_path):
    """A book that was never measured builds, and says what is missing."""
    make_book(tmp_path, None)
    warnings, pages = build(tmp_path, tmp_path)
    assert warnings == ""
    assert "Nothing has been published yet" in pages["index"].text


def test_every_table_is_shown(results):
    """Each table has a title, and as many cells in each row."""
    for make in TABLES.values():
        table = make(results)
        assert f"## {table.title}" in in_terminal(table)
        assert {len(row) for row in table.rows} == {len(table.head)}


def test_answers_have_the_numbers(results):
    """The sentences say what pools, growth and deposits cost."""
    told = " ".join(answers(results))
    assert "opened 10.0 connections per 1,000 reads" in told
    assert "took 2.0 times as long (a user by id)" in told
    assert "8.0 with 8 connections" in told


def test_pictures_are_the_same_for_the_same_results(results):
    """Each part is drawn as SVG, with the same bytes each time."""
    drawn = draw(results)
    assert drawn.keys() == PLOTS.keys()
    assert drawn == draw(results)
    for svg in drawn.values():
        assert ET.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own


def test_pictures_are_legible_on_a_phone(results):
    """Shown 345 pixels wide, no word is smaller than 11 pixels."""
    for svg in draw(results).values():
        width = float(svg.partition(' width="')[2].partition("pt")[0])
        sizes = [
            float(part.partition("px")[0])
            for part in svg.split("font-size: ")[1:]
        ]
        assert sizes
        assert min(sizes) * 345 / width >= 11


def test_lines_differ_by_more_than_colour():
    """Each of eight lines has its own dashes and its own mark."""
    series = {str(number): {"1": 1.0, "2": 2.0} for number in range(8)}
    drawn = lines(series, "x", "y").axes[0].lines
    looks = [(line.get_color(), line.get_marker()) for line in drawn]
    assert len({colour for colour, _ in looks}) == 8
    assert len({mark for _, mark in looks}) == 8


def test_numbers_are_stored_short(tmp_path):
    """Results are stored with four digits, a line for each row."""
    path = tmp_path / "_build" / "bench.json"
    store(path, shortened({"date": "d", "layers": [{"a": 1.23456, "b": 3}]}))
    assert json.loads(path.read_text()) == {
        "date": "d",
        "layers": [{"a": 1.235, "b": 3}],
    }
    assert '  {"a": 1.235, "b": 3}\n' in path.read_text()
