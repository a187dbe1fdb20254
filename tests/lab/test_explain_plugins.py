"""Under a failure, pytest and IPython point at the error atlas."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

pytest_plugins = ["pytester"]

MESSAGE = "QueuePool limit of size 5 overflow 10 reached, connection timed out"
PAGE = "notebooks/errors/sessions.ipynb#queuepool-limit-of-size-5-"


@pytest.fixture
def shell():
    """Start an IPython without history."""
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    shell.run_line_magic("load_ext", "lab.explain_ipython")
    return shell


def failing(pytester, source, *options):
    """Run tests with the plugin, and give what they print."""
    pytester.makepyfile(source)
    # Other packages' plugins would be loaded by a process that has used them.
    return pytester.runpytest_inprocess(
        "--disable-plugin-autoload", "-p", "lab.explain_pytest", *options
    )


@pytest.mark.parametrize("options", [(), ("--tb=short",), ("--tb=native",)])
def test_pytest_points_at_the_entry(pytester, options):
    """A failure whose error is known ends with title, fix and place."""
    result = failing(
        pytester,
        f"def test_one():\n    raise TimeoutError({MESSAGE!r})",
        *options,
    )
    result.stdout.fnmatch_lines(["*- Error atlas -*", "QueuePool limit*"])
    result.stdout.fnmatch_lines([f"{PAGE}*"])


def test_pytest_points_where_a_module_cannot_be_imported(pytester):
    """An error at import is explained as well."""
    result = failing(pytester, f"raise TimeoutError({MESSAGE!r})")
    result.stdout.fnmatch_lines([f"{PAGE}*"])


def test_pytest_is_quiet_about_other_failures(pytester):
    """What the book does not know is reported as ever."""
    result = failing(
        pytester, "def test_one():\n    assert 1 == 2\ndef test_two(): pass"
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.no_fnmatch_line("*Error atlas*")


def test_ipython_points_at_the_entry(shell, capsys):
    """The place of the entry follows the traceback."""
    shell.run_cell(f"raise TimeoutError({MESSAGE!r})")
    traceback, _, told = capsys.readouterr().out.partition("Error atlas: ")
    assert "Traceback" in traceback
    assert told.startswith("QueuePool limit")
    assert PAGE in told


def test_ipython_is_quiet_about_the_rest(shell, capsys):
    """Neither an unknown error nor a cell that works is commented."""
    shell.run_cell("1 / 0")
    shell.run_cell("1 + 1")
    assert "Error atlas" not in capsys.readouterr().out


def test_ipython_extension_can_be_taken_out(shell, capsys):
    """After ``%unload_ext`` nothing is added."""
    shell.run_line_magic("unload_ext", "lab.explain_ipython")
    shell.run_cell(f"raise TimeoutError({MESSAGE!r})")
    assert "Error atlas" not in capsys.readouterr().out
