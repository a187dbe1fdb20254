"""The contract, shown by notebooks that break it in one way each."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from nbformat import NotebookNode

from press.book.book import Book, Run
from press.book.notebook import dump, read
from press.making.check import check, of_executed, of_source
from press.making.execute import execute, prepared
from press.system.environment import environment
from tests.press.samples import code, notebook, staged, text

ENGINE = code("""
    from pathlib import Path
    from tempfile import mkdtemp

    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    folder = mkdtemp()
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder}/pond.db")
""")
SELECT = code("""
    async with engine.connect() as connection:
        print(await connection.scalar(text("select 1")))
""")
CONNECT = code("""
    connection = await engine.connect()
    print(await connection.scalar(text("select 1")))
""")
DISPOSE = code("await engine.dispose()")
JUMP = code("""
    import asyncio

    async def jump():
        raise ValueError("too deep")
""")
TURN = code("await asyncio.sleep(0.01)")
DIVIDE = {"type": "ZeroDivisionError", "message": "by zero"}

ENGINE_OPEN = (
    r", cell 2: opens an engine for sqlite\+aiosqlite:///.*/pond.db that is "
    r"never disposed of \(connections still open: 1\)."
)
LOST = r"loses a task's exception \(ValueError: too deep\)\."

# What each notebook does, and all that the check must say of it.
PLANTED: dict[str, tuple[NotebookNode, list[str]]] = {
    "wrong-name": (
        notebook(text("# The pond\n\nCall `leap_high`."), code("jump = 1")),
        [r", text cell cell-0: names 'leap_high', which neither"],
    ),
    "good": (
        notebook(
            ENGINE,
            SELECT,
            code("1 / 0", tags=["raises-exception"], raises=DIVIDE),
            code(
                "import sys; print('splash', file=sys.stderr)",
                tags=["allow-stderr"],
            ),
            JUMP,
            code("""
                for task in (asyncio.create_task(jump()),):
                    try:
                        await task
                    except ValueError as error:
                        print(error)
            """),
            code("""
                import gc
                import warnings

                with warnings.catch_warnings(record=True) as heard:
                    warnings.simplefilter("always")
                    jump()
                    gc.collect()
                assert "never awaited" in str(heard[0].message)
            """),
            code("shell = asyncio.Future.__new__(asyncio.Future)"),
            DISPOSE,
        ),
        [],
    ),
    "engine-undisposed": (notebook(ENGINE, SELECT), [ENGINE_OPEN]),
    "engine-dropped": (
        notebook(
            ENGINE,
            SELECT,
            code("del engine, connection"),
            code("import gc; gc.collect();"),
        ),
        [ENGINE_OPEN],
    ),
    "connection-out": (
        notebook(ENGINE, CONNECT, DISPOSE),
        [r", cell 2: leaves a connection to sqlite.*pond.db checked out\."],
    ),
    "connection-dropped": (
        notebook(
            ENGINE,
            CONNECT,
            code("import gc; del connection; gc.collect();"),
            DISPOSE,
        ),
        [
            ", cell 3: writes to stderr .*: The garbage collector .*",
            r", cell 3: leaves a connection checked out\.",
        ],
    ),
    "coroutine-dropped": (
        notebook(JUMP, code("jump();"), code("None")),
        [
            ", cell 2: writes to stderr .* 'jump' was never awaited",
            r", cell 2: never awaits the coroutine jump\.",
        ],
    ),
    "coroutine-kept": (
        notebook(JUMP, code("jump()")),
        [r" never awaits the coroutine jump\."],
    ),
    "task-dropped": (
        notebook(JUMP, code("asyncio.create_task(jump());"), TURN),
        [rf", cell [23]: {LOST}"],
    ),
    "task-kept": (
        notebook(JUMP, code("task = asyncio.create_task(jump())"), TURN),
        [f" {LOST}"],
    ),
    "task-pending": (
        notebook(
            code("""
                import asyncio

                nap = asyncio.create_task(asyncio.sleep(60), name="nap")
            """),
            code("""
                import gc

                asyncio.create_task(asyncio.Event().wait())
                await asyncio.sleep(0)
                gc.collect();
            """),
        ),
        [
            ", cell 2: writes to stderr .*: Task was destroyed but .*",
            r", cell 2: has asyncio say: Task was destroyed but it is p.*\.",
            r" leaves the task nap pending\.",
        ],
    ),
    "promises": (
        notebook(
            code("1 / 0", tags=["raises-exception"]),
            code(
                "1 / 0",
                tags=["raises-exception"],
                raises={"type": "ZeroDivisionError"},
            ),
            code("1 / 1", raises=DIVIDE),
            code("1 / 1", tags=["raises-exception"], raises=DIVIDE),
            code("{}[0]", tags=["raises-exception"], raises=DIVIDE),
            code(
                "1 / 0",
                tags=["raises-exception"],
                raises=DIVIDE | {"message": "infinite"},
            ),
        ),
        [
            ", cell 1: is tagged raises-exception without saying what .*",
            ", cell 2: is tagged raises-exception without saying what .*",
            ", cell 3: promises an error but lacks the tag .*",
            r", cell 3: promises ZeroDivisionError but raises nothing\.",
            r", cell 4: promises ZeroDivisionError but raises nothing\.",
            r", cell 5: promises ZeroDivisionError but raises KeyError\.",
            r", cell 6: .* with 'infinite', but its message is '.*zero'\.",
        ],
    ),
    "programs": (
        notebook(
            code("print('6 frogs\\n2 ponds')", prints=r"\d frogs\n2 ponds"),
            code("print('6 frogs and a toad')", prints="6 frogs"),
            code("depth = 2", prints="6 frogs"),
        ),
        [
            ", cell 2: promises to print '6 frogs', but .* and a toad'",
            r", cell 3: promises to print '6 frogs', but prints ''\.",
        ],
    ),
    "odd-cells": (
        notebook(
            code("import sys; print('splash', file=sys.stderr)"),
            code("1", tags=["skip-execution"]),
            code("depth = 2", nbmake={"mock": {"depth": 3}}),
            code(""),
        ),
        [
            r", cell 2: is tagged skip-execution, so nothing checks it\.",
            ", cell 3: has nbmake metadata, .*",
            r", cell 4: is empty\.",
            ", cell 1: writes to stderr without the tag allow-stderr: splash",
            r", cell 2: was not executed\.",
        ],
    ),
    "errors-allowed": (
        notebook(code("1 / 0"), execution={"allow_errors": True}),
        [
            r" sets execution\.allow_errors, .*",
            ", cell 1: raises ZeroDivisionError, which it does not promise.",
        ],
    ),
    "failed": (
        notebook(code("depth = 2"), code("assert depth == 3, depth")),
        [],
    ),
    "kernel-dead": (notebook(code("import os; os._exit(1)")), []),
    "too-slow": (
        notebook(code("import time; time.sleep(9)"), execution={"timeout": 1}),
        [],
    ),
}


# What is said of those that fail.
FAILED = {
    "failed": """\
    cell 2:
        assert depth == 3, depth
    AssertionError: 2""",
    "kernel-dead": """\
    NBMAKE INTERNAL ERROR
    Kernel died""",
    "too-slow": """\
    cell 1:
        import time; time.sleep(9)
    A cell timed out while it was being executed, after 1 seconds.""",
}


@pytest.fixture
def planted(tmp_path: Path) -> Run:
    """Write a book of all planted notebooks, which leave nothing in /tmp."""
    (tmp_path / "_config.yml").touch()
    temporary = tmp_path / "temporary"
    for folder in (tmp_path / "notebooks", temporary):
        folder.mkdir()
    for name, (content, _) in PLANTED.items():
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        path.write_bytes(dump(content))
    variables = environment() | {"TMPDIR": str(temporary)}
    return Run(Book(tmp_path), "sqlite", variables)


def test_contract(
    planted: Run,
    subtests: pytest.Subtests,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Each planted notebook is found out, and the good one passes."""
    notebooks = staged(planted)
    failed = execute(planted, notebooks)
    with subtests.test("failed"):
        assert list(failed) == [f"notebooks/{name}.ipynb" for name in FAILED]
        for words, error in zip(FAILED.values(), failed.values(), strict=True):
            assert dedent(words).endswith(error)
        said = capfd.readouterr().out
        for words in FAILED.values():
            assert f"FAILED\n{words}\n" in said
    findings = check(planted, notebooks, left_out=failed)
    for name, (_, expected) in PLANTED.items():
        prefix = f"notebooks/{name}.ipynb"
        of_notebook = [
            finding.removeprefix(prefix)
            for finding in findings
            if finding.startswith(prefix)
        ]
        with subtests.test(name):
            assert len(of_notebook) == len(expected), of_notebook
            for pattern, finding in zip(expected, of_notebook, strict=True):
                assert re.match(pattern, finding), (pattern, finding)
    with subtests.test("what is kept"):
        kept = {path.stem for path in planted.executed.glob("*/*")}
        assert kept == {"good", "wrong-name"}


def test_outputs_stored(run: Run) -> None:
    """A notebook that is stored with outputs is found before it is run."""
    path = run.book.sources()[0]
    content = read(path)
    content.cells[1].execution_count = 1
    assert list(of_source(content)) == [
        ", cell 1: is stored with outputs; `make format` drops them."
    ]


def test_unwatched() -> None:
    """A copy without the watch's verdict is not taken for a clean one."""
    content = prepared(notebook(code("1")))
    assert list(of_executed(content))[-1] == (
        " was executed without the watch, so nobody knows what it left."
    )
