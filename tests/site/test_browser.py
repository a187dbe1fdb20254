"""The site in a browser: what it asks for, says, and looks like."""

from itertools import cycle

import pytest
from axe_playwright_python import (  # type: ignore[import-untyped]  # no types
    async_playwright as axe,
)
from playwright.async_api import Browser

from press.book.book import DATABASES
from tests.site.checks import FIRST_VISIT, REQUESTS, Site
from tests.site.conftest import ROOT
from tests.site.visits import (
    DESKTOP,
    NARROW,
    PHONE,
    Visit,
    opened,
    opened_in,
    screen,
)

COLUMNS = 79  # of code, as ruff allows

COLUMNS_THAT_FIT = """() => {
  const pre = document.querySelector(".cell_input pre, article pre");
  const probe = pre.appendChild(document.createElement("span"));
  probe.textContent = "0".repeat(100);
  const column = probe.getBoundingClientRect().width / 100;
  probe.remove();
  const { paddingLeft, paddingRight } = getComputedStyle(pre);
  const padding = parseFloat(paddingLeft) + parseFloat(paddingRight);
  return Math.floor((pre.clientWidth - padding) / column);
}"""


# One page of each kind, for what takes long. A book may have no probes.
PARTS = 4  # of all pages, so that workers share them
KINDS = (
    "index.html",
    "search.html",
    "404.html",
    "book/cheat-sheet.html",
    "book/claims.html",
    "book/reference.html",
    "notebooks/05-session-dependency.html",
    "notebooks/bank/engine.html",
    *(f"book/{page.stem}.html" for page in ROOT.glob("book/portability.md")),
)
KIND = pytest.mark.parametrize("name", KINDS)
SCREENS = [
    (width, scheme)
    for width in (DESKTOP, PHONE)
    for scheme in ("light", "dark")
]
# Code has a span a word, a few colours, and one style on all pages.
EACH_COLOUR_OF_CODE_ONCE = """() => {
  const seen = new Set();
  for (const word of document.querySelectorAll("pre span:not(:has(*))")) {
    const classes = [];
    for (let at = word; at && at.tagName !== "ARTICLE"; at = at.parentElement)
      classes.push(at.className);
    const kind = classes.join("/");
    if (seen.has(kind)) word.replaceWith(word.textContent);
    seen.add(kind);
  }
}"""
SHIFTS = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 300);
})"""


async def faults(visit: Visit, address: str, width: int) -> list[str]:
    """Tell what is wrong with a page on a narrow screen."""
    found = [
        f"asked for {url}"
        for url in visit.asked
        if not url.startswith((address, "data:"))
    ]
    found += [f"complained: {text}" for text in visit.complaints]
    wide = await visit.page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"is {wide} pixels wide")
    return found


@pytest.mark.parametrize("part", range(PARTS))
async def test_pages_behave_on_a_small_phone(
    browser: Browser, address: str, site: Site, part: int
):
    """Each page asks its own server alone, complains of nothing, and fits.

    Wide code and tables scroll in their boxes.
    """
    found = []
    # One reader visits all pages: what they share is fetched once.
    async with await browser.new_context(**screen(NARROW)) as context:
        for page in list(site.pages.values())[part::PARTS]:
            visit = await opened_in(context, address + page.name)
            wrong = await faults(visit, address, NARROW)
            found += [f"{page.name} {what}" for what in wrong]
            await visit.page.close()
    assert found == []


@KIND
async def test_first_visit_is_light_and_calm(
    browser: Browser, address: str, name: str
):
    """A first visit loads little, in few requests, and nothing jumps."""
    async with opened(browser, address + name, **screen(PHONE)) as visit:
        await visit.page.wait_for_load_state("networkidle")
        assert len(visit.asked) <= REQUESTS
        assert await visit.weight() <= FIRST_VISIT
        assert await visit.page.evaluate(SHIFTS) < 0.01


@pytest.mark.parametrize("width", [960, 1024, 1200, DESKTOP, 1920])
async def test_code_fits_on_a_desktop(
    browser: Browser, address: str, site: Site, width: int
):
    """A line of code as long as ruff allows needs no scrolling."""
    name = site.lessons[0].name
    async with opened(browser, address + name, **screen(width)) as visit:
        assert await visit.page.evaluate(COLUMNS_THAT_FIT) >= COLUMNS


async def violations(
    browser: Browser,
    address: str,
    names: list[str],
    width: int,
    scheme: str,
) -> list[str]:
    """Tell what axe finds on pages, at any severity."""
    options = {"resultTypes": ["violations"]}
    found = []
    async with await browser.new_context(**screen(width, scheme)) as context:
        page = await context.new_page()
        for name in names:
            await page.goto(address + name)
            await page.evaluate(EACH_COLOUR_OF_CODE_ONCE)
            results = await axe.Axe().run(page, options=options)
            found += [
                f"{name}: {violation['help']}: {node['html']}"
                for violation in results.response["violations"]
                for node in violation["nodes"]
            ]
    return found


@pytest.mark.parametrize(
    ("name", "shown_on"), list(zip(KINDS, cycle(SCREENS), strict=False))
)
async def test_each_kind_of_page_is_accessible(
    browser: Browser, address: str, name: str, shown_on: tuple[int, str]
):
    """Axe finds nothing, on one screen or another."""
    width, scheme = shown_on
    assert await violations(browser, address, [name], width, scheme) == []


@pytest.mark.long
@pytest.mark.parametrize(("width", "scheme"), SCREENS)
async def test_every_page_is_accessible(
    browser: Browser, address: str, site: Site, width: int, scheme: str
):
    """Nor on any page, whatever the screen."""
    names = list(site.pages)
    assert await violations(browser, address, names, width, scheme) == []


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@KIND
async def test_keyboard_reaches_the_article_soon(
    browser: Browser, address: str, name: str, width: int
):
    """At most eight stops lead to the article, and the first one skips."""
    inside = "document.activeElement.closest('main') !== null"
    async with opened(browser, address + name, **screen(width)) as visit:
        keys = visit.page.keyboard
        for stop in range(1, 9):
            await keys.press("Tab")
            if stop == 1:
                skip = await visit.page.evaluate(
                    "document.activeElement.getAttribute('href')"
                )
                assert skip == "#main"
            if await visit.page.evaluate(inside):
                return
        pytest.fail("Eight stops do not lead to the article.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_follow_the_systems_colours(
    browser: Browser, address: str, scheme: str
):
    """A first visit is light or dark as the reader's system is."""
    async with opened(browser, address, **screen(DESKTOP, scheme)) as visit:
        theme = await visit.page.evaluate(
            "document.documentElement.dataset.theme"
        )
        assert theme == scheme


