"""The programs that pages include do what the pages say."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.site import pasting

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

READERS = """
import asyncio
from cheat_sheet import (
    AsyncSessionLocal, Base, User, dashboard, engine, get_db, load, select
)

async def main():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSessionLocal.begin() as session, asyncio.timeout(4):
        session.add(User(email="ann@example.org"))
        await session.flush()  # the writer holds its lock
        print(await dashboard(), await load(1))
        async for reader in get_db():
            print((await reader.scalars(select(User))).all())
    await engine.dispose()

asyncio.run(main())
"""

GIVING_UP = """
import asyncio
from cheat_sheet import DBAPIError, engine, retry

class Refused(Exception):
    def __init__(self, code):
        super().__init__(code if isinstance(code, int) else "")
        self.sqlstate = self.sqlite_errorname = code

async def tries(code):
    sessions = []
    async def work(session):
        sessions.append(session)
        raise DBAPIError("", {}, Refused(code))
    try:
        await retry(work)
    except DBAPIError:
        return len(sessions)

async def main():
    codes = "40001", "40P01", "55P03", 1020, 1205, 1213, "SQLITE_BUSY", "23505"
    print(*await asyncio.gather(*map(tries, codes)))
    await engine.dispose()

asyncio.run(main())
"""

ROLLBACK = """
from cheat_sheet import IntegrityError, User
from sqlalchemy import select
from test_users import session, tables

async def test_rollback(session):
    session.add(User(email="bob@example.org"))
    await session.commit()
    session.add(User(email="bob@example.org"))
    try:
        await session.flush()
    except IntegrityError:
        await session.rollback()
    assert (await session.scalars(select(User.email))).all()
"""

EXAMPLES = Path(__file__).parents[2] / "book" / "examples"


def program(name: str) -> str:
    """Give a script that runs an example."""
    return f"runpy.run_path({name!r}, run_name='__main__')"


def run(script: str, folder: Path, url: str | None = None) -> str:
    """Run a script beside the examples, in a reader's project.

    It has a process of its own on SQLite, and elsewhere a copy of one that
    has the libraries imported.
    """
    for path in EXAMPLES.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    is_sqlite = url is None or url.startswith("sqlite")
    way = pasting.run if is_sqlite else pasting.run_warm
    ended = way(script, folder=folder, url=url)
    assert ended.stderr == ""
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


async def test_first_program_stores_a_user_and_reads_it_back(
    own_url, tmp_path
):
    """The landing page's program prints the user, on every run a new one."""
    first = program("first.py")
    assert run(first, tmp_path, own_url) == "1 Ada\n"
    assert run(first, tmp_path, own_url) == "2 Ada\n"


def test_first_program_runs_on_sqlite_by_default(tmp_path):
    """Without DATABASE_URL it makes a file in the current folder."""
    assert run(program("first.py"), tmp_path) == "1 Ada\n"
    assert (tmp_path / "first.db").exists()


def test_first_program_needs_its_second_line(tmp_path):
    """Without it, the errors that the landing page names come, in turn."""
    page = (EXAMPLES.parents[1] / "index.md").read_text()
    [told] = re.findall(r"^2\. .*Without it, (.*)$", page, re.MULTILINE)
    late, early = re.findall(r"\[`(\w+)`\]", told)
    text = (EXAMPLES / "first.py").read_text()
    expiring = text.replace(", expire_on_commit=False", "")
    added = "        session.add(user)\n"
    soon = f"{added}        await session.commit()\n        print(user.id)\n"
    inside = expiring.replace(".begin() as session:  # 3", "() as session:")
    inside = inside.replace(added, soon)
    for name, broken in ((late, expiring), (early, inside)):
        (tmp_path / "broken.py").write_text(broken)
        script = f"""
import os
try:
    {program("broken.py")}
except Exception as error:
    print(type(error), error, flush=True)
    os._exit(0)  # nobody has closed the engine
"""
        assert name in run(script, tmp_path)


async def test_cheat_sheet_runs(own_url, tmp_path):
    """The cheat sheet's program does all its parts, and does them again."""
    sheet = program("cheat_sheet.py")
    assert run(sheet, tmp_path, own_url) == "[1, 0]\n"
    assert run(sheet, tmp_path, own_url) == "[2, 0]\n"


async def test_cheat_sheet_serves_users(own_url, tmp_path):
    """Its route stores a user, and refuses a taken address."""
    assert run(REQUESTS, tmp_path, own_url) == "201 409 1\n"


async def test_cheat_sheet_reads_while_another_writes(own_url, tmp_path):
    """Its readers wait for no writer, also on SQLite."""
    assert run(READERS, tmp_path, own_url) == "[0, 0] None\n[]\n"


def test_cheat_sheet_gives_up_with_the_error(tmp_path):
    """Its retry repeats what a later try may do, and raises in the end."""
    assert run(GIVING_UP, tmp_path) == "5 5 5 5 5 5 5 1\n"


async def test_cheat_sheet_tests_roll_back(own_url, tmp_path):
    """Its test passes twice in one database: the commit is rolled back.

    A rollback in a test keeps what the test has committed.
    """
    for _ in range(2):
        assert "1 passed" in run(pasting.RUN_PYTEST, tmp_path, own_url)
    (tmp_path / "test_rollback.py").write_text(ROLLBACK)
    assert "2 passed" in run(pasting.RUN_PYTEST, tmp_path, own_url)


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Take the included blocks of a page, each with its file's name."""
    include = re.compile(
        r"```\{literalinclude\} examples/(\S+)\n(.*?)```", re.DOTALL
    )
    for name, options in include.findall(page):
        set_to = dict(
            re.findall(r":([\w-]+): \"?(.*?)\"?$", options, re.MULTILINE)
        )
        assert set_to.get("caption", name) == name
        text = (EXAMPLES / name).read_text()
        if start := set_to.get("start-after"):
            text = text.partition(f"{start}\n")[2]
        if lines := set_to.get("lines"):
            first, last = map(int, lines.split("-"))
            text = "\n".join(text.splitlines()[first - 1 : last])
        if end := set_to.get("end-at"):
            before, found, after = text.partition(end)
            assert found, end
            text = before + found + after.partition("\n")[0]
        yield name, text


def test_cheat_sheet_page_is_the_program():
    """The page's blocks, in its order, are the whole file to download."""
    page = (EXAMPLES.parent / "cheat-sheet.md").read_text()
    for name in ("cheat_sheet.py", "test_users.py"):
        shown = [text for place, text in blocks(page) if place == name]
        whole = (EXAMPLES / name).read_text()
        assert lines_of("\n".join(shown)) == lines_of(whole)[1:]
        for text in shown:
            assert text == text.rstrip(), "a blank line at a block's end"


def lines_of(program: str) -> list[str]:
    """List the lines of a program, without blank ones and headings."""
    heading = re.compile(r"# \d+\. ")
    return [
        line
        for line in program.splitlines()
        if line and not heading.match(line)
    ]


def test_every_example_is_tested():
    """No example lies next to the tested ones."""
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        "cheat_sheet.py",
        "finish.py",
        "first.py",
        "test_users.py",
    }
