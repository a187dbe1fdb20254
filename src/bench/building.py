"""How the building of a book grows with the number of its notebooks."""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

STEPS = ("from nothing", "unchanged", "after an edited sentence")
"""What is measured, in this order."""

_COPIED = ("pyproject.toml", "requirements.lock")
_LOOK = ("_static", "_templates")
_SETTINGS = (
    *("html_theme", "html_theme_options", "html_static_path"),
    *("html_use_index", "templates_path"),
)
_EXTENSIONS = (
    *("jupyter_book", "myst_nb", "press.site.extension"),
    *("sphinx_comments", "sphinx_external_toc"),
)
_CODE = """\
import lab
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine(await lab.scratch_database())

async with engine.connect() as connection:
    print(await connection.scalar(select({number})))

await engine.dispose()
"""


def measure_building(
    root: Path, sizes: tuple[int, ...]
) -> list[dict[str, Any]]:
    """Build books of small notebooks, each of which asks a database.

    Args:
        root: The project, whose look the books have.
        sizes: How many notebooks the books have.

    Returns:
        A row for each size and step, with the seconds that passed and those
        of the processor.
    """
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            book = Path(folder)
            _write(root, book, size)
            for step in STEPS:
                if step == STEPS[-1]:
                    _edit(book / "notebooks" / "n0.ipynb")
                row = {"notebooks": size, "step": step}
                rows.append(row | dict(_build(book)))
    return rows


def _build(book: Path) -> Iterator[tuple[str, float]]:
    """Run the press, for what it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "press", "--root", book, "book"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    yield "seconds", time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    yield "cpu", used


def _write(root: Path, book: Path, size: int) -> None:
    """Write a book with so many notebooks."""
    for name in _COPIED:
        shutil.copy(root / name, book)
    for name in _LOOK:
        shutil.copytree(root / "book" / name, book / "book" / name)
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    known = config["sphinx"]["config"]
    kept = {name: known[name] for name in _SETTINGS}
    config["sphinx"]["config"] = kept | {"extensions": [*_EXTENSIONS]}
    names = [f"n{number}" for number in range(size)]
    contents = {
        "format": "jb-book",
        "root": "index",
        "chapters": [{"file": f"notebooks/{name}"} for name in names],
    }
    for name, content in (("_config.yml", config), ("_toc.yml", contents)):
        (book / name).write_text(yaml.safe_dump(content), "utf-8")
    (book / "index.md").write_text("# A book\n", "utf-8")
    (book / "notebooks").mkdir()
    for number, name in enumerate(names):
        path = book / "notebooks" / f"{name}.ipynb"
        path.write_text(json.dumps(_notebook(number)), "utf-8")


def _notebook(number: int) -> dict[str, Any]:
    """Make a notebook."""
    title = {
        "id": "title",
        "cell_type": "markdown",
        "metadata": {},
        "source": f"# Notebook {number}\n\nIt asks a database.",
    }
    parts = _CODE.format(number=number).split("\n\n")
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "-"}},
        "cells": [title]
        + [
            {
                "id": f"cell-{place}",
                "cell_type": "code",
                "metadata": {},
                "source": part,
                "outputs": [],
                "execution_count": None,
            }
            for place, part in enumerate(parts)
        ],
    }


def _edit(path: Path) -> None:
    """Change a sentence of a notebook."""
    text = path.read_text("utf-8")
    path.write_text(text.replace("It asks", "This one asks"), "utf-8")
