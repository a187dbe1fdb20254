"""Execute notebooks, each once for as long as nothing that it uses changes.

Executed copies are kept, verdict cell and all, for `press.making.check` to
read and for `press.making.pages` to take the outputs from.
"""

import json
import os
import sys
import tomllib
from collections.abc import Collection
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from press.book.book import Book, PressError, Run
from press.book.notebook import Notebooks, code_cells, dump, read
from press.book.stamp import source_hash
from press.making import kernels, watch
from press.making.exercises import again
from press.making.kernels import warm_kernels
from press.making.keys import kept_key, notebook_key, state_key
from press.making.stage import write_if_changed
from press.system.process import run as start
from press.system.terminal import say

CELL_TIMEOUT = 60  # seconds
MOST_WORKERS = 8  # each runs a kernel and its own database
VERDICT = "press-verdict"
VERDICT_SOURCE = "from press.making import watch\n\nawait watch.verdict()"

Outcomes = dict[str, dict[str, Any]]


def execute(run: Run, notebooks: Notebooks) -> dict[str, str]:
    """Execute the notebooks that have no current executed copy.

    The names of those that failed are returned, each with its error.

    Raises:
        PressError: The run itself failed, or the code changed under it.
    """
    state = state_key(run)
    missing: dict[str, str] = {}
    for name, notebook in notebooks.items():
        key = notebook_key(notebook, state)
        if key == kept_key(run.executed / name):
            say(f"  {name:<40} unchanged")
            continue
        (run.executed / name).unlink(missing_ok=True)
        write_if_changed(run.tree / name, dump(prepared(notebook)))
        missing[name] = key
    if not missing:
        return {}
    outcomes = run_staged(run, missing)
    # A kernel picks its ports before it binds them, and dies before its first
    # cell where another program was faster. That says nothing of a notebook.
    if unbegun := [
        name
        for name in missing
        if not outcomes[name]["passed"] and not _has_begun(run.tree / name)
    ]:
        say("Once more, as their kernels did not start:")
        outcomes |= run_staged(run, unbegun)
    if source_hash(run.book.root) != source_hash(run.tree):
        raise PressError(
            "The code changed while the notebooks ran, so nobody can say what "
            "their outputs come from: run it again."
        )
    failed = {
        name: outcomes[name]["error"]
        for name in missing
        if not outcomes[name]["passed"]
    }
    for name in missing.keys() - failed:
        _keep(run, name, missing[name])
    return failed


def run_staged(
    run: Run,
    names: Collection[str],
    log: Path | None = None,
    *,
    until_failure: bool = False,
) -> Outcomes:
    """Have nbmake execute staged notebooks, in one run of pytest.

    How each went is returned: whether it ``passed``, its ``seconds``, and the
    ``error`` that it failed with.
    What there is to say goes into the file `log`, or to the terminal. With
    `until_failure` they run one after the other, in the given order, up to
    the first that fails.

    Raises:
        PressError: Pytest itself failed.
    """
    errors = run.book.work / f"{run.database}-errors.log"
    path = run.book.work / f"{run.database}-outcomes.json"
    earlier = _outcomes(path)
    seconds = {  # on whichever database
        name: outcome["seconds"]
        for each in run.book.work.glob("*-outcomes.json")
        for name, outcome in _outcomes(each).items()
    }
    path.unlink(missing_ok=True)
    # The longest first. What works on this database alone may be one: the
    # seconds that are known of it are another database's.
    ordered = sorted(
        names, key=lambda name: (not _is_for(run, name), -seconds.get(name, 0))
    )
    # Twice as many as there are cores: a notebook waits half of its time.
    workers = min(len(ordered), 2 * (os.cpu_count() or 1), MOST_WORKERS)
    if until_failure:
        ordered, workers = list(names), 1
    variables = {**run.variables, "IPYTHONDIR": str(kernel_profile(run))}
    variables.pop("PYTEST_ADDOPTS", None)
    command: list[str | Path] = [
        *(sys.executable, "-m", "pytest", "--disable-plugin-autoload"),
        *("-p", "press.making.progress", "-p", "nbmake.pytest_plugin"),
        *("-p", "xdist.plugin", "-p", "no:cacheprovider"),
        *("-c", os.devnull, "--rootdir", run.tree),
        *("--nbmake", "--overwrite", f"--nbmake-timeout={CELL_TIMEOUT}"),
        *("-n", str(workers if workers > 1 else 0), "--maxschedchunk=1"),
        f"--press-outcomes={path}",
        *(("--exitfirst",) if until_failure else ()),
        *ordered,
    ]
    with warm_kernels(
        run.book.work / "kernels", preloaded(run.book), variables
    ) as warmed:
        if warmed != variables:
            command.append(f"--nbmake-kernel={kernels.NAME}")
        status = start(
            command, cwd=run.tree, env=warmed, log=log, errors=errors
        )
    outcomes = _outcomes(path)
    is_cut_off = status == 1 and until_failure
    is_whole = is_cut_off or not set(names) - outcomes.keys()
    if status not in {0, 1} or not is_whole:
        raise PressError(
            f"The notebooks could not be executed: pytest ended with status "
            f"{status}.\n{errors.read_text()}"
        )
    path.write_text(json.dumps({**earlier, **outcomes}, indent=1))
    return outcomes


def _is_for(run: Run, name: str) -> bool:
    """Tell whether a notebook has cells for this run's database alone."""
    return f'"only-{run.database}"' in (run.tree / name).read_text("utf-8")


def preloaded(book: Book) -> list[str]:
    """List the modules that kernels are to find imported when they start."""
    path = book.root / "pyproject.toml"
    content = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    return list(content.get("tool", {}).get("press", {}).get("preload", []))


def prepared(notebook: NotebookNode) -> NotebookNode:
    """Give a copy to execute, without outputs.

    The exercises are appended once more, and the cell that asks the watch.
    """
    notebook = deepcopy(notebook)
    for _, cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    notebook.cells += again(notebook)
    cell = new_code_cell(VERDICT_SOURCE, id=VERDICT)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    cell.metadata.tags = [VERDICT]
    notebook.cells.append(cell)
    return notebook


def verdict(notebook: NotebookNode) -> dict[str, Any] | None:
    """Read the watch's findings and versions; None if it was not asked."""
    for output in notebook.cells[-1].get("outputs", []):
        if report := output.get("data", {}).get(watch.MIME):
            return dict(report)
    return None


def kernel_profile(run: Run) -> Path:
    """Write the IPython profile that loads the watch, for ``IPYTHONDIR``."""
    folder = run.book.work / "ipython"
    settings = {
        "InteractiveShellApp": {"extensions": [watch.__name__]},
        "HistoryManager": {"enabled": False},
    }
    path = folder / "profile_default" / "ipython_kernel_config.json"
    write_if_changed(path, json.dumps(settings).encode())
    return folder


def _has_begun(path: Path) -> bool:
    """Tell whether any cell of a staged notebook was executed."""
    return any(cell.execution_count for _, cell in code_cells(read(path)))


def _outcomes(path: Path) -> Outcomes:
    if not path.exists():
        return {}
    outcomes: Outcomes = json.loads(path.read_text())
    return outcomes


def _keep(run: Run, name: str, key: str) -> None:
    """Keep an executed copy, stamped with what its outputs come from."""
    notebook = read(run.tree / name)
    notebook.metadata["press"] = {"key": key}
    notebook.metadata["stamp"] = {
        "source": source_hash(run.tree),
        "executed": datetime.now(UTC).date().isoformat(),
        "versions": (verdict(notebook) or {}).get("versions", {}),
    }
    write_if_changed(run.executed / name, dump(notebook))
