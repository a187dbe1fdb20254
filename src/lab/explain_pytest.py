"""A pytest plugin: under a failure, where the book explains its error.

Switch it on with ``pytest -p lab.explain_pytest``.
"""

from collections.abc import Generator

import pytest

from lab.explain import pointer


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[
    None, pytest.TestReport, pytest.TestReport
]:
    """Add a pointer to the report of a test that fails.

    Yields:
        Control to pytest, which makes the report.

    Returns:
        The report.
    """
    report = yield
    _point(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[
    None, pytest.CollectReport, pytest.CollectReport
]:
    """Add a pointer to the report of a module that cannot be imported.

    Yields:
        Control to pytest, which makes the report.

    Returns:
        The report.
    """
    report = yield
    _point(report)
    return report


def _point(report: pytest.TestReport | pytest.CollectReport) -> None:
    text = pointer(report.longreprtext) if report.failed else ""
    if text:
        report.sections.append(("Error atlas", text))
