"""An IPython extension: under a traceback, where the book explains its error.

Switch it on in Jupyter or IPython with ``%load_ext lab.explain_ipython``.
"""

import traceback

from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

from lab.explain import pointer


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Begin to point at entries.

    Args:
        shell: The shell that loads the extension.
    """
    shell.events.register("post_run_cell", point)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Stop pointing at entries.

    Args:
        shell: The shell that unloads it.
    """
    shell.events.unregister("post_run_cell", point)


def point(result: ExecutionResult) -> None:
    """Print where the book explains the error that a cell raised, if any.

    Args:
        result: How the cell ended.
    """
    error = result.error_in_exec
    if error is None:
        return
    text = pointer("".join(traceback.format_exception(error)))
    if text:
        print(f"\nError atlas: {text}")  # noqa: T201 - the reader's screen
