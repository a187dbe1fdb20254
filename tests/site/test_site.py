"""The site as it was built."""

import tomllib

import pytest

from press.book import stamp
from press.site import repository
from press.system.environment import environment
from tests.site import checks
from tests.site.checks import Site
from tests.site.conftest import ROOT

OF_THE_SITE = (
    checks.broken_links,
    checks.excess_weight,
    checks.other_databases,
    checks.reordered,
    checks.repeated_titles,
    checks.third_parties,
)
OF_EACH_PAGE = (
    checks.file_names_as_links,
    checks.images_without_text,
    checks.mathjax,
    checks.nameless,
    checks.page_problems,
    checks.repeated_ids,
    checks.skipped_headings,
    checks.unlabelled_outputs,
)


def test_site_is_sound(site: Site, subtests: pytest.Subtests):
    """Pages are complete and light, need no one else, and say what they show.

    One test asks all, so that one worker parses the pages, and once.
    """
    for whole in OF_THE_SITE:
        with subtests.test(whole.__name__):
            assert whole(site) == []
    for check in OF_EACH_PAGE:
        with subtests.test(check.__name__):
            pages = site.pages.values()
            assert [found for page in pages for found in check(page)] == []


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
    folder = ROOT / "notebooks"
    notebooks = {
        path.relative_to(folder).with_suffix("").as_posix()
        for path in folder.rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    }
    names = {page.name for page in site.lessons}
    assert names == {f"notebooks/{name}.html" for name in notebooks}
    assert [
        p for page in site.lessons for p in checks.without_outputs(page)
    ] == []


def test_outputs_of_required_databases_are_there(site: Site):
    """Each database that has to be available has executed the lessons."""
    required = environment().get("REQUIRE_DATABASES", "")
    names = {name.strip() for name in required.split(",") if name.strip()}
    executed = {name for page in site.lessons for name in page.databases}
    assert names <= executed, "Run `make site` with these databases."


def test_published_addresses_stay(site: Site):
    """Each address that was ever published has a page, and each is listed."""
    path = ROOT / "book" / "addresses.toml"
    published = tomllib.loads(path.read_text("utf-8"))["published"]
    assert checks.lost_addresses(site, published) == []
    assert checks.unlisted_addresses(site, published) == []


def test_every_page_has_its_markdown(site: Site):
    """Beside each page is its text, and the index of them lists it."""
    pages = [
        page
        for name, page in site.pages.items()
        if name not in {"404.html", "search.html"}
        and "http-equiv" not in str(page.soup.head)
    ]
    assert [p for page in pages for p in checks.without_markdown(page)] == []
    index = (site.root / "llms.txt").read_text(encoding="utf-8")
    missing = [
        page.name
        for page in pages
        if page.name != "index.html"
        and page.name.replace(".html", ".md") not in index
    ]
    assert missing == []


def test_missing_page_offers_the_search_at_any_depth(site: Site):
    """Whatever address it is shown for, the 404 page loads its files."""
    page = site.pages["404.html"]
    assert page.soup.select_one("main form.search-form")
    files = [*page.loads, *(str(a["href"]) for a in page.soup.select("a"))]
    relative = [url for url in files if not url.startswith(("/", "#"))]
    assert relative == []


def test_site_has_no_leftovers(site: Site):
    """What Sphinx ships and no page asks for is not published."""
    static = site.root / "_static"
    names = {path.name for path in static.iterdir()}
    ours = {path.name for path in (ROOT / "book" / "_static").iterdir()}
    assert names == ours | {"sections.js"}
