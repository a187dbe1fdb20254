"""In a real JupyterLab: run all, solve an exercise, follow a link."""

import asyncio
import json
import re
import secrets
import shutil
import socket
import sys

import pytest

from tests.site.conftest import ROOT
from tests.site.pasting import variables

# All cells are in the page, not only those in view.
SETTINGS = "@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
ALL_CELLS = json.dumps({"windowingMode": "none"})

RAN = """
(count) => {
  const cells = [...document.querySelectorAll(".jp-CodeCell")];
  const done = cells.filter((cell) =>
    /\\[\\d+\\]/.test(cell.querySelector(".jp-InputPrompt").textContent));
  return cells.length >= count && done.length === cells.length;
}
"""


@pytest.fixture(scope="session")
async def lab(tmp_path_factory):
    """Serve a copy of the project with JupyterLab, as a reader would."""
    folder = tmp_path_factory.mktemp("lab")
    project = folder / "project"
    for name in ("book", "notebooks", "src"):
        shutil.copytree(ROOT / name, project / name)
    settings = folder / "settings" / SETTINGS
    settings.parent.mkdir(parents=True)
    settings.write_text(ALL_CELLS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    own = ("config", "data", "runtime")
    places = {f"JUPYTER_{name.upper()}_DIR": folder / name for name in own}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        f"--ServerApp.port={port}",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={project}",
        f"--LabApp.user_settings_dir={folder / 'settings'}",
        "--LabApp.news_url=None",
        cwd=project,
        env=variables(None)
        | {name: str(path) for name, path in places.items()}
        | {"IPYTHONDIR": str(folder / "ipython")},
        stderr=asyncio.subprocess.PIPE,
    )
    async for line in process.stderr:
        if b"/lab?token=" in line:
            break
    reading = asyncio.create_task(process.stderr.read())
    yield lambda name: f"http://127.0.0.1:{port}/lab/tree/{name}?token={token}"
    process.terminate()
    await asyncio.wait_for(process.wait(), 20)
    await reading


@pytest.mark.parametrize(
    "name", ["04-session-factory.ipynb", "11-sqlite-reality.ipynb"]
)
async def test_a_lesson_is_run_and_solved(browser, lab, name):
    """After "Run All" the first exercise's solution is judged right."""
    cells = json.loads((ROOT / "notebooks" / name).read_text())["cells"]
    stub, solution = (
        next(
            "".join(cell["source"])
            for cell in cells
            if cell["cell_type"] == "code"
            and role in cell["metadata"].get("tags", [])
        )
        for role in ("stub", "solution")
    )
    page = await browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(60_000)
    await page.goto(lab(f"notebooks/{name}"))
    await page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    assert (
        await page.locator(".jp-RenderedMarkdown", has_text=":::").count() == 0
    )
    await page.get_by_role("menuitem", name="Run", exact=True).click()
    await page.get_by_text("Run All Cells", exact=True).click()
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    await page.wait_for_function(RAN, arg=len(code))

    first = stub.splitlines()[0]
    cell = page.locator(".jp-CodeCell", has_text=first).first
    assert await cell.get_by_text("Not yet").count()
    await cell.locator(".cm-content").click()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(solution)
    await page.keyboard.press("Shift+Enter")
    said = cell.locator(".jp-OutputArea")
    await page.wait_for_function(
        "(area) => /Right/.test(area.textContent)",
        arg=await said.element_handle(),
    )
    assert "Not yet" not in await said.inner_text()

    link = page.locator(
        ".jp-RenderedMarkdown a", has_text=re.compile("Transactions|Engine")
    ).first
    await link.click()
    await page.wait_for_function(
        "() => document.querySelectorAll('.lm-TabBar-tabLabel').length > 0 && "
        "[...document.querySelectorAll('.jp-NotebookPanel')].length === 2"
    )
    await page.close()
