"""What readers do with a page: copy, print, choose colours, follow links."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urldefrag, urljoin
from urllib.request import urlopen

import pytest
from bs4 import BeautifulSoup, SoupStrainer
from playwright.async_api import Browser, expect

from tests.site.checks import LOADING, Site
from tests.site.conftest import QuietHandler
from tests.site.visits import DESKTOP, PHONE, opened, screen

PROJECT = "async-sqlalchemy-cheat-sheet"
LESSON = "notebooks/05-session-dependency.html"


async def test_copy_button_copies_code_alone(browser: Browser, address: str):
    """What lands in the clipboard is the code, to its last line."""
    options = {"permissions": ["clipboard-read", "clipboard-write"]}
    async with opened(browser, address + LESSON, **options) as visit:
        block = visit.page.locator(".tag_paste .highlight").first
        await block.hover()
        await block.get_by_role("button").click()
        copied = await visit.page.evaluate("navigator.clipboard.readText()")
        assert (
            copied.strip() == (await block.locator("pre").inner_text()).strip()
        )
        assert "Copied" in await block.inner_text()


async def test_copy_buttons_are_seen_on_touch(browser: Browser, address: str):
    """Where nothing hovers, the buttons are always there."""
    options = {**screen(PHONE), "has_touch": True, "is_mobile": True}
    async with opened(browser, address + LESSON, **options) as visit:
        button = visit.page.locator(".copy").first
        opacity = "button => getComputedStyle(button).opacity"
        assert await button.evaluate(opacity) == "1"


async def test_outputs_have_no_copy_button(browser: Browser, address: str):
    """What a cell printed is nothing to paste."""
    async with opened(browser, address + LESSON) as visit:
        assert await visit.page.locator(".stream .copy").count() == 0


HIT = """links => links.filter(link => {
  link.scrollIntoView({ block: "center" });
  const { x, y, width, height } = link.getClientRects()[0];
  const hit = document.elementFromPoint(x + width / 2, y + height / 2);
  return hit?.closest("a") !== link;
}).map(link => link.textContent)"""


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
async def test_a_click_on_a_link_hits_it(
    browser: Browser, address: str, width: int
):
    """No card of the landing page covers the links in it."""
    async with opened(browser, address, **screen(width)) as visit:
        links = visit.page.locator("article p a, article li a")
        assert await links.evaluate_all(HIT) == []


BROKEN = """() => {
  const broken = [];
  const text = "article :is(code .pre, h1, h2, h3, td), .contents a";
  for (const element of document.querySelectorAll(text)) {
    if (!element.checkVisibility()) continue;
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); ) {
      for (const { 0: word, index } of node.data.matchAll(/[\\w.]{3,}/g)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const lines = [...range.getClientRects()].map((box) => box.top | 0);
        if (new Set(lines).size > 1) broken.push(word);
      }
    }
  }
  return broken;
}"""


@pytest.mark.parametrize(
    "name",
    [
        "book/timeouts.html",
        "notebooks/02-async-drivers.html",
        "notebooks/bank/url.html",
        "notebooks/errors/index.html",
        "notebooks/errors/sqlite.html",
    ],
)
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
async def test_names_break_between_their_parts(
    browser: Browser, address: str, name: str, width: int
):
    """No name in code, in a heading or in a table is broken elsewhere."""
    async with opened(browser, address + name, **screen(width)) as visit:
        assert await visit.page.evaluate(BROKEN) == []


async def test_contents_open_at_the_part_that_is_read(
    browser: Browser, address: str
):
    """All parts are seen, and the pages of one; another is a click away."""
    name = f"{address}notebooks/bank/engine.html"
    async with opened(browser, name, **screen(DESKTOP)) as visit:
        parts = visit.page.locator("#site-contents summary")
        pages = visit.page.locator("#site-contents a:visible")
        shown = await pages.count()
        current = visit.page.locator("#site-contents [aria-current]")
        assert await current.is_visible()
        assert 0 < shown < await visit.page.locator("#site-contents a").count()
        await parts.get_by_text("Lessons").press("Enter")
        assert await pages.count() > shown


async def test_colours_are_chosen_and_kept(browser: Browser, address: str):
    """The button turns the colours over, also on the next page."""
    theme = "document.documentElement.dataset.theme"
    async with opened(browser, address, **screen(DESKTOP)) as visit:
        await visit.page.get_by_role("button", name="Dark colours").click()
        assert await visit.page.evaluate(theme) == "dark"
        await visit.page.goto(address + LESSON)
        assert await visit.page.evaluate(theme) == "dark"


@pytest.mark.parametrize("paper", ["A4", "Letter"])
async def test_cheat_sheet_prints_on_two_pages(
    browser: Browser, address: str, paper: str
):
    """The cheat sheet is one sheet of paper, printed on both sides."""
    name = f"{address}book/cheat-sheet.html"
    async with opened(browser, name) as visit:
        pdf = await visit.page.pdf(format=paper, landscape=True)
    assert 1 <= pdf.count(b"/Type /Page\n") <= 2


@pytest.fixture
def project(site: Site, tmp_path: Path) -> Iterator[str]:
    """Serve the site under a path, as GitHub does for a project's pages."""
    (tmp_path / PROJECT).symlink_to(site.root, target_is_directory=True)
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{PROJECT}/"
        server.shutdown()
        thread.join()


