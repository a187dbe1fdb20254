"""Execution: what a notebook's key is made of, and what it is not."""

from dataclasses import replace

import pytest

from press.book.book import PressError, Run
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


def test_state_key(run: Run) -> None:
    """The package, the lock, the run and its server are in the key."""
    root = run.book.root
    postgresql = replace(run, database="postgresql")
    keys = []
    for change in (
        lambda: None,
        lambda: (root / "src" / "pond" / "__init__.py").write_text("\n"),
        lambda: (root / "src" / "pond" / "frog.py").write_text("\n"),
        lambda: (root / "requirements.lock").write_text("pond==2\n"),
    ):
        change()
        staged(run)
        keys.append(state_key(run))
    staged(postgresql)
    keys += [
        state_key(replace(postgresql, variables={"DATABASE_URL": url}))
        for url in ("postgresql+asyncpg://one", "postgresql+asyncpg://two")
    ]
    keys += [
        state_key(replace(postgresql, server=server))
        for server in ("postgres 15", "postgres 16")
    ]
    assert len(set(keys)) == len(keys)


def test_state_key_of_a_server_of_one_run(run: Run) -> None:
    """A server known by its program may have another URL every time."""
    staged(run)
    one, two = (
        replace(
            run,
            database="postgresql",
            variables={"DATABASE_URL": f"postgresql+asyncpg://{port}"},
            server="postgres 15",
        )
        for port in (1, 2)
    )
    assert state_key(one) == state_key(two)


def test_state_key_of_prose(run: Run) -> None:
    """A page is not in the key, and neither is the place of an SQLite file."""
    staged(run)
    key = state_key(run)
    (run.book.root / "index.md").write_text("# Other\n")
    staged(run)
    elsewhere = {"DATABASE_URL": "sqlite+aiosqlite:///elsewhere.db"}
    assert state_key(replace(run, variables=elsewhere)) == key


def test_kept_key(run: Run) -> None:
    """A notebook that was never executed has no key to match."""
    assert not kept_key(run.executed / "01-still.ipynb")


def test_verdict() -> None:
    """A notebook whose watch was not asked has no verdict."""
    content = prepared(notebook(code("1")))
    assert content.cells[-1].source.endswith("await watch.verdict()")
    assert verdict(content) is None


def test_profile(run: Run) -> None:
    """Kernels are told to load the watch and to keep no history."""
    path = kernel_profile(run) / "profile_default"
    content = (path / "ipython_kernel_config.json").read_text()
    assert '"extensions": ["press.making.watch"]' in content


def test_broken_run(run: Run) -> None:
    """A run that pytest cannot begin is told with pytest's own words."""
    notebooks = staged(run)
    variables = {**run.variables, "PYTEST_PLUGINS": "no_such_plugin"}
    with pytest.raises(PressError, match="no_such_plugin"):
        execute(replace(run, variables=variables), notebooks)


def test_code_changed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs of code that changed meanwhile are not kept."""
    notebooks = staged(run)

    def run(run: Run, names: dict[str, str]) -> Outcomes:
        (run.book.root / "src" / "pond" / "frog.py").write_text("\n")
        return {name: {"passed": True} for name in names}

    monkeypatch.setattr("press.making.execute.run_staged", run)
    with pytest.raises(PressError, match="The code changed while the noteb"):
        execute(run, notebooks)
    assert not run.executed.exists()
