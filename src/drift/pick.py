"""A pytest plugin: the tests on some databases, the likeliest ones first."""

import pytest

SLOW = (
    "test_api.py",
    "test_serve.py",
    "test_concurrency.py",
    "test_tables.py",
    "test_migrations.py",
    "test_drivers.py",
    "test_copy.py",
)
"""Files that start processes: they come last unless they are likely."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that say which tests, and in which order.

    Args:
        parser: Pytest's command line.
    """
    parser.addoption("--drift-databases", default="sqlite")
    parser.addoption("--drift-first", default="")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out the other databases, and put the likeliest files first.

    Args:
        config: Pytest's configuration.
        items: The tests, which are changed in place.
    """
    databases = config.getoption("--drift-databases").split(",")
    first = config.getoption("--drift-first").split(",")
    kept, left_out = [], []
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        asked = parameters.get("server_url", databases[0])
        (kept if asked in databases else left_out).append(item)

    def rank(item: pytest.Item) -> int:
        name = item.path.name
        return -1 if name in first else int(name in SLOW)

    items[:] = sorted(kept, key=rank)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