async def test_paper_is_light(browser: Browser, address: str):
    """A page that is dark on the screen is printed light."""
    async with opened(browser, address, **screen(DESKTOP, "dark")) as visit:
        themes = await visit.page.evaluate(
            """() => ["beforeprint", "afterprint"].map((event) => {
              dispatchEvent(new Event(event));
              return document.documentElement.dataset.theme;
            })"""
        )
        assert themes == ["light", "dark"]


async def test_pages_have_colours_without_javascript(
    browser: Browser, address: str
):
    """Without JavaScript a page is light, not bare."""
    options = {**screen(DESKTOP, "dark"), "java_script_enabled": False}
    async with opened(browser, address, **options) as visit:
        theme = await visit.page.locator("html").get_attribute("data-theme")
        assert theme == "light"


async def test_navigation_opens_on_a_phone(browser: Browser, address: str):
    """The header's button shows the list of lessons."""
    async with opened(browser, address, **screen(PHONE)) as visit:
        lesson = visit.page.locator("#site-contents a").first
        assert not await lesson.is_visible()
        await visit.page.get_by_role("button", name="Contents").click()
        await lesson.wait_for(state="visible")


async def test_search_finds_a_lesson(browser: Browser, address: str):
    """The search works on the site alone."""
    async with opened(browser, f"{address}search.html?q=engine") as visit:
        lesson = 'main .found a[href*="notebooks/03-engine.html"]'
        await visit.page.locator(lesson).first.wait_for(state="visible")


@pytest.fixture
def boxed(site: Site) -> list[str]:
    """Give the pages with outputs that differ between databases."""
    names = [
        page.name
        for page in site.lessons
        if "databases__one" in (site.root / page.name).read_text("utf-8")
    ]
    if not names:
        pytest.skip("The site is of one database: `make site` makes more.")
    return names


async def shown(visit: Visit) -> list[str]:
    """Tell which panel of each box of outputs a reader sees."""
    panels: list[list[str]] = await visit.page.evaluate(
        """() => [...document.querySelectorAll(".databases")]
          .filter((box) => !box.closest("details:not([open])")).map((box) =>
          [...box.querySelectorAll(".databases__one")]
            .filter((panel) => panel.checkVisibility())
            .map((panel) => panel.className))"""
    )
    assert all(len(visible) == 1 for visible in panels), panels
    return [visible for [visible] in panels]


