"""README, the contents, the lock and the configuration of the checks."""

import pytest

from press.book.book import Book
from tests.controls.conftest import Edit, own_tests

README = "tests/test_readme.py"
GATES = "tests/test_gates.py"
PAGES = "tests/book/test_pages.py"
PATH = "tests/book/test_onboarding.py"

# The tests that find a fault, what they say, and the fault.
FAULTS = {
    "command": (
        README,
        "edition'",
        "README.md",
        "make editions",
        "make edition",
    ),
    "target": (README, "lessons", "Makefile", "\nnotebooks: ", "\nlessons: "),
    "recipe": (README, "lnt", "Makefile", "-m press lint", "-m press lnt"),
    "folder": (
        README,
        "src/banks/",
        "README.md",
        "`src/bank/`",
        "`src/banks/`",
    ),
    "application": (
        README,
        "make_app",
        "README.md",
        "bank.app:create_app",
        "bank.app:make_app",
    ),
    "pythons": (PAGES, "3.14", "README.md", "3.12 or 3.13", "3.12 or 3.14"),
    "contents": (
        PAGES,
        "book/claims",
        "_toc.yml",
        "      - file: book/claims\n",
        "",
    ),
    "count": (
        PAGES,
        "book/cheat-sheet.md",
        "book/cheat-sheet.md",
        "All fifteen",
        "All sixteen",
    ),
    "minutes": (
        PATH,
        "02-async-drivers",
        "book/onboarding.md",
        "| 15 |",
        "| 10 |",
    ),
    "version": (
        GATES,
        "aiosqlite: ",
        "requirements.lock",
        "aiosqlite==0",
        "aiosqlite==1",
    ),
    "requirement": (
        GATES,
        "uvicorn>=9",
        "pyproject.toml",
        '"uvicorn>=0.38"',
        '"uvicorn>=9"',
    ),
    "bound": (
        GATES,
        "make lock",
        "pyproject.toml",
        '"pymysql<1.2.1",',
        '"pymysql",',
    ),
    "driver": (
        GATES,
        "make lock",
        "pyproject.toml",
        '  "aiosqlite>=0.22",  ',
        "  ",
    ),
    "hash": (
        GATES,
        "accessible-pygments",
        "requirements.lock",
        "=sha256:40",
        "=sha256:4",
    ),
    "warnings": (
        GATES,
        "filterwarnings",
        "pyproject.toml",
        '= ["error"]',
        '= ["default"]',
    ),
    "types": (
        GATES,
        "strict",
        "pyproject.toml",
        "strict = true",
        "strict = false",
    ),
    "contract": (
        GATES,
        "Services speak no SQL",
        "pyproject.toml",
        "Services speak no SQL",
        "Services",
    ),
    "errors": (
        GATES,
        "allow_errors",
        "_config.yml",
        "allow_errors: false",
        "allow_errors: true",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_papers_are_held_to_the_project(name: str, book: Book, edit: Edit):
    """A fault in one of them fails a test, whose message names it."""
    tests, said, *fault = FAULTS[name]
    edit(*fault)
    status, output = own_tests(book, tests)
    assert status == 1
    assert said in output


def test_papers_are_right(book: Book):
    """Without a fault these tests pass, also in a copy."""
    status, output = own_tests(book, README, GATES, PAGES, PATH)
    assert status == 0, output
