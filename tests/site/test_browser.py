"""The site in a browser: what it asks for, says, and looks like."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python import (  # type: ignore[import-untyped]  # no types
    async_playwright as axe,
)
from playwright.async_api import Browser, Page, Response

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
    context = await browser.new_context(**options)
    visit = Visit(await context.new_page())
    visit.watch()
    await visit.page.goto(address)
    yield visit
    await context.close()


def screen(width: int, scheme: str = "light") -> dict[str, Any]:
    """Describe a reader's screen."""
    return {
        "viewport": {"width": width, "height": 900},
        "color_scheme": scheme,
    }


async def test_pages_ask_no_one_else_and_complain_of_nothing(
    browser: Browser, address: str, site: Site
):
    """Each page loads from its own server, without an error, and is light."""
    found = []
    for name in site.pages:
        async with opened(browser, address + name) as visit:
            await visit.page.wait_for_load_state("networkidle")
            found += [
                f"{name} asked for {url}"
                for url in visit.asked
                if not url.startswith((address, "data:"))
            ]
            found += [f"{name}: {text}" for text in visit.complaints]
            if (weight := await visit.weight()) > WEIGHT:
                found.append(f"{name} weighs {weight}")
    assert found == []


async def test_no_page_scrolls_sideways_on_a_phone(
    browser: Browser, address: str, site: Site
):
    """Wide code and tables scroll in their boxes, the page does not."""
    wide = {}
    for name in site.pages:
        async with opened(browser, address + name, **screen(PHONE)) as visit:
            width = await visit.page.evaluate(
                "document.documentElement.scrollWidth"
            )
            if width > PHONE:
                wide[name] = width
    assert wide == {}


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
