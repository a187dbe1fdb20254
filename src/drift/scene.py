"""A broken copy, and its notebooks, run up to the first that fails."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from drift.likely import likely
from drift.patch import Patch
from press.book.book import Book, PressError, Run
from press.book.notebook import Notebooks, dump, read
from press.making.check import of_executed, of_prose, of_source
from press.making.execute import prepared, run_staged
from press.making.exercises import misjudged
from press.making.stage import read_all, stage, write_if_changed
from press.prose.mentions import Names


@dataclass(frozen=True, slots=True)
class Scene:
    """A broken copy, and what to judge it with."""

    place: Path  # the copy's folder
    patch: Patch  # without edits where nothing is broken
    changed: Sequence[str]  # the files that are broken
    runs: Sequence[Run]  # of the notebooks, one on each database
    variables: Mapping[str, str]  # for tests; they name the servers

    @property
    def log(self) -> Path:
        """The file for what programs print."""
        return self.place.parent / f"{self.place.name}.log"

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which programs import the copy's code."""
        return {**self.variables, "PYTHONPATH": str(self.place / "src")}


def ask_notebooks(scene: Scene, which: str) -> str:
    """Run the notebooks of a copy whose names match a pattern.

    Returns:
        The first that fails, or leaves something behind; nothing where all
        is well.
    """
    book = Book(scene.place)
    everything = read_all(book)
    texts = {
        name: (scene.place / name).read_text("utf-8")
        for name in everything
        if re.fullmatch(which, name)
    }
    if not texts:
        return ""
    for name in texts:
        if next(of_source(everything[name]), None):
            return name
    notebooks = {name: everything[name] for name in likely(scene.patch, texts)}
    names = Names(book, everything)
    code = {"PYTHONPATH": str(scene.place / "src")}
    for given in scene.runs:
        variables = {**given.variables, **code}
        run = replace(given, book=book, variables=variables)
        if found := _first_red(run, notebooks, names, scene.log):
            return found
    return ""


def _first_red(run: Run, notebooks: Notebooks, names: Names, log: Path) -> str:
    """Execute notebooks, and name the first that fails or leaves something."""
    stage(run.book, run.tree, notebooks)
    for name, notebook in notebooks.items():
        write_if_changed(run.tree / name, dump(prepared(notebook)))
    try:
        outcomes = run_staged(run, notebooks, log, until_failure=True)
    except PressError as error:
        return str(error).partition("\n")[0]
    for name, outcome in outcomes.items():
        if not outcome["passed"]:
            return name
    for name, notebook in notebooks.items():
        executed = read(run.tree / name)
        prose = of_prose(notebook, executed, names)
        found = chain(of_executed(executed), misjudged(executed), prose)
        if next(found, None):
            return name
    return ""
