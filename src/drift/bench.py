"""A bench: a copy of the book that holds a mutant, and a warm process on it.

Mutants are on disk and come first on the path, so that programs that cells
start see them as well. The bytecode of the copy is valid by content, not by
time, so that a mutant made within a second of the last is never mistaken.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from compileall import compile_dir
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from py_compile import PycInvalidationMode
from queue import SimpleQueue
from tempfile import mkdtemp
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from press.book.book import Book, Edition, PressError
from press.book.notebook import Notebooks, dump
from press.making.stage import stage, write_if_changed
from press.system.process import CHILD

SOURCE = "src"
T = TypeVar("T")
R = TypeVar("R")


class Bench:
    """One of several places where mutants are tried.

    Attributes:
        edition: The edition whose staged copy holds the mutants.
        notebooks: The book's notebooks, as they were when it was staged.
        database: The database that it works on.
    """

    def __init__(
        self,
        book: Book,
        name: str,
        variables: Mapping[str, str],
        database: str = "sqlite",
        *,
        own_server: bool = False,
    ) -> None:
        """Copy the book, and start the warm process.

        Args:
            book: The book.
            name: What tells this bench from others.
            variables: The environment that notebooks run in.
            database: The database that they name.
            own_server: Whether its server is this bench's alone, so that all
                that is left there can be dropped.
        """
        tree = Edition(book, f"drift/{name}", variables).tree
        self.scratch = mkdtemp(prefix="press-drift-")
        self.edition = Edition(
            book,
            f"drift/{name}",
            {
                **variables,
                "PYTHONPATH": str(tree / SOURCE),
                "TMPDIR": self.scratch,
                "PYTHONDONTWRITEBYTECODE": "1",
                "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            },
        )
        self.notebooks: Notebooks = stage(self.edition)
        for path, notebook in self.notebooks.items():
            write_if_changed(tree / path, dump(notebook))
        compile_dir(
            tree / SOURCE,
            quiet=2,
            invalidation_mode=PycInvalidationMode.CHECKED_HASH,
        )
        self.database = database
        self.kept: dict[str, bytes] = {}
        self.own_server = own_server
        self.databases: list[str] = []
        self.process = self._start()
        self.sweep()

    def __enter__(self) -> Self:
        """Use the bench."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop the warm process, and leave the copy as it was."""
        self.restore()
        with suppress(BrokenPipeError):
            cast("Any", self.process.stdin).close()
        self.process.kill()
        self.process.wait()
        cast("Any", self.process.stdout).close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put other files in the place of the package's own.

        Args:
            files: Their contents by their paths in ``src``.
        """
        for path, content in files.items():
            place = self.edition.tree / SOURCE / path
            self.kept.setdefault(path, place.read_bytes())
            place.write_bytes(content)

    def mutated(self) -> dict[str, bytes]:
        """Give the files that are not the package's own now."""
        return {
            path: (self.edition.tree / SOURCE / path).read_bytes()
            for path in self.kept
        }

    def restore(self) -> None:
        """Put the package's own files back."""
        for path, content in self.kept.items():
            (self.edition.tree / SOURCE / path).write_bytes(content)
        self.kept.clear()

    def run(
        self, notebook: str, timeout: float, coverage: Path | None = None
    ) -> dict[str, Any]:
        """Run a notebook in a fork of the warm process.

        Args:
            notebook: Its name.
            timeout: After how many seconds it counts as hanging.
            coverage: A configuration under which to measure coverage.

        Returns:
            What `drift.worker.fork` returns.

        Raises:
            PressError: The warm process itself has ended.
        """
        reply = self._ask(
            name=notebook, timeout=timeout, coverage=str(coverage or "")
        )
        if reply["error"]:
            self.sweep()
        return reply

    def sweep(self) -> None:
        """Drop the databases that a stopped notebook has left behind.

        Raises:
            PressError: The server does not answer in time.
        """
        if not self.own_server:
            return
        keep = self.databases or None
        reply = self._ask(sweep=self.edition.url, keep=keep)
        if reply["names"] is None:
            raise PressError(
                f"The databases on {self.database} cannot be dropped."
            )
        if keep is None:
            self.databases = reply["names"]

    def _ask(self, **request: Any) -> dict[str, Any]:
        stdin = cast("Any", self.process.stdin)
        stdout = cast("Any", self.process.stdout)
        try:
            stdin.write(f"{json.dumps(request)}\n")
            stdin.flush()
            answer = stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise PressError(
                f"The process of bench {self.edition.name} ended by itself: "
                "see above."
            )
        reply: dict[str, Any] = json.loads(answer)
        return reply

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - our own module
            [
                *CHILD,
                *(CHILD[0], "-m", "drift.worker"),
                str(self.edition.tree),
            ],
            cwd=self.edition.tree,
            env=self.edition.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def on_all(
    benches: list[Bench], work: Callable[[Bench, T], R], items: Iterable[T]
) -> Iterator[tuple[T, R]]:
    """Share work out among benches, each of which does one thing at a time.

    Args:
        benches: The benches.
        work: What is to be done with each item on a bench.
        items: The items.

    Yields:
        Each item with what came out, in the order of completion.
    """
    idle: SimpleQueue[Bench] = SimpleQueue()
    for bench in benches:
        idle.put(bench)

    def one(item: T) -> R:
        bench = idle.get()
        try:
            return work(bench, item)
        finally:
            idle.put(bench)

    with ThreadPoolExecutor(len(benches)) as threads:
        waiting = {threads.submit(one, item): item for item in items}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            for bench in benches:  # what they run now ends at once
                bench.process.kill()
            raise
