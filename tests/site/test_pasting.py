"""What a page offers for pasting works in an empty project."""

import asyncio
import json
import re
import socket
import sys
from contextlib import asynccontextmanager
from itertools import product

import httpx
import pytest
from bs4 import BeautifulSoup

from tests.site import pasting
from tests.site.conftest import ROOT
from tests.site.pasting import PROGRAM, START, pasted

SERVED = "notebooks/05-session-dependency.html"


def pages():
    """List the pages of notebooks with lines to paste."""
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        if any("paste" in x["metadata"].get("tags", []) for x in cells(path)):
            yield path.relative_to(ROOT).with_suffix(".html").as_posix()


def promised(page):
    """Give the pattern for what a page's program prints in a new database."""
    for cell in cells((ROOT / page).with_suffix(".ipynb")):
        if "prints" in cell["metadata"] and "main(" in "".join(cell["source"]):
            return cell["metadata"]["prints"]
    return "(?s).*"


def cells(path):
    """Read a notebook's cells."""
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_every_lesson_offers_lines():
    """Each of the fifteen lessons has lines to paste."""
    numbers = {page.removeprefix("notebooks/")[:2] for page in pages()}
    assert numbers >= {f"{number:02}" for number in range(1, 16)}


@pytest.mark.parametrize("page", list(pages()))
async def test_pasted_lines_run(site, page, own_url, tmp_path):
    """A page's blocks run, in its order, and print what its cell promises.

    On SQLite they run a second time, too: whether they may does not depend on
    the database. The first time they run in a process of their own, as a
    reader's do.
    """
    given = pasted(page, site.pages[page].soup)
    given.write(tmp_path)
    scripts = []
    if PROGRAM in given.files:
        scripts.append(pasting.RUN_MAIN)
    if any(name.startswith("test_") for name in given.files):
        scripts.append(pasting.RUN_PYTEST)
    assert scripts or page == SERVED
    ways = [pasting.run_warm]
    if own_url.startswith("sqlite"):
        ways.insert(0, pasting.run)
    runs = [*product(ways, scripts)]
    for number, (way, script) in enumerate(runs):
        ended = await asyncio.to_thread(
            way, script, folder=tmp_path, url=own_url
        )
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
        if number == 0:
            assert re.fullmatch(promised(page), ended.stdout.strip())


async def test_pasted_application_serves(site, own_url, tmp_path):
    """A user is stored and listed; a taken address is refused."""
    pasted(SERVED, site.pages[SERVED].soup).write(tmp_path)
    async with served(tmp_path, own_url) as client:
        for status in (201, 409):
            answer = await client.post("/users", json={"email": "a@b.org"})
            assert answer.status_code == status
        assert (await client.get("/users")).json() == ["a@b.org"]


@asynccontextmanager
async def served(folder, url):
    """Serve a pasted application as a reader would, with uvicorn."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", START + pasting.SERVE, str(port)),
        cwd=folder,
        env=pasting.variables(url),
    )
    until_it_listens = httpx.AsyncHTTPTransport(retries=8)
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            transport=until_it_listens,
            timeout=30,
        ) as client:
            yield client
    finally:
        process.terminate()
        status = await asyncio.wait_for(process.wait(), 20)
    assert status in {0, -15}


CELL = """\
<div class="cell {}"><div class="cell_input"><pre>{}</pre></div></div>
"""


def test_blocks_are_taken_in_order():
    """A caption names a file; the rest is one program; nothing else is."""
    page = (
        '<p><code class="file-name">app.py</code></p>'
        + CELL.format("tag_paste", "x = 1")
        + CELL.format("tag_paste", "a = 1")
        + CELL.format("", "lab()")
        + CELL.format("tag_paste", "b = a")
    )
    given = pasted("page", BeautifulSoup(page, "html.parser"))
    assert given.files == {"app.py": "x = 1", PROGRAM: "a = 1\n\nb = a"}


def test_pasted_lines_cannot_use_the_project(tmp_path):
    """A program that imports the bank fails, as it would for a reader."""
    (tmp_path / PROGRAM).write_text("import bank\n")
    ended = pasting.run(pasting.RUN_MAIN, folder=tmp_path, url=None)
    assert ended.returncode == 1
    assert "No module named 'bank'" in ended.stderr
