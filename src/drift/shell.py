"""Run a notebook in this very process, as a kernel would, but without one.

The cells run in an IPython shell, in one event loop, under the watch that
kernels run under. What comes out is an executed notebook, so that
`press.making.check` holds it to the same contract. The process serves no other
purpose afterwards: it was forked for this.
"""

import asyncio
import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from nbformat.v4 import new_output

from press.book.notebook import code_cells, tags
from press.making.execute import VERDICT, prepared
from press.making.watch import MIME, the_watch

Outputs = list[NotebookNode]


class Publisher(DisplayPublisher):
    """Keeps what cells display."""

    def publish(self, data: dict[str, Any], *_: Any, **__: Any) -> None:
        """Keep an output of the cell that runs."""
        Shell.instance().outputs.append(_output("display_data", data=data))


class Hook(DisplayHook):
    """Keeps the value that a cell ends with."""

    def write_output_prompt(self) -> None:
        """Write no prompt."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: object = None
    ) -> None:
        """Keep the value as a notebook would show it."""
        del md_dict
        Shell.instance().outputs.append(
            _output("execute_result", data=format_dict)
        )


class Shell(InteractiveShell):
    """A shell that keeps outputs, and leaves errors to its caller."""

    def __init__(self) -> None:
        """Begin with no outputs."""
        self.outputs: Outputs = []
        super().__init__(displayhook_class=Hook, display_pub_class=Publisher)  # type: ignore[no-untyped-call]  # IPython leaves it untyped

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Leave the error to the one who ran the cell."""


def execute(
    notebook: NotebookNode, *, to_the_end: bool = False
) -> NotebookNode:
    """Execute a notebook up to its first error that is not promised.

    Args:
        notebook: The notebook, as it is stored.
        to_the_end: Whether to go on after an error.

    Returns:
        A copy with outputs and, where all cells ran, what the watch found.
    """
    executed = prepared(notebook)
    shell = Shell.instance()  # as IPython.display looks for it
    the_watch().start(shell)
    asyncio.run(_execute(shell, executed, to_the_end=to_the_end))
    return executed


async def _execute(
    shell: Shell, notebook: NotebookNode, *, to_the_end: bool
) -> None:
    for number, cell in code_cells(notebook):
        cell.execution_count = number
        if VERDICT in tags(cell):
            report = await the_watch().report()
            cell.outputs = [_output("display_data", data={MIME: report})]
            return
        shell.outputs = cell.outputs
        printed, complaints = io.StringIO(), io.StringIO()
        with redirect_stdout(printed), redirect_stderr(complaints):
            error = await _run(shell, cell.source)
        for name, stream in ("stdout", printed), ("stderr", complaints):
            if text := stream.getvalue():
                cell.outputs.append(_output("stream", name=name, text=text))
        if error is not None:
            shown = {"ename": type(error).__name__, "evalue": str(error)}
            cell.outputs.append(_output("error", **shown))
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


def _output(kind: str, **content: Any) -> NotebookNode:
    made: NotebookNode = new_output(kind, **content)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    return made
