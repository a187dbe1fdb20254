"""What a notebook's key is made of, and what it is not."""

from dataclasses import replace

from press.book.book import Run
from press.making.keys import kept_key, notebook_key, state_key
from tests.press.samples import code, notebook, staged, text


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
