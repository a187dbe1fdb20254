"""A pytest plugin: a line for each notebook, as soon as it is through."""

import io
import json
import textwrap
from collections.abc import Generator
from contextlib import redirect_stdout
from itertools import takewhile
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from press.book.notebook import code_cells, errors, read, tags
from press.system.terminal import say

TIMED_OUT = "A cell timed out"  # nbclient's words; the cell was interrupted


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that switches the plugin on."""
    parser.addoption(
        "--press-outcomes",
        type=Path,
        help="say a line per notebook, and write how each went to this file",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Put the press's lines in the place of pytest's own.

    Pytest's reporter keeps running, since other plugins talk to it, but what
    it says is kept for the case that pytest itself fails.
    """
    path = config.getoption("--press-outcomes")
    if path is None or hasattr(config, "workerinput"):
        return
    terminal = io.StringIO()
    plugins = config.pluginmanager
    plugins.unregister(name="terminalreporter")
    plugins.register(TerminalReporter(config, terminal), "terminalreporter")
    plugins.register(Progress(path, config.rootpath, terminal))


class Progress:
    """Says and keeps how each notebook went."""

    def __init__(self, path: Path, root: Path, terminal: io.StringIO) -> None:
        """Begin with nothing; `terminal` has what pytest would have said."""
        self.path = path
        self.root = root
        self.terminal = terminal
        self.outcomes: dict[str, dict[str, bool | float | str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say how a notebook went."""
        if report.when != "call" and not report.failed:
            return
        name = report.nodeid.partition("::")[0]
        self.outcomes[name] = {
            "passed": report.passed,
            "seconds": round(report.duration, 2),
        }
        failed = "" if report.passed else "  FAILED"
        say(f"  {name:<40} {report.duration:6.1f} s{failed}")
        if report.failed:
            place, error = describe_failure(
                self.root / name, str(report.longrepr)
            )
            self.outcomes[name]["error"] = error
            say(textwrap.indent(f"{place}{error}", "    "))

    @pytest.hookimpl(wrapper=True)
    def pytest_terminal_summary(self) -> Generator[None]:
        """Keep to ourselves what nbmake prints past pytest's reporter."""
        with redirect_stdout(self.terminal):
            return (yield)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write the outcomes; say all that pytest said if it failed itself."""
        self.path.write_text(json.dumps(self.outcomes, indent=1))
        if exitstatus > pytest.ExitCode.TESTS_FAILED:
            say(self.terminal.getvalue())


def describe_failure(path: Path, report: str) -> tuple[str, str]:
    """Tell where an executed notebook failed, and with what.

    That is the failing cell's number and source, and the error; or nothing,
    and the report's words, nbmake's, where no cell shows one, as when the
    kernel dies.
    """
    lines = report.splitlines()
    for number, cell in code_cells(read(path)):
        shown = errors(cell)
        if not shown or "raises-exception" in tags(cell):
            continue
        error = f"{shown[0].ename}: {shown[0].evalue}"
        timeouts = (line for line in lines if line.startswith(TIMED_OUT))
        source = textwrap.indent(cell.source, "    ")
        return f"cell {number}:\n{source}\n", next(timeouts, error)
    words = takewhile(lambda line: not line.startswith("  File"), lines)
    return "", "\n".join(words)
