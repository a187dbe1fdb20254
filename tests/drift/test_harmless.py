"""Harmless changes: they change the text, and nothing that it does."""

import ast
from pathlib import Path

from drift import harmless
from drift.source import Package
from tests.drift.conftest import write_package

SEA = '''
    """The sea."""

    _FISH = ("cod", "eel")  # in the net


    def caught(start):
        count = len(_FISH)
        for fish in _FISH:
            if fish.startswith(start):
                return f"{_shout(fish)} of {count}"
        try:
            return fish.upper()
        except AttributeError as error:
            return str(error)


    def _shout(word):
        return word.upper()


    def counter():
        count = 0

        def add():
            nonlocal count
            count += 1
            return count

        return add
'''


def run(files: dict[str, bytes]) -> dict[str, object]:
    """Run a module's text."""
    names: dict[str, object] = {}
    exec(files["water/sea.py"], names)  # noqa: S102 - text of this test
    return names


def test_renamed(tmp_path: Path) -> None:
    """Private names and locals have other names, and all works as before."""
    package = write_package(tmp_path, sea=SEA)
    files = harmless.renamed(package)
    text = files["water/sea.py"].decode()
    assert 'return f"{_shout_other(fish_other)} of {count_other}"' in text
    assert "except AttributeError as error_other:" in text
    assert "nonlocal count\n" in text
    names = run(files)
    assert names["caught"]("e") == "EEL of 2"  # type: ignore[operator]  # a function
    assert names["counter"]()() == 1  # type: ignore[operator]  # a function


def test_shared_names_stay(tmp_path: Path) -> None:
    """A private name that another module imports is left as it is."""
    package = write_package(
        tmp_path, sea=SEA, pond="from water.sea import _shout\n"
    )
    text = harmless.renamed(package)["water/sea.py"].decode()
    assert "_shout(word)" in text
    assert "_shout_other" not in text


def test_a_local_named_as_its_function(tmp_path: Path) -> None:
    """A function keeps its public name, whatever its variables are called."""
    sea = "def eel():\n    eel = 1\n    return eel\n"
    package = write_package(tmp_path, sea=sea)
    text = harmless.renamed(package)["water/sea.py"].decode()
    assert text == "def eel():\n    eel_other = 1\n    return eel_other\n"


def test_reformatted(tmp_path: Path) -> None:
    """The text differs, without comments, and says the same to Python."""
    package: Package = write_package(tmp_path, sea=SEA)
    content = package.modules["water.sea"].content
    new = harmless.reformatted(package)["water/sea.py"]
    assert b"# in the net" in content
    assert b"# in the net" not in new
    assert ast.dump(ast.parse(new)) == ast.dump(ast.parse(content))
