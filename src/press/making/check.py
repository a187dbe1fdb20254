"""Check executed notebooks against the contract that nbmake does not keep.

Nbmake proves that no cell raised unawares. Here every error that is shown
must have been promised by type and message, a program must print what its
cell promises, nothing may be skipped, and what a notebook leaves behind, as
`press.making.watch` saw it, must be nothing.
Findings are sentences, to be read after the notebook's name.
"""

import re
from collections.abc import Collection, Iterator

from nbformat import NotebookNode

from press.book.book import Run
from press.book.notebook import Notebooks, code_cells, errors, read, tags
from press.making.entries import unpromised, unproven
from press.making.execute import VERDICT, verdict
from press.making.exercises import misjudged
from press.prose import mentions

UNKNOWN = "which neither the code nor a library has."


def check(
    run: Run, notebooks: Notebooks, left_out: Collection[str] = ()
) -> list[str]:
    """Check every notebook of a run, source and executed copy.

    Those in `left_out` failed, and so have no executed copy. One that breaks
    the contract is thrown away, so that its notebook is executed again next
    time.
    """
    found: list[str] = []
    names = mentions.Names(run.book, notebooks)
    for name, notebook in notebooks.items():
        findings = list(of_source(notebook))
        if name not in left_out:
            path = run.executed / name
            executed = read(path)
            broken = [*of_executed(executed), *misjudged(executed)]
            if broken:
                path.unlink()
            findings += [*broken, *of_prose(notebook, executed, names)]
        found += [f"{name}{finding}" for finding in findings]
    for page, line, word in mentions.of_pages(run.book, names):
        found.append(f"{page}, line {line}: names {word!r}, {UNKNOWN}")
    return found


def of_source(notebook: NotebookNode) -> Iterator[str]:
    """Check what holds before a notebook is executed."""
    if notebook.metadata.get("execution", {}).get("allow_errors"):
        yield (
            " sets execution.allow_errors, which lets any cell fail: promise "
            "the error in its cell's metadata instead."
        )
    for number, cell in code_cells(notebook):
        place = f", cell {number}: "
        if cell.outputs or cell.execution_count is not None:
            yield f"{place}is stored with outputs; `make format` drops them."
        if "skip-execution" in tags(cell):
            yield f"{place}is tagged skip-execution, so nothing checks it."
        if "nbmake" in cell.metadata:
            yield f"{place}has nbmake metadata, which alters what it computes."
        if not cell.source.strip():
            yield f"{place}is empty."
    yield from unproven(notebook)
    yield from unpromised(notebook)


def of_executed(notebook: NotebookNode) -> Iterator[str]:
    """Check what an execution left; the verdict's cell is the last."""
    for number, cell in code_cells(notebook):
        if VERDICT in tags(cell):
            continue
        place = f", cell {number}: "
        if cell.execution_count is None and cell.source.strip():
            yield f"{place}was not executed."
        for finding in (*_of_errors(cell), *_of_output(cell)):
            yield place + finding
        text = _written(cell, "stderr")
        if text and "allow-stderr" not in tags(cell):
            yield (
                f"{place}writes to stderr without the tag allow-stderr: "
                f"{text.splitlines()[0]}"
            )
    report = verdict(notebook)
    if report is None:
        yield " was executed without the watch, so nobody knows what it left."
        return
    for finding in report["findings"]:
        cell = finding["cell"]
        place = f", cell {cell}: " if cell else " "
        yield f"{place}{finding['text']}."


def of_prose(
    notebook: NotebookNode, executed: NotebookNode, names: mentions.Names
) -> Iterator[str]:
    """Check the names that a notebook's current text speaks of."""
    for cell, word in mentions.of_notebook(notebook, executed, names):
        yield f", text cell {cell}: names {word!r}, {UNKNOWN}"


def _of_errors(cell: NotebookNode) -> Iterator[str]:
    """Compare the error that a cell shows with the one that it promises."""
    shown = errors(cell)
    tagged = "raises-exception" in tags(cell)
    promise = cell.metadata.get("raises")
    if not tagged and promise is None:
        for error in shown:
            yield f"raises {error.ename}, which it does not promise."
        return
    if not tagged:
        yield "promises an error but lacks the tag raises-exception."
    if not promise or not promise.get("type") or not promise.get("message"):
        yield (
            "is tagged raises-exception without saying what it raises: add "
            'the metadata "raises": {"type": ..., "message": ...}.'
        )
        return
    if not shown:
        yield f"promises {promise['type']} but raises nothing."
    for error in shown:
        if error.ename != promise["type"]:
            yield f"promises {promise['type']} but raises {error.ename}."
        elif not re.search(promise["message"], error.evalue):
            yield (
                f"promises {error.ename} with {promise['message']!r}, but "
                f"its message is {error.evalue!r}."
            )


def _of_output(cell: NotebookNode) -> Iterator[str]:
    """Compare what a cell prints with the pattern that it promises, if any."""
    wanted = cell.metadata.get("prints")
    text = _written(cell, "stdout")
    if wanted is not None and not re.fullmatch(wanted, text):
        yield f"promises to print {wanted!r}, but prints {text!r}."


def _written(cell: NotebookNode, stream: str) -> str:
    return "".join(
        out.text
        for out in cell.outputs
        if out.output_type == "stream" and out.name == stream
    ).strip()
