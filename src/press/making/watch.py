"""Find inside a kernel what a notebook's outputs cannot show.

That is what it leaves behind: connections, tasks, coroutines, and errors that
nobody hears of. An IPython extension, which `press.making.execute` switches
on for the kernels that it starts; a last cell asks it for its verdict.
"""

import asyncio
import gc
import importlib.util
import inspect
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from types import CoroutineType
from typing import TYPE_CHECKING, Any, TextIO

from press.book.stamp import versions
from press.making.connections import Finding, Pools

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

MIME = "application/vnd.press.verdict+json"
UNAWAITED = "coroutine .* was never awaited"
UNRETURNED = "The garbage collector is trying to clean up non-checked-in"
KERNELS_OWN = ("ipykernel", "IPython", "jupyter_client", "tornado", "zmq")


@dataclass(slots=True)
class Watch:
    """What was seen in this kernel so far."""

    pools: Pools = field(default_factory=Pools)
    seen: list[Finding] = field(default_factory=list)
    started: bool = False

    def start(self, shell: "InteractiveShell") -> None:
        """Begin to watch."""
        shell.events.register("pre_run_cell", self.enter_cell)
        self.watch_warnings()
        # No handler: records still go where they would without the watch.
        logging.getLogger("asyncio").addFilter(self.hear)
        if importlib.util.find_spec("sqlalchemy"):
            self.pools.listen()
        self.started = True

    def enter_cell(self, info: Any) -> None:
        """Count the cells."""
        if info.store_history:
            self.pools.cell += 1

    def note(self, text: str) -> None:
        """Keep a finding of the cell that runs, or ran last."""
        self.seen.append(Finding(text, self.pools.cell))

    def watch_warnings(self) -> None:
        """Hear of warnings, unless a notebook catches them itself."""
        warnings.filterwarnings("always", message=UNAWAITED)
        warnings.filterwarnings("always", message=UNRETURNED)
        show = warnings.showwarning

        def tap(  # noqa: PLR0913, PLR0917 - the signature is Python's
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            text = str(message)
            if "was never awaited" in text:
                coroutine = text.split("'")[1]
                self.note(f"never awaits the coroutine {coroutine}")
            elif text.startswith(UNRETURNED):
                self.note("leaves a connection checked out")
            show(message, category, filename, lineno, file, line)

        warnings.showwarning = tap

    def hear(self, record: logging.LogRecord) -> bool:
        """Note an error that asyncio has nobody else to tell; let it pass."""
        if record.levelno >= logging.ERROR:
            what = record.getMessage().partition("\n")[0]
            error = record.exc_info[1] if record.exc_info else None
            self.note(
                _lost(error)
                if error
                else f"has asyncio say: {what.rstrip('!.')}"
            )
        return True

    def remains(self) -> Iterator[Finding]:
        """Tell what is still in memory and would be lost at the exit.

        A reference keeps Python from warning: a notebook's last expression,
        for example, stays in ``Out``. A coroutine that a warning refers to is
        known to the notebook, which caught that warning.
        """
        things = _telling_objects()
        known = {
            id(thing.source)
            for thing in things
            if type(thing) is warnings.WarningMessage
        }
        for thing in things:
            if type(thing) is CoroutineType:
                state = inspect.getcoroutinestate(thing)
                if id(thing) not in known and state == inspect.CORO_CREATED:
                    name = thing.__qualname__
                    yield Finding(f"never awaits the coroutine {name}", None)
            elif _is_unheard(thing):
                yield Finding(_lost(thing.exception()), None)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            if not _is_kernels(task):
                text = f"leaves the task {task.get_name()} pending"
                yield Finding(text, None)

    async def report(self) -> dict[str, Any]:
        """Tell what was found, and the versions that were used."""
        await asyncio.sleep(0.01)  # what is due may still end
        found = [*self.seen, *self.remains(), *self.pools.findings()]
        return {
            "findings": [finding._asdict() for finding in found],
            "versions": versions() | self.pools.versions,
        }


@cache
def the_watch() -> Watch:
    """Give this kernel's only watch."""
    return Watch()


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """Start the watch, as IPython asks an extension to."""
    the_watch().start(shell)


async def verdict() -> None:
    """Show what was found as an output, for `press.making.check` to read.

    Raises:
        RuntimeError: The extension was not loaded, so nothing was watched.
    """
    from IPython.display import display  # noqa: PLC0415 - only in a kernel

    watch = the_watch()
    if not watch.started:
        raise RuntimeError(
            "press.making.watch was not loaded into this kernel."
        )
    display({MIME: await watch.report()}, raw=True)  # type: ignore[no-untyped-call]  # IPython leaves it untyped


def _telling_objects() -> list[Any]:
    """List the coroutines, futures and warnings in memory, and garbage."""
    things = gc.get_objects()  # a hundred thousand, of some hundred types
    wanted = {
        kind
        for kind in set(map(type, things))
        if kind in {CoroutineType, warnings.WarningMessage}
        or hasattr(kind, "_asyncio_future_blocking")
    }
    return [thing for thing in things if type(thing) in wanted]


def _is_unheard(future: Any) -> bool:
    """Say whether a future has an error that nobody has asked for.

    The garbage collector leaves shells of futures where asyncpg's
    ``executemany`` lost its connection; they answer nothing.
    """
    try:
        return bool(getattr(future, "_log_traceback", False))
    except RuntimeError:
        return False


def _lost(error: BaseException | None) -> str:
    return f"loses a task's exception ({type(error).__name__}: {error})"


def _is_kernels(task: "asyncio.Task[Any]") -> bool:
    """Say whether a task belongs to the kernel, not to the notebook."""
    code = getattr(task.get_coro(), "cr_code", None)
    parts = code.co_filename.replace("\\", "/").split("/") if code else []
    return any(part in KERNELS_OWN for part in parts)
