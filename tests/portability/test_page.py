"""The page's table of probes."""

import json
import re
import shutil
from dataclasses import asdict, replace
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from docutils.utils import new_document

from portability import page, records
from portability.records import FOLDER, newest
from portability.registry import GROUPS, probes, sentence
from portability.report import Report
from tests.sphinx_build import build as build_pages

ROOT = Path(__file__).parents[2]
CONFIG = """
extensions = ["myst_nb", "portability.page"]
nb_execution_mode = "off"
"""
WRITES = ("writes",)


def index(groups):
    """Write a page with the tables of some groups."""
    tables = (
        f"## {group.title()}\n\n```{{portability}} {group}\n```\n"
        for group in groups
    )
    choice = "```{portability-filter}\n```\n"
    toctree = "```{toctree}\nrun\n```\n"
    return "\n".join(["# Differences", choice, *tables, toctree])


def ran(record=None, groups=WRITES):
    """Write what a notebook shows that ran some groups on a database."""
    record = record or newest()["SQLite"]
    return "\n\n".join(
        Report(
            replace(record, results={group: record.results[group]}),
            group,
            is_new=False,
        )._repr_html_()
        for group in groups
        if group in record.results
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work on a copy of the records."""
    copy = shutil.copytree(FOLDER, tmp_path / "records")
    monkeypatch.setattr(records, "FOLDER", copy)


def built(folder, run, groups=WRITES):
    """Build a page in a folder, for its warnings and its content."""
    source = folder / "book"
    source.mkdir(exist_ok=True)
    (source / "conf.py").write_text(CONFIG)
    (source / "index.md").write_text(index(groups))
    (source / "run.md").write_text(f"# Run\n\n{run}\n")
    warnings, pages = build_pages(source, folder)
    return warnings, pages["index"]


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Build the page of the records as they are, once."""
    return built(tmp_path_factory.mktemp("good"), ran(groups=GROUPS), GROUPS)


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Build a page with one fault of each kind, for its warnings."""
    place = tmp_path_factory.mktemp("broken")
    with pytest.MonkeyPatch.context() as patch:
        copy = shutil.copytree(FOLDER, place / "records")
        patch.setattr(records, "FOLDER", copy)
        newest()["PostgreSQL"].path.unlink()
        path = newest()["MariaDB"].path
        kept = json.loads(path.read_text("utf-8"))
        del kept["results"]["writes"]["swap-columns"]
        kept["results"]["writes"]["swap-in-python"] = "(2, 2)"
        path.write_text(json.dumps(kept))
        live = newest()["SQLite"]
        live.results["writes"]["swap-columns"] = "(2, 2)"
        warnings, _ = built(place, ran(live), ("writes", "types"))
    return warnings


@pytest.fixture(scope="module")
def shown(good):
    """Give the good page's content."""
    return good[1]


def test_tables_stand_under_their_headings():
    """The page has each group once, under the heading of its name."""
    text = (ROOT / "book" / "portability.md").read_text()
    shown = re.findall(
        r"^## (\w+)\n(?:(?!## ).*\n)*?```\{portability\} (\w+)",
        text,
        re.MULTILINE,
    )
    assert shown == [(group.title(), group) for group in GROUPS]


def test_the_table_has_a_row_for_each_probe(good):
    """Each has an anchor, the question, three results, and the code."""
    warnings, shown = good
    assert warnings == ""
    for group in GROUPS:
        found = shown.select(f"#probes-{group} tbody[id]")
        rows = {row["id"]: row for row in found}
        for probe in probes(group):
            row = rows[f"probe-{probe.id}"]
            assert row.select_one("th").get_text().startswith(probe.question)
            assert len(row.select("td[data-database]")) == len(newest())
            code = row.select_one("details .highlight").get_text()
            assert code.startswith(f"async def {probe.function.__name__}(")


def test_what_probes_share_is_shown_without_them(shown):
    """Helpers and constants are there once, and rows' functions are not."""
    shared = [each.get_text() for each in shown.select(".probe-shared")]
    assert len(shared) == 1 + len(GROUPS)
    assert "async def temporary(" in shared[0]
    for group, code in zip(GROUPS, shared[1:], strict=True):
        assert "def " in code, group
        for probe in probes(group):
            assert f"def {probe.function.__name__}(" not in code
    assert "EXACT = " in shared[1 + GROUPS.index("text")]


def test_the_live_column_is_linked_and_the_others_are_dated(shown):
    """A column tells whether this build ran it, or when it was recorded."""
    heads = shown.select("#probes-types thead th")[1:]
    assert [head.contents[0].strip() for head in heads] == [
        record.name for record in newest().values()
    ]
    assert heads[0].a["href"] == "run.html#portability-types"
    day = newest()["PostgreSQL"].recorded
    assert heads[1].small.get_text() == f"recorded {day}"


def test_rows_say_how_results_differ(shown):
    """What the row says follows from its results."""
    kinds = {
        row["id"]: row["class"] for row in shown.select(".probes tbody[id]")
    }
    assert kinds["probe-swap-columns"] == ["silent"]
    assert kinds["probe-reserved-name"] == ["same"]
    assert kinds["probe-string-without-length"] == ["differs"]
    said = shown.select_one(".probe-filter").find_previous("p").get_text()
    silent = sum(kind == ["silent"] for kind in kinds.values())
    assert said.startswith(f"{len(kinds)} probes: ")
    assert f" {silent} of them silently" in said


def test_the_choice_is_of_databases_groups_and_differences(shown):
    """There is an option for each group, and for each database twice."""
    form = shown.select_one(".probe-filter")
    options = {
        select["name"]: [option["value"] for option in select.select("option")]
        for select in form.select("select")
    }
    assert options["group"] == ["", *GROUPS]
    names = [name.lower() for name in newest()]
    assert options["from"] == options["to"] == ["", *names]


def test_code_waits_until_a_row_is_opened(shown):
    """It is text for a browser, and markup where there are no scripts."""
    for code in shown.select(".probes .highlight, .probe-shared .highlight"):
        assert code.find_parent("noscript").parent.name == "details"


def test_a_row_is_a_line_of_text_too():
    """For programs that read Markdown, the raw node brings a table."""
    document = new_document("page")
    document += page.Place(group="writes")
    builder = SimpleNamespace(get_relative_uri=lambda *_: "run.html")
    app: Any = SimpleNamespace(env=SimpleNamespace(), builder=builder)
    page.fill_in(app, document, "index")
    [raw] = document.findall(nodes.raw)
    lines = raw["markdown"].splitlines()
    assert len(lines) == 2 + len(probes("writes"))
    probe = next(each for each in probes("writes") if each.cure)
    assert probe.cure
    [line] = [each for each in lines if probe.question in each]
    assert line.endswith(f"| {sentence(probe.cure)} |")


def test_a_cure_is_shown_once(shown):
    """Other rows lead to the row that shows it."""
    links = shown.select(".probes noscript > p > a")
    assert links
    for link in links:
        above = shown.select_one(link["href"])
        assert len(above.select("details .highlight")) == 2
        here = link.find_parent("tbody")
        assert here.summary.get_text() == above.summary.get_text()


def test_a_hole_in_a_record_is_named(broken):
    """It is a warning, which fails a strict build."""
    name = newest()["MariaDB"].name
    assert f"{name} has no result of the probe 'swap-columns'." in broken


def test_a_database_without_a_record_is_named(broken):
    """Each of the three databases has to be there."""
    assert "no record of PostgreSQL for the probes of 'writes'" in broken


def test_a_result_that_is_not_recorded_is_named(broken):
    """What ran is held against the record once more, both shown."""
    record = newest()["SQLite"]
    assert (
        f"{record.name} gave '(2, 2)' to 'swap-columns', where '(2, 1)' was"
        f" recorded on {record.recorded}." in broken
    )


def test_a_cure_that_is_none_is_named(broken):
    """A cure that gives two results is a warning."""
    assert "The cure 'swap-in-python' gave (2, 1), (2, 2)." in broken


def test_a_group_that_nobody_ran_is_named(broken):
    """A table without a live column is a warning."""
    assert "No page runs the probes of 'types'." in broken
    assert "No page runs the probes of 'writes'." not in broken


@pytest.mark.usefixtures("folder")
def test_a_page_is_read_anew_after_a_change(tmp_path):
    """A second build shows what changed, though the page did not.

    What a result holds is text, though it looks like markup.
    """
    built(tmp_path, ran())
    record = newest()["SQLite"]
    record.results["writes"]["swap-columns"] = "<b>&amp;"
    record.save()
    warnings, shown = built(tmp_path, ran(record))
    assert "'swap-columns'" not in warnings
    row = shown.select_one("#probe-swap-columns")
    assert row.select_one("td").get_text(strip=True) == "<b>&amp;"


def test_the_table_is_written_again_where_it_changed(tmp_path, monkeypatch):
    """A template counts as much as a result, and no change writes nothing."""
    template = tmp_path / "group.html"
    template.write_text("<table></table>")
    monkeypatch.setattr(page, "ROOMS", (tmp_path,))
    app: Any = None
    env: Any = SimpleNamespace(found_docs={"page"}, portability_pages={"page"})
    assert page.pages_to_write(app, env) == {"page"}
    assert page.pages_to_write(app, env) == set()
    template.write_text("<table class='wide'></table>")
    assert page.pages_to_write(app, env) == {"page"}
    env.portability = {"notebook": ([], ["writes"])}
    assert page.pages_to_write(app, env) == {"page"}


def test_a_report_carries_its_data():
    """The notebook's output has its group's results, and no other."""
    record = newest()["SQLite"]
    only = replace(record, results={"text": record.results["text"]})
    shown = Report(only, "text", is_new=False)._repr_html_()
    [found] = page.PUBLISHED.findall(shown)
    assert found == escape(json.dumps(asdict(only), ensure_ascii=False))
    assert 'id="portability-text"' in shown


def test_the_books_page_has_each_group_under_its_name():
    """A heading is followed by the table of its group, and none is missing."""
    groups = []
    text = (ROOT / "book" / "portability.md").read_text("utf-8")
    for section in text.split("\n## ")[1:]:
        heading, *_ = section.splitlines()
        shown = re.findall(r"```\{portability\} (\w+)", section)
        assert shown in ([], [heading.lower()])
        groups += shown
    assert groups == list(GROUPS)
