"""The programs that pages include do what the pages say."""

import os
import re
import subprocess
import sys
from pathlib import Path

from lab import drop_database, scratch_database

REQUESTS = """
import asyncio, httpx
from cheat_sheet import Base, app, dashboard, engine

async def main():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport) as client:
        url = "http://bank/users?email=Ann@example.org"
        answers = [await client.post(url) for _ in range(2)]
    stored, _ = await dashboard()
    print(*(answer.status_code for answer in answers), stored)
    await engine.dispose()

asyncio.run(main())
"""

EXAMPLES = Path(__file__).parents[2] / "book" / "examples"


def run(*command: str | Path, folder: Path, url: str | None = None) -> str:
    """Run an example as a reader would, in a folder of its own."""
    variables = {**os.environ, "PYTHONPATH": str(EXAMPLES)}  # noqa: TID251 - handed on
    variables.pop("DATABASE_URL", None)
    if url:
        variables["DATABASE_URL"] = url
    ended = subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def test_first_program_stores_a_user_and_reads_it_back(tmp_path):
    """The landing page's program prints the user, on every run a new one."""
    first = EXAMPLES / "first.py"
    assert run(first, folder=tmp_path) == "1 ann@example.org\n"
    assert run(first, folder=tmp_path) == "2 ann@example.org\n"


async def test_cheat_sheet_runs(server_url, tmp_path):
    """The cheat sheet's program does all its parts, on each database."""
    url = await scratch_database(server_url)
    shown = run(EXAMPLES / "cheat_sheet.py", folder=tmp_path, url=str(url))
    assert shown == "[1, 1]\n"
    await drop_database(url)


async def test_cheat_sheet_serves_users(server_url, tmp_path):
    """Its route stores a user, and a taken address is no success."""
    url = await scratch_database(server_url)
    shown = run("-c", REQUESTS, folder=tmp_path, url=str(url))
    assert shown == "201 500 1\n"
    await drop_database(url)


async def test_cheat_sheet_tests_roll_back(server_url, tmp_path):
    """Its test passes twice in one database: the commit is taken back."""
    url = await scratch_database(server_url)
    pytest_alone = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    here = ("-c", os.devnull, "--rootdir", EXAMPLES)
    unset = ("-o", "asyncio_default_fixture_loop_scope=function")
    tests = EXAMPLES / "test_users.py"
    shown = run(
        *(*pytest_alone, *here, *unset, tests),
        folder=tmp_path,
        url=str(url),
    )
    assert "2 passed" in shown
    await drop_database(url)


def test_cheat_sheet_page_shows_every_part():
    """Each part of the programs is on the page, and nothing else is."""
    page = (EXAMPLES.parent / "cheat-sheet.md").read_text()
    shown = re.findall(r'start-after: "part (\d+): begin"', page)
    assert shown == [str(number) for number in range(1, 16)]
    parts = [
        number
        for name in ("cheat_sheet.py", "test_users.py")
        for number in re.findall(
            r"# part (\d+): begin", (EXAMPLES / name).read_text()
        )
    ]
    assert sorted(parts, key=int) == shown


def test_every_example_is_tested():
    """No example lies beside the tested ones."""
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        "cheat_sheet.py",
        "first.py",
        "test_users.py",
    }
