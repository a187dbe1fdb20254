"""A book about a pond, whose notebooks notice most of what can break."""

from pathlib import Path
from textwrap import dedent

import pytest

from drift.source import Package, read_package
from press.book.book import Book
from tests.press.samples import code, text, write_notebook

DEPTH = '''
"""A pond."""

from pond.errors import TooDeep

DEPTH = 2
"""Metres."""


class Frog:
    """A frog."""

    def __init__(self, name: str) -> None:
        """Give it a name."""
        self.name = name

    def dive(self, metres: int = 1) -> int:
        """Dive, and tell what is left below."""
        if metres > DEPTH:
            raise TooDeep(f"The pond is {DEPTH} metres deep.")
        left = DEPTH - metres  # below
        return left


def names(frogs: list[Frog]) -> list[str]:
    """List the names of some frogs, in order."""
    return sorted(_name(frog) for frog in frogs)


def _name(frog: Frog) -> str:
    return frog.name
'''
ERRORS = '''
"""What can go wrong in a pond."""


class PondError(Exception):
    """The base."""


class TooDeep(PondError):
    """There is not so much water."""
'''
PYPROJECT = """
[tool.drift]
package = "pond"
reasons = "reasons.toml"
results = "drift.json"
"""
DIVE = """
import pond
from pond import Frog, names
from pond.errors import PondError, TooDeep

frog = Frog(name="Kermit")
assert frog.name == "Kermit"
assert pond.DEPTH == 2
assert frog.dive() == 1
assert frog.dive(2) == 0
assert frog.dive(metres=2) == 0
"""
DEEP = """
try:
    frog.dive(3)
except PondError as error:
    assert type(error) is TooDeep
    assert str(error) == "The pond is 2 metres deep."
else:
    raise AssertionError("no error")
"""
NAMES = """
import subprocess
import sys

both = [Frog("Kermit"), Frog("Jeremiah")]
assert names(frogs=both) == ["Jeremiah", "Kermit"]
done = subprocess.run(
    [sys.executable, "-c", "import pond; print(pond.DEPTH)"],
    capture_output=True,
    text=True,
)
assert done.stdout == "2\\n", done.stderr
"""


@pytest.fixture
def pond(book: Book) -> Book:
    """Write a book with a package worth mutating, and let the gate know."""
    files = {
        "src/pond/__init__.py": DEPTH.lstrip(),
        "src/pond/errors.py": ERRORS.lstrip(),
        "pyproject.toml": PYPROJECT,
        "reasons.toml": "",
    }
    for name, content in files.items():
        (book.root / name).write_text(content)
    folder = book.root / "notebooks"
    write_notebook(
        folder / "02-frog.ipynb",
        text("# Frog"),
        code(DIVE),
        code(DEEP),
        code(NAMES),
    )
    return book


@pytest.fixture
def package(pond: Book) -> Package:
    """Read the pond's package."""
    return read_package(pond.root / "src", "pond")


def write_package(folder: Path, **modules: str) -> Package:
    """Write a package ``water`` of some modules, and read it."""
    (folder / "water").mkdir()
    for name, content in modules.items():
        path = folder / "water" / f"{name}.py"
        path.write_text(dedent(content).lstrip())
    return read_package(folder, "water")
