"""The site as it was built."""

from collections.abc import Callable

import pytest

from press.book import stamp
from press.site import repository
from press.system.environment import environment
from tests.site import checks
from tests.site.checks import Page, Site
from tests.site.conftest import ROOT


@pytest.mark.parametrize(
    "check",
    [
        checks.broken_links,
        checks.other_databases,
        checks.repeated_titles,
        checks.third_parties,
    ],
)
def test_site_is_whole(site: Site, check: Callable[[Site], list[str]]):
    """The site needs no one else, and all its links lead somewhere."""
    assert check(site) == []


@pytest.mark.parametrize(
    "check",
    [
        checks.excess_weight,
        checks.file_names_as_links,
        checks.images_without_text,
        checks.mathjax,
        checks.page_problems,
        checks.repeated_ids,
        checks.unlabelled_outputs,
    ],
)
def test_every_page_is_sound(site: Site, check: Callable[[Page], list[str]]):
    """Each page is complete, light, and says what its images show."""
    found = [
        problem for page in site.pages.values() for problem in check(page)
    ]
    assert found == []


def test_every_page_comes_from_the_sources_that_are_there(site: Site):
    """Each page is stamped with this source and with the versions."""
    source = stamp.source_hash(ROOT)
    pages = site.pages.values()
    found = [p for page in pages for p in checks.stale_stamp(page, source)]
    assert found == [], "Run `make book` after a change of the sources."


def test_links_to_the_repository_are_known_or_absent(site: Site):
    """Pages link to the repository that git or CI tells, or to none."""
    address = repository.address(ROOT, environment())
    pages = site.pages.values()
    found = [
        p for page in pages for p in checks.repository_problems(page, address)
    ]
    assert found == []


def test_every_lesson_shows_outputs(site: Site):
    """Each notebook has a page, and its outputs are on it."""
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    names = {page.name for page in site.lessons}
    assert names == {f"notebooks/{name}.html" for name in notebooks}
    assert [
        p for page in site.lessons for p in checks.without_outputs(page)
    ] == []


def test_outputs_of_required_databases_are_there(site: Site):
    """Each database that has to be at hand has executed the lessons."""
    required = environment().get("REQUIRE_DATABASES", "")
    names = {name.strip() for name in required.split(",") if name.strip()}
    executed = {name for page in site.lessons for name in page.databases}
    assert names <= executed, "Run `make site` with these databases."


def test_site_has_no_leftovers(site: Site):
    """What the theme ships and no page asks for is not published."""
    left = [*site.root.rglob("*.map"), *site.root.rglob("fontawesome.js*")]
    assert left == []
