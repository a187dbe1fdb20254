"""The table of probes: what it shows first, and what a reader chooses."""

from collections.abc import AsyncIterator
from itertools import combinations
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page

from portability.records import DATABASES, difference, newest
from portability.registry import GROUPS, probes
from tests.site.checks import Site
from tests.site.visits import PHONE, Visit, opened, screen

NAME = "book/portability.html"
NODES = 6_000
HEIGHT = 22_000  # pixels, on a phone
SHOWN = ".probes tbody:not([hidden])"


@pytest.fixture
async def visit(browser: Browser, address: str) -> AsyncIterator[Visit]:
    """Open the page on a phone."""
    async with opened(browser, address + NAME, **screen(PHONE)) as visit:
        yield visit


def field(page: Page, name: str) -> Locator:
    """Find a field of the choice by its name, which the address has too."""
    return page.locator(f".probe-filter [name={name}]")


async def shown(page: Page) -> set[str]:
    """List the rows that a reader sees."""
    ids = "rows => rows.filter(r => r.checkVisibility()).map(r => r.id)"
    return set(await page.locator(".probes tbody").evaluate_all(ids))


def expected(kinds: set[str], names: tuple[str, ...] = DATABASES) -> set[str]:
    """List the rows of the records that differ in one of some ways."""
    records = [record for name, record in newest().items() if name in names]
    return {
        f"probe-{probe.id}"
        for group in GROUPS
        for probe in probes(group)
        if difference(r.results[group][probe.id] for r in records) in kinds
    }


async def test_the_page_is_small_and_short(visit: Visit):
    """It has few elements and no endless height before anything is opened."""
    count = "document.querySelectorAll('*').length"
    assert await visit.page.evaluate(count) < NODES
    height = "document.documentElement.scrollHeight"
    assert await visit.page.evaluate(height) < HEIGHT


async def test_silent_differences_come_first(visit: Visit):
    """Nothing else is shown before the reader asks for it."""
    assert await shown(visit.page) == expected({"silent"})
    status = await visit.page.locator(".probe-count").inner_text()
    assert status.startswith(f"{len(expected({'silent'}))} of ")


async def test_code_is_made_when_a_row_is_opened(visit: Visit):
    """It is no part of the page until then, and can be copied after."""
    row = visit.page.locator(SHOWN).first
    assert await row.locator(".highlight").count() == 0
    await row.locator("summary").click()
    code = row.locator(".highlight pre").first
    await code.wait_for(state="visible")
    assert (await code.inner_text()).startswith("async def ")
    assert await row.locator(".copy").count() >= 1


@pytest.mark.parametrize("pair", list(combinations(DATABASES[:3], 2)))
async def test_one_moves_from_a_database_to_another(
    visit: Visit, pair: tuple[str, str]
):
    """Only the two are shown, and what counts is how they differ."""
    page = visit.page
    for name, database in zip(("from", "to"), pair, strict=True):
        await field(page, name).select_option(database.lower())
    assert await shown(page) == expected({"silent"}, pair)
    await field(page, "show").select_option("differs")
    assert await shown(page) == expected({"silent", "differs"}, pair)
    cells = page.locator(SHOWN).first.locator("td[data-database]:visible")
    names = await cells.evaluate_all(
        "them => them.map(t => t.dataset.database)"
    )
    assert [name.partition(" ")[0] for name in names] == list(pair)


async def test_choosing_one_database_chooses_two(visit: Visit):
    """Half a pair says nothing, so the page completes it."""
    await field(visit.page, "from").select_option("sqlite")
    to = field(visit.page, "to")
    assert await to.input_value() not in {"", "sqlite"}


async def test_words_are_looked_for_in_questions_results_and_cures(
    visit: Visit,
):
    """Each row that is left has every word."""
    await field(visit.page, "show").select_option("all")
    await field(visit.page, "text").fill("raises IntegrityError")
    rows = await visit.page.locator(SHOWN).all_inner_texts()
    assert rows
    assert all("IntegrityError" in row for row in rows)
    headings = visit.page.locator("section:visible > .probes")
    assert await headings.count() < len(GROUPS)


async def test_the_address_keeps_what_is_chosen(
    visit: Visit, browser: Browser
):
    """Somebody who gets the address sees the same rows."""
    page = visit.page
    await field(page, "to").select_option("postgresql")
    await field(page, "group").select_option("types")
    await field(page, "text").fill("date")
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["to"] == ["postgresql"]
    assert asked["group"] == ["types"]
    rows = await shown(page)
    assert rows
    async with opened(browser, page.url) as other:
        assert await shown(other.page) == rows
        assert await field(other.page, "text").input_value() == "date"


async def test_a_link_to_a_row_shows_it(browser: Browser, address: str):
    """A row that the first choice leaves out is shown to who asks for it."""
    name = min(expected({"same"}))
    async with opened(browser, f"{address}{NAME}#{name}") as visit:
        assert await visit.page.locator(f"#{name}").is_visible()
        other = max(expected({"same"}))
        await visit.page.evaluate(f"location.hash = '#{other}'")
        await visit.page.locator(f"#{other}").wait_for(state="visible")


async def test_everything_can_be_read_without_javascript(
    browser: Browser, address: str
):
    """Each row is there with its code, and no choice that does nothing."""
    options = {"java_script_enabled": False}
    async with opened(browser, address + NAME, **options) as visit:
        row = visit.page.locator(f"#{min(expected({'same'}))}")
        assert await row.is_visible()
        await row.locator("summary").click()
        assert await row.locator(".highlight").first.is_visible()
        assert not await visit.page.locator(".probe-filter").is_visible()


async def test_it_works_from_a_file(browser: Browser, site: Site):
    """Opened from the disk, it can be narrowed, and rows open."""
    address = (site.root / NAME).as_uri()
    async with opened(browser, f"{address}?from=mariadb&to=sqlite") as visit:
        silent = expected({"silent"}, ("MariaDB", "SQLite"))
        assert await shown(visit.page) == silent
        await field(visit.page, "text").fill("date")
        assert await shown(visit.page) < silent
        await visit.page.locator(SHOWN).first.locator("summary").click()
        code = visit.page.locator(SHOWN).first.locator(".highlight")
        await code.first.wait_for(state="visible")
        assert visit.complaints == []
