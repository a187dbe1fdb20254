"""What is kept of each database, and how results are held against it."""

import json
import re

import pytest

from lab.scratch import drop_database, scratch_database
from portability import records, registry, runner
from portability.records import (
    FOLDER,
    Record,
    compare,
    difference,
    load,
    newest,
)
from portability.registry import probe
from portability.runner import DifferentResult, ProbeFailed, run

ANSWER = {"probe": "one", "cure": "well"}


@pytest.fixture
async def sqlite_url():
    """Give an empty SQLite database."""
    url = await scratch_database("sqlite+aiosqlite:///bank.db")
    yield url
    await drop_database(url)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Keep records somewhere else, and know one probe with a cure alone."""
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    monkeypatch.setattr(registry, "_PROBES", {})

    async def asked(_engine):
        """Is it asked?"""
        return ANSWER["probe"]

    async def cured(_engine):
        """Cure it."""
        return ANSWER["cure"]

    asked.__module__ = "portability.probes.text"
    probe(asked).cured_by(cured)
    return tmp_path


@pytest.fixture
def answer(monkeypatch):
    """Give a function that changes what the probe or the cure gives."""

    def change(**answers):
        for name, given in answers.items():
            monkeypatch.setitem(ANSWER, name, given)

    return change


def only_file(folder):
    """Read the one record in a folder."""
    [path] = folder.glob("*")
    return json.loads(path.read_text("utf-8"))


async def test_a_new_version_is_written_and_reported(folder, sqlite_url):
    """The record has the day, the versions and each result."""
    report = await run("text", sqlite_url)
    assert report.is_new
    assert "Added to the records." in repr(report)
    kept = only_file(folder)
    assert kept["results"] == {"text": {"asked": "one", "cured": "well"}}
    assert kept["database"] == "SQLite"
    assert re.fullmatch(r"\d+\.\d+", kept["version"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", kept["recorded"])
    assert set(kept["versions"]) == {"SQLite", "aiosqlite", "SQLAlchemy"}


async def test_the_same_results_again_change_nothing(folder, sqlite_url):
    """A second run leaves the file as it is, and adds nothing."""
    await run("text", sqlite_url)
    before = only_file(folder)
    report = await run("text", sqlite_url)
    assert not report.is_new
    assert "Added" not in repr(report)
    assert only_file(folder) == before


async def test_another_group_is_added_to_the_record(folder, sqlite_url):
    """A group that is not recorded yet joins those that are."""
    await run("text", sqlite_url)
    kept = only_file(folder)
    kept["results"] = {"types": {"other": "kept"}}
    [path] = folder.glob("*")
    path.write_text(json.dumps(kept))
    assert (await run("text", sqlite_url)).is_new
    assert set(only_file(folder)["results"]) == {"types", "text"}


async def test_a_changed_result_is_refused(folder, sqlite_url, answer):
    """The error names the probe, shows both results, and keeps the record."""
    await run("text", sqlite_url)
    before = only_file(folder)
    answer(probe="two")
    with pytest.raises(DifferentResult) as caught:
        await run("text", sqlite_url)
    said = str(caught.value)
    assert "asked\n    recorded: one\n    now:      two" in said
    assert "python -m portability --record" in said
    assert only_file(folder) == before


async def test_a_changed_result_can_be_recorded_anew(
    folder, sqlite_url, answer
):
    """Only who says so takes what happens now for right."""
    await run("text", sqlite_url)
    answer(probe="two")
    assert (await run("text", sqlite_url, record_anew=True)).is_new
    assert only_file(folder)["results"]["text"]["asked"] == "two"


async def test_a_missing_and_an_unknown_probe_are_refused(folder, sqlite_url):
    """A probe that was added, renamed or removed has to be recorded."""
    await run("text", sqlite_url)
    [path] = folder.glob("*")
    kept = only_file(folder)
    kept["results"]["text"] = {"renamed": "one", "cured": "well"}
    path.write_text(json.dumps(kept))
    with pytest.raises(DifferentResult) as caught:
        await run("text", sqlite_url)
    said = str(caught.value)
    assert "asked\n    recorded: nothing: there was no such probe" in said
    assert "renamed\n    recorded: one\n    now:      nothing" in said


async def test_a_cure_that_differs_elsewhere_is_refused(folder, sqlite_url):
    """A cure is one only if each database gives the same result."""
    other = Record("PostgreSQL", "15", "asyncpg", "2026-01-01", {})
    other.results = {"text": {"asked": "two", "cured": "badly"}}
    other.save()
    with pytest.raises(DifferentResult) as caught:
        await run("text", sqlite_url)
    said = str(caught.value)
    assert "The cure 'cured' is none" in said
    assert "well" in said
    assert "PostgreSQL 15: badly" in said
    assert len(list(folder.glob("*"))) == 1
    assert (await run("text", sqlite_url, record_anew=True)).is_new


async def test_a_fault_in_a_probe_is_no_answer(folder, sqlite_url):
    """Only what the database and its driver raise is a result."""

    async def broken(engine):
        """Is it broken?"""
        return engine.no_such_attribute

    broken.__module__ = "portability.probes.text"
    probe(broken)
    with pytest.raises(ProbeFailed, match="'broken' came to no answer"):
        await run("text", sqlite_url)
    assert list(folder.glob("*")) == []


async def test_a_probe_that_hangs_is_stopped(folder, sqlite_url, monkeypatch):
    """A probe has a time to answer in."""
    monkeypatch.setattr(runner, "SECONDS", 0.05)

    async def patient(_engine):
        """Does it end?"""
        await runner.asyncio.sleep(60)

    patient.__module__ = "portability.probes.text"
    probe(patient)
    with pytest.raises(ProbeFailed, match="'patient' came to no answer"):
        await run("text", sqlite_url)
    assert list(folder.glob("*")) == []


@pytest.mark.parametrize(
    ("results", "kind"),
    [
        (["1", "1", "1"], "same"),
        (["1", "2", "1"], "silent"),
        (["1", "raises DataError 1264", "2"], "silent"),
        (["1", "raises DataError 1264", "1"], "differs"),
        (["raises A", "raises B", "raises A"], "differs"),
        (["raises A", "raises A"], "same"),
    ],
)
def test_a_difference_is_silent_where_two_go_on(results, kind):
    """Two databases that continue without an error, and differently."""
    assert difference(results) == kind


def test_comparison_tells_each_difference_once():
    """What is the same is not told."""
    old = {"same": "1", "changed": "1", "gone": "1"}
    new = {"same": "1", "changed": "2", "new": "1"}
    told = {name: (before, now) for name, before, now in compare(old, new)}
    assert told["changed"] == ("1", "2")
    assert set(told) == {"changed", "gone", "new"}


@pytest.mark.usefixtures("folder")
def test_the_newest_record_is_that_of_the_highest_version():
    """Versions count as numbers: 10.11 is after 10.6."""
    for version in ("10.6", "10.11", "9.9"):
        Record("MariaDB", version, "aiomysql", "2026-01-01", {}).save()
    Record("MariaDB", "11.4", "asyncmy", "2026-01-01", {}).save()
    assert newest()["MariaDB"].version == "10.11"


def test_no_record_is_none(tmp_path):
    """A version that is not recorded has no file."""
    assert load(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem
)
def test_records_keep_no_secret(path):
    """No address, path, password or name of a scratch database is in one."""
    text = path.read_text("utf-8")
    assert not re.search(
        r"://|/tmp|/home|127\.0\.0\.1|localhost|bank_scratch|things_\d", text
    )
    record = load(path)
    assert record is not None
    assert record.path == path
