"""The line that installs packages brings all that a page's code imports."""

import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import (
    PackageNotFoundError,
    packages_distributions,
    requires,
)
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from press.book.notebook import read, tags
from tests.book.test_numbers import NOTEBOOKS, module

LINE = re.compile(r"^pip install (.+)$", re.MULTILINE)
IMPORT = re.compile(r"^ *(?:import|from) (\w+)", re.MULTILINE)
DRIVER = re.compile(r"\+(aiosqlite|asyncpg|aiomysql)\b")
MAKERS = cache(packages_distributions)
# What is needed, and not imported.
BY_A_WORD = {"asyncio_mode": "pytest-asyncio", "uvicorn app:": "uvicorn"}


def installs() -> Iterator[tuple[Path, list[str]]]:
    """Find the notebooks that say what to install, with what they name."""
    for path in NOTEBOOKS:
        texts = [c for c in read(path).cells if c.cell_type == "markdown"]
        if lines := LINE.findall("\n".join(each.source for each in texts)):
            yield path, " ".join(lines).replace('"', "").split()


@cache
def brought(requirement: str) -> frozenset[str]:
    """Name a package, and those that it needs here."""
    wanted = Requirement(requirement)
    found: set[str] = {canonicalize_name(wanted.name)}
    try:
        needs = requires(wanted.name) or []
    except PackageNotFoundError:  # an extra's, which no test needs
        needs = []
    for each in map(Requirement, needs):
        extras = wanted.extras or {""}
        if not each.marker or any(
            each.marker.evaluate({"extra": extra}) for extra in extras
        ):
            each.marker = None
            found |= brought(str(each))
    return frozenset(found)


@pytest.mark.parametrize(
    ("path", "named"), [pytest.param(*x, id=x[0].stem) for x in installs()]
)
def test_install_line_brings_what_is_imported(path: Path, named: list[str]):
    """No import fails, no driver is missing, and no plugin."""
    there = frozenset[str]().union(*map(brought, named))
    cells = [cell for cell in read(path).cells if "paste" in tags(cell)]
    pasted = "\n".join(cell.source for cell in cells)
    code = f"{pasted}\n{module(path)}"  # of the bank, which is copied
    makers = MAKERS()
    needed: set[str] = {
        canonicalize_name(makers[name][0])
        for name in set(IMPORT.findall(code)) - sys.stdlib_module_names
        if name in makers and name != "bank"
    }
    needed |= {each for word, each in BY_A_WORD.items() if word in code}
    needed |= set(DRIVER.findall(pasted))
    assert needed <= there


def test_some_pages_are_read():
    """The test above is not empty."""
    assert len(list(installs())) > 30
