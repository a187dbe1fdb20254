"""Every probe and cure on every database."""

import pytest
from sqlalchemy import make_url

from bank.db.url import ASYNC_DRIVERS
from portability.records import newest
from portability.registry import GROUPS, identity, probes
from portability.runner import run_all


@pytest.mark.long  # the notebook on portability asks the same
async def test_every_group_does_what_is_recorded(database_url):
    """The results are those of the version's record; a new one gets one.

    One test runs all groups, since a new version's record is one file.
    """
    driver = make_url(database_url).get_driver_name()
    if driver not in ASYNC_DRIVERS.values():
        pytest.skip(f"The book has no records of {driver}.")
    reports = await run_all(database_url)
    assert [report.group for report in reports] == list(GROUPS)
    for report in reports:
        asked = {probe.id for probe in probes(report.group)}
        assert asked <= report.results.keys()


@pytest.mark.parametrize("group", GROUPS)
def test_every_probe_is_recorded_on_three_databases(group):
    """The book's table has no hole."""
    for record in newest().values():
        missing = {p.id for p in probes(group)} - record.results[group].keys()
        assert not missing, record.name
    assert list(newest())[:3] == ["SQLite", "PostgreSQL", "MariaDB"]


@pytest.mark.parametrize("group", GROUPS)
def test_every_cure_has_one_result(group):
    """A cure does the same everywhere, and raises nowhere."""
    for cure in {each.cure for each in probes(group) if each.cure}:
        name = identity(cure)
        found = {r.results[group][name] for r in newest().values()}
        assert len(found) == 1, (name, found)
        assert not found.pop().startswith("raises "), name
