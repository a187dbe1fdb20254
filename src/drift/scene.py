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
    """A broken copy, and what to judge it with.

    Attributes:
        place: The copy's folder.
        patch: What it was broken with; without edits where nothing was.
        changed: The files that are broken.
        runs: A run of the notebooks on each database.
        variables: The environment for tests, which names the servers.
    """

    place: Path
    patch: Patch
    changed: Sequence[str]
    runs: Sequence[Run]
    variables: Mapping[str, str]

    @property
    def log(self) -> Path:
        """The file for what programs print."""
        return self.place.parent / f"{self.place.name}.log"

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which programs import the copy's code."""
        return {**self.variables, "PYTHONPATH": str(self.place / "src")}


def ask_notebooks(scene: Scene, which: re.Pattern[str]) -> str:
    """Run some notebooks of a copy, up to the first that fails.

    Args:
        scene: The copy.
        which: The notebooks, by their names.

    Returns:
        The first that fails, or leaves something behind; nothing where all
        is well.
    """
    book = Book(scene.place)
    everything = read_all(book)
    notebooks = {
        name: notebook
        for name, notebook in everything.items()
        if which.fullmatch(name)
    }
    for name, notebook in notebooks.items():
        if next(of_source(notebook), None):
            return name
    if not notebooks:
        return ""
    texts = {
        name: (scene.place / name).read_text("utf-8") for name in notebooks
    }
    ordered = {name: notebooks[name] for name in likely(scene.patch, texts)}
    names = Names(book, everything)
    found = (
        _first_red(_run_of(given, book, scene), ordered, names, scene.log)
        for given in scene.runs
    )
    return next(filter(None, found), "")


def _run_of(given: Run, book: Book, scene: Scene) -> Run:
    """Give the run on the same database, of a broken copy."""
    code = {"PYTHONPATH": str(scene.place / "src")}
    return replace(given, book=book, variables={**given.variables, **code})


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
