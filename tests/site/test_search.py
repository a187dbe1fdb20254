"""The search answers people's questions, and pasted errors."""

import gzip
import tomllib
from pathlib import Path

import pytest

from tests.site.conftest import ROOT

LISTED = tomllib.loads(Path(__file__).with_name("queries.toml").read_text())
IN_TOP = 0.85  # of the questions, among the first three hits
FIRST = 0.55
ERRORS_IN_TOP = 0.95  # of the pasted errors
ERRORS_FIRST = 0.85
NOWHERE = 0.9  # of the unrelated texts find nothing


@pytest.fixture
async def page(browser, address):
    """Open the search page."""
    page = await browser.new_page()
    await page.goto(f"{address}search.html")
    yield page
    await page.close()


async def found(page, query):
    """Give the addresses of what a query finds, the best first."""
    return await page.evaluate("(query) => searchFor(query)", query)


def place(hits, pages):
    """Tell the place of the first right hit, from 1; 0 if there is none."""
    for number, hit in enumerate(hits, start=1):
        if any(hit.startswith(page) for page in pages):
            return number
    return 0


async def test_questions_find_their_answers(page, capsys):
    """Most questions find the right page at once."""
    places = {
        query["asks"]: place(await found(page, query["asks"]), query["pages"])
        for query in LISTED["query"]
    }
    missed = [asked for asked, at in places.items() if at not in {1, 2, 3}]
    top = 1 - len(missed) / len(places)
    first = sum(at == 1 for at in places.values()) / len(places)
    with capsys.disabled():
        print(f"\nsearch: {top:.0%} in the first three, {first:.0%} first")  # noqa: T201
    assert top >= IN_TOP, missed
    assert first >= FIRST


FRAMES = """Traceback (most recent call last):
  File "/app/main.py", line 12, in show
    await session.execute(select(User).where(User.id == user_id))
  File "/venv/sqlalchemy/engine/base.py", line 1970, in _exec_single_context
    self.dialect.do_execute(cursor, statement, parameters, context)
           ^^^^^^^^^^^^^^^^
"""


def as_posted(message):
    """Give a message as it is."""
    return message


def in_a_traceback(message):
    """Put it under the frames of a traceback."""
    return FRAMES + message


def in_a_container_log(message):
    """Put the whole under the margin of ``docker compose logs``."""
    lines = in_a_traceback(message).splitlines()
    return "\n".join(f"backend_1  | {line}" for line in lines)


def in_the_output_of_pytest(message):
    """Mark its lines as pytest does."""
    lines = [f"E       {line}" for line in message.splitlines()]
    return "\n".join(["app/crud.py:46: in create", "    await save()", *lines])


@pytest.mark.parametrize(
    "pasted",
    [as_posted, in_a_traceback, in_a_container_log, in_the_output_of_pytest],
)
async def test_pasted_errors_lead_to_their_entries(page, capsys, pasted):
    """A message of any version or driver finds its entry in the atlas."""
    places = {
        error["says"]: place(
            await found(page, pasted(error["says"])), error["pages"]
        )
        for error in LISTED["error"]
    }
    missed = [says for says, at in places.items() if at not in {1, 2, 3}]
    top = 1 - len(missed) / len(places)
    first = sum(at == 1 for at in places.values()) / len(places)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{pasted.__name__}: {top:.0%} in the first three,"
            f" {first:.0%} first"
        )
    assert top >= ERRORS_IN_TOP, missed
    assert first >= ERRORS_FIRST


async def test_unrelated_texts_lead_nowhere(page):
    """What the book knows nothing of finds nothing, and is told so."""
    astray = {
        text: hits[0]
        for text in LISTED["nowhere"]
        if (hits := await found(page, text))
    }
    assert 1 - len(astray) / len(LISTED["nowhere"]) >= NOWHERE, astray


def test_queries_are_not_learnt_by_heart():
    """No query stands among the questions that the search knows."""
    questions = tomllib.loads((ROOT / "book/questions.toml").read_text())
    known = {
        question.lower()
        for sections in questions.values()
        for listed in sections.values()
        for question in listed
    }
    asked = {query["asks"].lower() for query in LISTED["query"]}
    assert asked & known == set()


async def test_tracebacks_are_read(page):
    """Of a whole traceback, the last error counts."""
    message = "sqlite3.OperationalError: database is locked"
    traceback = """Traceback (most recent call last):
  File "/home/me/app.py", line 12, in main
    await session.commit()
sqlite3.OperationalError: database is locked

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/home/me/app.py", line 12, in main
sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked
[SQL: INSERT INTO frogs (name) VALUES (?)]
[parameters: ('Kermit',)]
(Background on this error at: https://sqlalche.me/e/20/e3q8)
"""
    assert (await found(page, traceback))[:1] == (await found(page, message))[
        :1
    ]


async def test_search_box_opens_and_leads_on(browser, address):
    """A slash opens the box, and Enter goes to the first hit."""
    page = await browser.new_page()
    await page.goto(f"{address}index.html")
    await page.keyboard.press("/")
    await page.keyboard.type("savepoint")
    await page.wait_for_selector("#search-dialog .found a")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/notebooks/**")
    await page.close()


async def test_atlas_has_the_box_on_its_index(browser, address):
    """There a whole traceback is pasted, and its entry follows below."""
    page = await browser.new_page()
    await page.goto(f"{address}notebooks/errors/index.html")
    box = page.get_by_role("textbox", name="Your error")
    await box.fill(f"{FRAMES}RuntimeError: Event loop is closed")
    first = page.locator(".search-here .found a").first
    await first.click()
    await page.wait_for_url("**/sessions.html#runtimeerror-event-loop-*")
    await page.close()


async def test_error_of_a_lesson_is_found(page):
    """What only a lesson shows leads to the lesson's heading."""
    hits = await found(
        page,
        "sqlalchemy.exc.UnboundExecutionError: Could not locate a bind"
        " configured on SQL expression or this Session.",
    )
    assert hits[0].startswith("notebooks/beyond/tenants.html#two-engines")


async def test_search_works_from_a_file(browser):
    """A site that is opened from the disk can be searched too."""
    page = await browser.new_page()
    site = ROOT / "_build" / "html"
    await page.goto(f"file://{site}/search.html?q=savepoint")
    await page.wait_for_selector(".found a")
    await page.close()


async def test_search_is_light(browser, address):
    """The first search loads two files, of at most 250 kB."""
    page = await browser.new_page()
    await page.goto(f"{address}search.html", wait_until="networkidle")
    answers = []

    def note(answer):
        answers.append(answer)

    page.on("response", note)
    await found(page, "savepoint")
    await page.wait_for_load_state("networkidle")
    sizes = [len(gzip.compress(await each.body())) for each in answers]
    assert len(sizes) <= 5
    assert sum(sizes) <= 250_000
    await page.close()
