"""The site in a browser: what it asks for, says, and looks like."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python import (  # type: ignore[import-untyped]  # no types
    async_playwright as axe,
)
from playwright.async_api import Browser, BrowserContext, Page, Response

from press.book.book import EDITIONS
from tests.site.checks import WEIGHT, Site, sent

DESKTOP, PHONE = 1280, 390  # pixels
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

SCROLLED_TO = """(heading) => {
  const { top } = document.querySelector(heading).getBoundingClientRect();
  return top < innerHeight / 4;
}"""


@dataclass
class Visit:
    """A page, opened and at rest.

    Attributes:
        page: The page in its browser.
        asked: The addresses that it asked for.
        complaints: What the console and the server complained of.
        answers: What it got.
    """

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def watch(self) -> None:
        """Begin to note what the page does."""
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("response", self._answered)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("console", self._said)

    async def weight(self) -> int:
        """Add up what the page loaded, in bytes, compressed."""
        return sum([sent(await answer.body()) for answer in self.answers])

    def _answered(self, answer: Response) -> None:
        self.answers.append(answer)
        if not answer.ok:
            self.complaints.append(f"{answer.status} {answer.url}")

    def _said(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@asynccontextmanager
async def opened(
    browser: Browser, address: str, **options: Any
) -> AsyncIterator[Visit]:
    """Open a page in a browser that has never been there."""
    async with await browser.new_context(**options) as context:
        yield await opened_in(context, address)


async def opened_in(context: BrowserContext, address: str) -> Visit:
    """Open a page in a tab of its own."""
    visit = Visit(await context.new_page())
    visit.watch()
    await visit.page.goto(address)
    return visit


def screen(width: int, scheme: str = "light") -> dict[str, Any]:
    """Describe a reader's screen."""
    return {
        "viewport": {"width": width, "height": 900},
        "color_scheme": scheme,
    }


async def faults(visit: Visit, address: str) -> list[str]:
    """Tell what is wrong with a page on a phone."""
    found = [
        f"asked for {url}"
        for url in visit.asked
        if not url.startswith((address, "data:"))
    ]
    found += [f"complained: {text}" for text in visit.complaints]
    if (weight := await visit.weight()) > WEIGHT:
        found.append(f"weighs {weight}")
    width = await visit.page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE:
        found.append(f"is {width} pixels wide")
    return found


@pytest.mark.parametrize("edition", EDITIONS)
async def test_pages_behave_on_a_phone(
    browser: Browser, address: str, site: Site, edition: str
):
    """Each page asks its own server alone, complains of nothing, and fits.

    It is light, and wide code and tables scroll in their boxes.
    """
    if edition not in site.editions:
        pytest.skip(f"The site has no edition on {edition}: `make editions`.")
    found = []
    # One reader visits all pages: what they share is fetched once.
    async with await browser.new_context(**screen(PHONE)) as context:
        for page in site.editions[edition]:
            visit = await opened_in(context, address + page.name)
            if edition == EDITIONS[0]:  # the others have the same scripts
                await visit.page.wait_for_load_state("networkidle")
            wrong = await faults(visit, address)
            found += [f"{page.name} {what}" for what in wrong]
            await visit.page.close()
    assert found == []


@pytest.mark.parametrize("width", [960, 1024, 1200, DESKTOP, 1920])
async def test_code_fits_on_a_desktop(
    browser: Browser, address: str, site: Site, width: int
):
    """A line of code as long as ruff allows needs no scrolling."""
    name = site.lessons[0].name
    async with opened(browser, address + name, **screen(width)) as visit:
        assert await visit.page.evaluate(COLUMNS_THAT_FIT) >= COLUMNS


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
async def test_pages_are_accessible(
    browser: Browser, address: str, site: Site, width: int, scheme: str
):
    """Axe finds nothing on the landing page, the search and a lesson."""
    found = []
    for name in ("index.html", "search.html", site.lessons[0].name):
        options = screen(width, scheme)
        async with opened(browser, address + name, **options) as visit:
            results = await axe.Axe().run(visit.page)
            found += [
                f"{name}: {violation['help']}: {node['html']}"
                for violation in results.response["violations"]
                for node in violation["nodes"]
            ]
    assert found == []


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
        lesson = visit.page.locator(".bd-sidebar-primary a").first
        assert not await lesson.is_visible()
        await visit.page.locator(".primary-toggle").click()
        await lesson.wait_for(state="visible")


async def test_search_finds_a_lesson(browser: Browser, address: str):
    """The search works on the site alone."""
    async with opened(browser, f"{address}search.html?q=engine") as visit:
        lesson = '#search-results li a[href*="notebooks/03-engine.html"]'
        await visit.page.locator(lesson).first.wait_for(state="visible")


async def switch(visit: Visit, edition: str) -> None:
    """Choose another edition as a reader does."""
    await visit.page.locator(".editions summary").click()
    async with visit.page.expect_navigation():
        await visit.page.locator(f'a[data-edition="{edition}"]').click()


@pytest.fixture
def twin(site: Site) -> str:
    """Give the name of an edition beside SQLite's."""
    for name in EDITIONS[1:]:
        if name in site.editions:
            return name
    pytest.skip("The site has one edition: `make editions` makes more.")


async def test_switcher_leads_to_the_same_heading(
    browser: Browser, address: str, twin: str
):
    """Switching keeps the page and the heading that the reader was at."""
    page, heading = "notebooks/03-engine.html", "#what-you-learned"
    async with opened(browser, f"{address}{page}{heading}") as visit:
        await visit.page.wait_for_load_state("networkidle")
        await visit.page.wait_for_function(SCROLLED_TO, arg=heading)
        await switch(visit, twin)
        assert visit.page.url == f"{address}{twin}/{page}{heading}"
        await visit.page.wait_for_load_state("networkidle")
        await visit.page.wait_for_function(SCROLLED_TO, arg=heading)
        await switch(visit, "sqlite")
        assert visit.page.url == f"{address}{page}{heading}"


async def test_choice_of_an_edition_is_remembered(
    browser: Browser, address: str, twin: str
):
    """A link to the first edition leads to the chosen one, until unchosen."""
    page = "notebooks/03-engine.html"
    async with opened(browser, address) as visit:
        await switch(visit, twin)
        await visit.page.goto(f"{address}{page}#what-you-learned")
        chosen = f"{address}{twin}/{page}#what-you-learned"
        await visit.page.wait_for_url(chosen)
        await switch(visit, "sqlite")
        await visit.page.goto(f"{address}{page}")
        await visit.page.goto(f"{address}index.html")
        assert visit.page.url == f"{address}index.html"


async def test_editions_work_without_javascript(
    browser: Browser, address: str, twin: str
):
    """Without JavaScript the switcher still leads to the same page."""
    page = "notebooks/03-engine.html"
    options = {"java_script_enabled": False}
    async with opened(browser, f"{address}{page}", **options) as visit:
        await switch(visit, twin)
        assert visit.page.url == f"{address}{twin}/{page}"


async def test_search_stays_in_its_edition(
    browser: Browser, address: str, twin: str
):
    """What a search finds is in the edition that was searched."""
    url = f"{address}{twin}/search.html?q=engine"
    async with opened(browser, url) as visit:
        results = visit.page.locator("#search-results li a")
        await results.first.wait_for(state="visible")
        found = await results.evaluate_all("links => links.map(a => a.href)")
        assert found
        assert [
            x for x in found if not x.startswith(f"{address}{twin}/")
        ] == []
