"""Execution: what a notebook's key is made of, and what it is not."""

from dataclasses import replace

import pytest

from press.book.book import Edition, PressError
from press.making.execute import (
    Outcomes,
    execute,
    kept_key,
    kernel_profile,
    notebook_key,
    prepared,
    state_key,
    verdict,
)
from press.making.stage import stage
from tests.press.samples import code, notebook, text


def test_notebook_key() -> None:
    """Code and metadata are in a notebook's key, its text is not."""
    key = notebook_key(notebook(text("# One"), code("1")), "state")
    assert notebook_key(notebook(text("# Two"), code("1")), "state") == key
    others = [
        notebook_key(notebook(code("2")), "state"),
        notebook_key(notebook(code("1"), code("1")), "state"),
        notebook_key(notebook(code("1", tags=["allow-stderr"])), "state"),
        notebook_key(notebook(code("1"), execution={"timeout": 9}), "state"),
        notebook_key(notebook(code("1")), "other state"),
    ]
    assert len({key, *others}) == 6


def test_state_key(edition: Edition) -> None:
    """The package, the lock, the edition and its server are in the key."""
    root = edition.book.root
    postgresql = replace(edition, name="postgresql")
    keys = []
    for change in (
        lambda: None,
        lambda: (root / "src" / "pond" / "__init__.py").write_text("\n"),
        lambda: (root / "src" / "pond" / "frog.py").write_text("\n"),
        lambda: (root / "requirements.lock").write_text("pond==2\n"),
    ):
        change()
        stage(edition)
        keys.append(state_key(edition))
    stage(postgresql)
    keys += [
        state_key(replace(postgresql, variables={"DATABASE_URL": url}))
        for url in ("postgresql+asyncpg://one", "postgresql+asyncpg://two")
    ]
    keys += [
        state_key(replace(postgresql, server=server))
        for server in ("postgres 15", "postgres 16")
    ]
    assert len(set(keys)) == len(keys)


def test_state_key_of_a_server_of_one_run(edition: Edition) -> None:
    """A server known by its program may have another URL every time."""
    stage(edition)
    one, two = (
        replace(
            edition,
            name="postgresql",
            variables={"DATABASE_URL": f"postgresql+asyncpg://{port}"},
            server="postgres 15",
        )
        for port in (1, 2)
    )
    assert state_key(one) == state_key(two)


def test_state_key_of_prose(edition: Edition) -> None:
    """A page is not in the key, and neither is the place of an SQLite file."""
    stage(edition)
    key = state_key(edition)
    (edition.book.root / "index.md").write_text("# Other\n")
    stage(edition)
    elsewhere = {"DATABASE_URL": "sqlite+aiosqlite:///elsewhere.db"}
    assert state_key(replace(edition, variables=elsewhere)) == key


def test_kept_key(edition: Edition) -> None:
    """A notebook that was never executed has no key to match."""
    assert not kept_key(edition.executed / "01-still.ipynb")


def test_verdict() -> None:
    """A notebook whose watch was not asked has no verdict."""
    content = prepared(notebook(code("1")))
    assert content.cells[-1].source.endswith("await watch.verdict()")
    assert verdict(content) is None


def test_profile(edition: Edition) -> None:
    """Kernels are told to load the watch and to keep no history."""
    path = kernel_profile(edition) / "profile_default"
    content = (path / "ipython_kernel_config.json").read_text()
    assert '"extensions": ["press.making.watch"]' in content


def test_broken_run(edition: Edition) -> None:
    """A run that pytest cannot begin is told with pytest's own words."""
    notebooks = stage(edition)
    variables = {**edition.variables, "PYTEST_PLUGINS": "no_such_plugin"}
    with pytest.raises(PressError, match="no_such_plugin"):
        execute(replace(edition, variables=variables), notebooks)


def test_code_changed(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs of code that changed meanwhile are not kept."""
    notebooks = stage(edition)

    def run(edition: Edition, names: dict[str, str]) -> Outcomes:
        (edition.book.root / "src" / "pond" / "frog.py").write_text("\n")
        return {name: {"passed": True} for name in names}

    monkeypatch.setattr("press.making.execute.run_staged", run)
    with pytest.raises(PressError, match="The code changed while the noteb"):
        execute(edition, notebooks)
    assert not edition.executed.exists()
