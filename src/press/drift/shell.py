"""Run a notebook in this very process, as a kernel would, but without one.

The cells run in an IPython shell, in one event loop, under the watch that
kernels run under. What comes out is an executed notebook, so that
`press.check` holds it to the same contract. The process serves no other
purpose afterwards: it was forked for this.
"""

import asyncio
import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from nbformat.v4 import new_output

from press.execute import VERDICT, prepared
from press.notebook import code_cells, tags
from press.watch import MIME, the_watch


class Discarded(DisplayPublisher):
    """Takes what cells display, and shows it to nobody."""

    def publish(self, *_: Any, **__: Any) -> None:
        """Drop an output; its making has been tried by then."""


class Shell(InteractiveShell):
    """A shell that keeps errors and prints nothing."""

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Leave the error to the one who ran the cell."""

    def init_display_pub(self) -> None:
        """Display into the void."""
        self.display_pub = Discarded(parent=self, shell=self)  # type: ignore[no-untyped-call]  # IPython leaves it untyped


def execute(
    notebook: NotebookNode, *, to_the_end: bool = False
) -> NotebookNode:
    """Execute a notebook up to its first error that is not promised.

    Args:
        notebook: The notebook, as it is stored.
        to_the_end: Whether to go on after an error.

    Returns:
        A copy with the outputs that the contract looks at: errors, standard
        error and, where all cells ran, what the watch found.
    """
    executed = prepared(notebook)
    shell = Shell.instance()
    the_watch().start(shell)
    asyncio.run(_execute(shell, executed, to_the_end=to_the_end))
    return executed


async def _execute(
    shell: InteractiveShell, notebook: NotebookNode, *, to_the_end: bool
) -> None:
    for number, cell in code_cells(notebook):
        cell.execution_count = number
        if VERDICT in tags(cell):
            report = await the_watch().report()
            cell.outputs = [
                new_output("display_data", data={MIME: report})  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
            ]
            return
        complaints = io.StringIO()
        with redirect_stdout(io.StringIO()), redirect_stderr(complaints):
            error = await _run(shell, cell.source)
        if text := complaints.getvalue():
            cell.outputs.append(
                new_output("stream", name="stderr", text=text)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
            )
        if error is not None:
            cell.outputs.append(
                new_output(  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
                    "error", ename=type(error).__name__, evalue=str(error)
                )
            )
            if not to_the_end and "raises-exception" not in tags(cell):
                return


async def _run(shell: InteractiveShell, source: str) -> BaseException | None:
    """Run a cell, in a task if it awaits, as IPython's kernel does."""
    broken = None
    try:
        transformed = shell.transform_cell(source)  # type: ignore[no-untyped-call]  # IPython leaves it untyped
    except Exception:  # noqa: BLE001 - whatever IPython's syntax may raise
        transformed, broken = source, sys.exc_info()
    options = {
        "transformed_cell": transformed,
        "preprocessing_exc_tuple": broken,
    }
    if shell.should_run_async(source, **options):
        result = await asyncio.ensure_future(
            shell.run_cell_async(source, store_history=True, **options)
        )
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
    else:
        result = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]  # IPython leaves it untyped
    error: BaseException | None = (
        result.error_before_exec or result.error_in_exec
    )
    return error
