"""The checks that run nothing."""

import pytest

from press.book.book import Book, PressError
from press.book.notebook import dump, read
from press.gates.lint import format_sources, lint
from press.system.environment import environment

PROJECT = """\
[project]
name = "pond"
version = "1"

[tool.deptry]
known_first_party = ["pond"]

[tool.ruff]
extend-include = ["*.ipynb"]

[tool.mypy]
strict = true
files = ["src"]

[tool.importlinter]
root_packages = ["pond"]

[[tool.importlinter.contracts]]
name = "The pond is dry"
type = "forbidden"
source_modules = ["pond"]
forbidden_modules = ["sea"]
"""


@pytest.fixture
def project(book: Book) -> Book:
    """Give a book whose package is checked by all programs, and passes."""
    (book.root / "pyproject.toml").write_text(PROJECT)
    return book


def test_lint(project: Book, capfd: pytest.CaptureFixture[str]) -> None:
    """A step that fails is named, the others run, and the end says it all."""
    variables = environment() | {"PYTHONPATH": str(project.root / "src")}
    config = project.root / "pyproject.toml"
    config.write_text(config.read_text().replace('["sea"]', '["sqlite3"]'))
    with pytest.raises(PressError, match=r"^Lint failed: lint-imports\.$"):
        lint(project, variables)
    said = capfd.readouterr().out
    assert "ruff check  " in said
    assert "lint-imports" in said
    assert "FAILED" in said

    bad = "import yaml\ndef depth(): return None + 1\n"
    (project.root / "src" / "pond" / "bad.py").write_text(bad)
    (project.root / "index.md").write_text("# Pond\n\n```python\nbad()\n```\n")
    with pytest.raises(
        PressError,
        match="ruff check, ruff format, mypy, deptry, lint-imports, notebooks",
    ):
        lint(project, variables)
    said = capfd.readouterr().out
    assert "`yaml` imported but unused" in said
    assert "'yaml' imported but" in said
    assert "index.md, line 3: ```python is code that nothing runs" in said


def test_format(project: Book, capfd: pytest.CaptureFixture[str]) -> None:
    """Formatting fixes code, in cells too, and how notebooks are stored."""
    module = project.root / "src" / "pond" / "frog.py"
    module.write_text("import os\nlegs=4\n")
    path = project.sources()[0]
    content = read(path)
    content.cells[1].source = "1+1"
    content.cells[1].execution_count = 3
    path.write_bytes(dump(content))
    format_sources(project, environment())
    assert module.read_text() == "legs = 4\n"
    cell = read(path).cells[1]
    assert (cell.source, cell.execution_count) == ("1 + 1", None)
    assert "Normalised notebooks/01-still.ipynb" in capfd.readouterr().out
