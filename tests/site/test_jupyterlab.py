"""In a real JupyterLab: run all, solve an exercise, follow a link."""

import asyncio
import json
import re
import shutil
import sys

import pytest

from tests.site.conftest import ROOT
from tests.site.pasting import variables

pytestmark = pytest.mark.long
SETTINGS = {
    # All cells are in the page, not only those in view.
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false"},
}

# JupyterLab calls a notebook without a kernel idle, and asks for a kernel if
# its cells are run then.
HAS_KERNEL = """
() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel
"""
# What the menu's "Run All Cells" does; it returns after the last cell.
RUN_ALL = '() => jupyterapp.commands.execute("notebook:run-all-cells")'


@pytest.fixture(scope="session")
async def lab(tmp_path_factory):
    """Serve a copy of the project with JupyterLab, as a reader would."""
    folder = tmp_path_factory.mktemp("lab")
    project = folder / "project"
    for name in ("book", "notebooks", "src"):
        shutil.copytree(ROOT / name, project / name)
    for name, values in SETTINGS.items():
        path = f"config/lab/user-settings/@jupyterlab/{name}"
        settings = folder / f"{path}.jupyterlab-settings"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps(values))
    own = ("config", "data", "runtime")
    places = {f"JUPYTER_{name.upper()}_DIR": folder / name for name in own}
    places["IPYTHONDIR"] = folder / "ipython"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--expose-app-in-browser", "--ServerApp.port=0"),
        cwd=project,
        env=variables(None) | {key: str(places[key]) for key in places},
        stderr=asyncio.subprocess.PIPE,
    )
    said = b""
    async for line in process.stderr:
        said += line
        if found := re.search(rb"http://127\S+/lab\?token=\S+", line):
            break
    else:
        pytest.fail(said.decode())
    reading = asyncio.create_task(process.stderr.read())
    yield found[0].decode()
    process.terminate()
    await asyncio.wait_for(process.wait(), 60)
    await reading


@pytest.mark.parametrize("name", ["04-session-factory", "11-sqlite-reality"])
async def test_a_lesson_is_run_and_solved(browser, lab, name):
    """After "Run All" the first exercise's solution is judged right."""
    path = f"notebooks/{name}.ipynb"
    cells = json.loads((ROOT / path).read_text())["cells"]
    stub, solution = (
        next(
            place
            for place, cell in enumerate(cells)
            if cell["cell_type"] == "code"
            and role in cell["metadata"].get("tags", [])
        )
        for role in ("stub", "solution")
    )
    page = await browser.new_page()
    page.set_default_timeout(120_000)
    await page.goto(lab.replace("/lab?", f"/lab/tree/{path}?reset&"))
    await page.wait_for_function(HAS_KERNEL)
    async with asyncio.timeout(120):
        await page.evaluate(RUN_ALL)
    shown = page.locator(".jp-Notebook-cell")
    assert await shown.count() == len(cells)
    assert await shown.filter(has_text=":::").count() == 0
    failed = page.locator("[data-mime-type='application/vnd.jupyter.error']")
    assert await failed.count() == 0

    cell = shown.nth(stub)
    verdict = cell.locator(".jp-OutputArea")
    assert "Not yet" in await verdict.inner_text()
    await cell.locator(".cm-content").click()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text("".join(cells[solution]["source"]))
    await page.keyboard.press("Shift+Enter")
    good = verdict.filter(has_text="Right").filter(has_not_text="Not yet")
    await good.wait_for()

    link = page.locator(".jp-RenderedMarkdown a", has_text="Engine setup")
    await link.first.click()
    await page.get_by_role("heading", name="Engine setup").wait_for()
    await page.close()