async def choose(visit: Visit, name: str) -> str:
    """Choose a database as a reader does, in the first box that has it.

    Give the one that was chosen: a tab of two stands for the first.
    """
    tab = visit.page.get_by_role("tab", name=DATABASES[name])
    await tab.first.click()
    chosen = "localStorage.getItem('database')"
    return str(await visit.page.evaluate(chosen))


async def offered(visit: Visit) -> str:
    """Name the last database that the page's boxes offer beside SQLite."""
    for name in reversed(DATABASES):
        if await visit.page.locator(f".databases__one.on-{name}").count():
            return name
    raise AssertionError(visit.page.url)


def follow(panels: list[str], name: str, offers: list[bool]) -> bool:
    """Tell whether all boxes that have a database's panel show it."""
    return all(
        f"on-{name}" in panel.split()
        for panel, has in zip(panels, offers, strict=True)
        if has
    )


async def offers(visit: Visit, name: str) -> list[bool]:
    """Tell which boxes have a panel of a database."""
    found: list[bool] = await visit.page.evaluate(
        """(name) => [...document.querySelectorAll(".databases")]
          .filter((box) => !box.closest("details:not([open])")).map((box) =>
          box.querySelector(`.databases__one.on-${name}`) !== null)""",
        name,
    )
    return found


async def test_first_visit_shows_sqlite(
    browser: Browser, address: str, boxed: list[str]
):
    """Before any choice each box shows one output, SQLite's."""
    async with opened(browser, address + boxed[0]) as visit:
        panels = await shown(visit)
        assert panels
        assert all("on-sqlite" in panel.split() for panel in panels)


async def test_choice_of_a_database_is_followed_and_remembered(
    browser: Browser, address: str, boxed: list[str]
):
    """One click changes each box of the page, and of pages opened later."""
    async with opened(browser, address + boxed[0]) as visit:
        name = await choose(visit, await offered(visit))
        for page in dict.fromkeys((boxed[0], boxed[-1])):
            assert follow(
                await shown(visit), name, await offers(visit, name)
            ), page
            await visit.page.goto(address + boxed[-1])
        await choose(visit, "sqlite")
        await visit.page.goto(address + boxed[0])
        panels = await shown(visit)
        assert all("on-sqlite" in panel.split() for panel in panels)


async def test_tab_that_is_chosen_stays_where_it_is(
    browser: Browser, address: str, boxed: list[str]
):
    """Boxes above grow or shrink, and the reader's place does not move."""
    async with opened(browser, address + boxed[0]) as visit:
        name = await offered(visit)
        tab = visit.page.get_by_role("tab", name=DATABASES[name]).last
        await tab.scroll_into_view_if_needed()
        before = await tab.bounding_box()
        await tab.click()
        after = await tab.bounding_box()
        assert before
        assert after
        assert abs(before["y"] - after["y"]) <= 1


async def test_tabs_are_reached_by_keys(
    browser: Browser, address: str, boxed: list[str]
):
    """Arrow keys go from tab to tab, and each shows its panel."""
    async with opened(browser, address + boxed[0]) as visit:
        box = visit.page.locator(".databases").first
        tabs = box.get_by_role("tab")
        panels = box.locator(".databases__one")
        await tabs.first.focus()
        await visit.page.keyboard.press("ArrowRight")
        assert await tabs.nth(1).get_attribute("aria-selected") == "true"
        assert await tabs.nth(1).evaluate("tab => tab.matches(':focus')")
        assert await panels.nth(1).is_visible()
        assert not await panels.first.is_visible()


async def test_all_outputs_are_on_paper(
    browser: Browser, address: str, boxed: list[str]
):
    """Paper has no tabs: each output is printed, under its label."""
    async with opened(browser, address + boxed[0]) as visit:
        await visit.page.emulate_media(media="print")
        box = visit.page.locator(".databases:visible").first
        for part in (".databases__label", ".databases__one"):
            for each in await box.locator(part).all():
                assert await each.is_visible()
        assert not await box.get_by_role("tablist").is_visible()


async def test_all_outputs_are_shown_without_javascript(
    browser: Browser, address: str, boxed: list[str]
):
    """Without JavaScript each output is visible, under its label."""
    options = {"java_script_enabled": False}
    async with opened(browser, address + boxed[0], **options) as visit:
        panels = await visit.page.locator(".databases__one").all()
        assert len(panels) >= 2
        for panel in panels:
            assert await panel.is_visible()
            assert await panel.locator(".databases__label").is_visible()
        assert await visit.page.get_by_role("tab").count() == 0
