"""What lessons and pages say: no notebook need run again to find these."""

import re

import pytest

from press.book.book import Book, Edition, PressError
from press.book.notebook import dump, read
from press.gates import stored
from press.making import flow
from press.making.check import of_executed, of_source
from press.prose import fences
from tests.controls.conftest import Edit

LESSON = "notebooks/09-transactions.ipynb"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            (LESSON, "twenty", "thirty", "twenty-text"),
            f"{LESSON}, text cell twenty-text: says 'thirty', which no code",
        ),
        (
            (LESSON, "100.00 on it", "110.00 on it", "customers-text"),
            f"{LESSON}, text cell customers-text: says '110.00', which no",
        ),
        (
            (LESSON, "through `retry`", "through `retry(77)`", "twenty-text"),
            f"{LESSON}, text cell twenty-text: says '77', which no code",
        ),
        (
            (LESSON, "through `retry`", "through `retri`", "twenty-text"),
            f"{LESSON}, text cell twenty-text: names 'retri', which neither",
        ),
        (
            (
                LESSON,
                "through `retry`",
                "through `UserRepository.get_by_mail`",
                "twenty-text",
            ),
            f"{LESSON}, text cell twenty-text: names 'get_by_mail'",
        ),
        (
            (
                LESSON,
                "[`lab.broken_rules`]",
                "[`lab.broken_ruler`]",
                "books",
            ),
            f"{LESSON}, text cell books: names 'lab.broken_ruler -> #lab.br",
        ),
        (
            ("book/cheat-sheet.md", "`first()`", "`frist()`"),
            r"book/cheat-sheet\.md, line \d+: names 'frist', which neither",
        ),
        (
            ("index.md", "`AsyncSessionLocal.begin()`", "`LocalSession`"),
            r"index\.md, line \d+: names 'LocalSession', which neither",
        ),
    ],
)
def test_wrong_words_stop_the_book(
    edition: Edition, edit: Edit, fault: tuple[str, ...], said: str
):
    """A wrong number or name fails `make book`, which names the cell."""
    edit(*fault)
    with pytest.raises(PressError) as failed:
        flow.prove(edition)
    assert re.match(said, str(failed.value))
    assert len(str(failed.value).splitlines()) <= 2


def test_outputs_stop_the_book(book: Book, edition: Edition):
    """A notebook that is stored with outputs fails, in both commands."""
    path = book.root / LESSON
    content = read(path)
    cell = next(cell for cell in content.cells if cell.cell_type == "code")
    cell.execution_count = 1
    path.write_bytes(dump(content))
    with pytest.raises(PressError, match=f"{LESSON}, cell 1: is stored with "):
        flow.prove(edition)
    assert list(stored.check(book)) == [
        f"{LESSON} is not stored in its normal form: run `make format`."
    ]


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("skip-execution", "cell 1: is tagged skip-execution, so nothing"),
        ("raises-exception", "cell 1: is tagged raises-exception without"),
    ],
)
def test_hidden_failures_stop_the_book(
    book: Book, edition: Edition, tag: str, said: str
):
    """A cell that could fail unseen is named, before or after it ran."""
    content = read(book.root / LESSON)
    copy = read(edition.executed / LESSON)
    for notebook in (content, copy):
        cell = next(c for c in notebook.cells if c.cell_type == "code")
        cell.metadata.tags = [tag]
    found = [*of_source(content), *of_executed(copy)]
    assert any(finding.startswith(f", {said}") for finding in found)


def test_stale_fences_stop_the_lint(book: Book, edit: Edit):
    """Code that is retyped instead of included is named with its line."""
    assert list(fences.check(book)) == []
    edit(
        "index.md", "```{tableofcontents}", "```python\nx = 1\n```\n\n```{toc}"
    )
    edit(LESSON, "Now they", "```python\nx = 1\n```\nNow they", "twenty-text")
    page, lesson = fences.check(book)
    assert re.match(r"index\.md, line \d+: ```python is code that", page)
    assert lesson.startswith(f"{LESSON}, text cell twenty-text: ```python is")
