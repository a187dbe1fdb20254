"""A pytest plugin: under a failure, where the book explains its error.

Switch it on with ``pytest -p lab.explain_pytest``.
"""

from collections.abc import Generator

import pytest

from lab.explain import pointer

Report = pytest.TestReport | pytest.CollectReport


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Report, Report]:
    """Add a pointer to the report of a test that fails.

    Yields:
        Control to pytest, which makes the report.

    Returns:
        The report.
    """
    report = yield
    text = pointer(report.longreprtext) if report.failed else ""
    if text:
        report.sections.append(("Error atlas", text))
    return report


# The same for a module that cannot be imported.
pytest_make_collect_report = pytest_runtest_makereport
