"""A small book of another package, which knows neither bank nor lab."""

from pathlib import Path

import pytest

from press.book.book import Book, Run
from press.system.environment import environment
from tests.press.samples import code, text, write_notebook

CONFIG = """\
title: The pond
copyright: "2026"
only_build_toc_files: true
execute:
  execute_notebooks: force
html:
  extra_footer: ""
sphinx:
  config:
    html_theme_options: {}
"""
TOC = """\
format: jb-book
root: index
chapters:
  - file: book/depth
  - file: notebooks/01-still
  - file: notebooks/02-frog
"""
PAGE = """\
(depth)=
# Depth

The pond is two metres deep.

```{literalinclude} ../src/pond/__init__.py
```
"""


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Write a book of two pages and two notebooks, with a package."""
    files = {
        "_config.yml": CONFIG,
        "_toc.yml": TOC,
        "index.md": "# The pond\n\nSee [how deep it is](#depth).\n",
        "book/depth.md": PAGE,
        "src/pond/__init__.py": '"""A pond."""\n\nDEPTH = 2\n',
        "requirements.lock": "pond==1\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    folder = tmp_path / "notebooks"
    folder.mkdir()
    write_notebook(folder / "01-still.ipynb", text("# Still"), code("1 + 1"))
    write_notebook(
        folder / "02-frog.ipynb",
        text("# Frog\n\nIt jumps."),
        code("import pond"),
        code('print("deep:", pond.DEPTH)'),
    )
    return Book(tmp_path)


@pytest.fixture
def run(book: Book) -> Run:
    """Give the book's run on SQLite."""
    source = str(book.root / "src")
    return Run(book, "sqlite", environment() | {"PYTHONPATH": source})
