"""Visits of a browser to the site."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Response

from tests.site.checks import sent

DESKTOP, PHONE, NARROW = 1280, 390, 320  # pixels


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
    """Open a page in its own tab."""
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