LINKS = SoupStrainer(["a", *LOADING])


def test_every_link_works_under_a_path(project: str, site: Site):
    """From the landing page, each link and file is followed to its end."""
    waiting, seen, broken = [project], {project}, []
    while waiting:
        address = waiting.pop()
        try:
            with urlopen(address) as answer:  # noqa: S310 - our own server
                is_page = answer.headers.get_content_type() == "text/html"
                text = answer.read().decode() if is_page else ""
        except HTTPError as error:
            broken.append(f"{error.code} {address}")
            continue
        soup = BeautifulSoup(text, "html.parser", parse_only=LINKS)
        for tag in soup.find_all():
            link = tag.get(
                "href" if tag.name == "a" else LOADING.get(tag.name, "")
            )
            there = urldefrag(urljoin(address, str(link or ""))).url
            if there.startswith(project.removesuffix(f"{PROJECT}/")) and (
                there not in seen
            ):
                seen.add(there)
                waiting.append(there)
    outside = [address for address in seen if not address.startswith(project)]
    assert broken == []
    assert outside == []
    assert {project + name for name in site.pages} - seen <= {
        f"{project}404.html",
        f"{project}index.html",
    }


async def test_a_link_into_a_fold_opens_it(browser: Browser, address: str):
    """A member that the reference folds is seen when a link leads to it."""
    name = "book/reference.html#bank.db.errors.ConstraintViolated.constraint"
    async with opened(browser, address + name) as visit:
        place = visit.page.locator(f"[id='{name.partition('#')[2]}']")
        await expect(place).to_be_in_viewport()


async def test_the_top_is_one_tap_away(browser: Browser, address: str):
    """Whoever scrolls back on a long page is offered its top."""
    async with opened(
        browser, address + LESSON, **screen(PHONE), has_touch=True
    ) as visit:
        link = visit.page.get_by_role("link", name="Top", exact=True)
        await expect(link).to_be_hidden()
        await visit.page.mouse.wheel(0, 4_000)
        await visit.page.wait_for_function("scrollY > 3000")
        await expect(link).to_be_hidden()
        await visit.page.mouse.wheel(0, -400)
        await link.tap()
        await visit.page.wait_for_function("scrollY < 100")
        await expect(link).to_be_hidden()


EDGES = """() => {
  const prose = document.querySelector("article h1").getBoundingClientRect();
  return [...document.querySelectorAll(".tag_paste pre")].map((pre) => {
    const box = pre.getBoundingClientRect();
    const inside = parseFloat(getComputedStyle(pre).paddingLeft);
    return [box.left, box.right, box.left + inside - prose.left];
  });
}"""


async def test_code_has_a_phones_whole_width(browser: Browser, address: str):
    """Blocks of code reach both edges, and their text begins with prose."""
    async with opened(browser, address + LESSON, **screen(PHONE)) as visit:
        edges = await visit.page.evaluate(EDGES)
        assert edges
        assert all(edge == [0, PHONE, 0] for edge in edges)


CUT = """() => [...document.querySelectorAll(
  ".highlight-console pre, .expected-error pre",
)].filter((pre) => pre.scrollWidth > pre.clientWidth + 1)
  .map((pre) => pre.textContent)"""


@pytest.mark.parametrize("name", ["index", "notebooks/errors/sqlite"])
async def test_commands_and_errors_wrap_on_a_phone(
    browser: Browser, address: str, name: str
):
    """What is read as a sentence is not cut off at the edge."""
    where = f"{address}{name}.html"
    async with opened(browser, where, **screen(PHONE)) as visit:
        assert await visit.page.evaluate(CUT) == []
