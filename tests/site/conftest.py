"""The built site, a server for it, and a browser to look at it."""

import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.async_api import Browser, async_playwright

from press.making.paper import CHROMIUM
from press.system.environment import environment
from tests.site.checks import Site

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *args: object) -> None:
        """Write no log."""


@pytest.fixture(scope="session")
def site() -> Site:
    """Give the site that `make book` built."""
    root = ROOT / "_build" / "html"
    if not (root / "index.html").is_file():
        pytest.fail(f"There is no site in {root}: run `make book` first.")
    return Site(root)


@pytest.fixture(scope="session")
def address(site: Site) -> Iterator[str]:
    """Serve the site on a free port of the loopback interface."""
    handler = partial(QuietHandler, directory=str(site.root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start the Chromium that the machine has."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        no_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=list(FLAGS)
        )
        yield browser
        await browser.close()


def no_chromium() -> NoReturn:
    """Skip, or fail where Chromium is required."""
    reason = (
        "There is no Chromium to look at the site with: install it, on Debian"
        " with `apt-get install chromium-headless-shell`."
    )
    if environment().get("REQUIRE_CHROMIUM") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
