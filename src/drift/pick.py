"""A pytest plugin: the tests on some databases, the slow ones last."""

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
"""Files that start processes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says which databases."""
    parser.addoption("--drift-databases", default="sqlite")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out the other databases, and put the slow files last."""
    databases = config.getoption("--drift-databases").split(",")
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        asked = parameters.get("server_url", databases[0])
        (kept if asked in databases else left_out).append(item)

    items[:] = sorted(kept, key=lambda item: item.path.name in SLOW)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
