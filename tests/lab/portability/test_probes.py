"""Every probe and cure on every database."""

import pytest

from lab.portability.records import newest
from lab.portability.registry import GROUPS, identity, probes
from lab.portability.runner import run


@pytest.mark.parametrize("group", GROUPS)
async def test_the_group_does_what_is_recorded(database_url, group):
    """The results are those of the version's record; a new one gets one."""
    report = await run(group, database_url)
    assert report.results


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
