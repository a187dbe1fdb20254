"""The lines to paste keep the rules that the lessons teach."""

import ast

import pytest

from press.book.notebook import read
from tests.book import ROOT

PROGRAMS = sorted(
    [
        *(ROOT / "notebooks").rglob("*.ipynb"),
        *(ROOT / "book/examples").glob("*.py"),
    ]
)
WRITING = (
    *("add(", "add_all(", "delete(", "merge("),
    *("execute(insert(", "execute(update(", "execute(delete("),
)
BLOCKING = ("hashlib.", "requests.", "subprocess.", "time.sleep")
WIDE = {"BaseException", "Exception"}


def program(path):
    """Parse what a notebook hands over, or an example."""
    if path.suffix == ".py":
        return ast.parse(path.read_text())
    sources = [
        cell.source
        for cell in read(path).cells
        if "paste" in cell.metadata.get("tags", [])
    ]
    return ast.parse("\n".join(python(source) for source in sources))


def python(source):
    """Give a cell's Python; one that writes another file has none."""
    first, _, rest = source.partition("\n")
    if not first.startswith("%%"):
        return source
    return rest if first.endswith(".py") else ""


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_rules_are_kept(path):
    """What readers copy commits, closes, does not block, and hides nothing."""
    assert list(faults(program(path))) == []


@pytest.mark.parametrize(
    "broken",
    [
        "make = async_sessionmaker(engine)",
        "async def get():\n  yield 1\nGet = Depends(get)",
        "async def f():\n  async with make() as s:\n    s.add(user)",
        "async def f():\n  async with make() as s:\n    s.execute(delete(U))",
        "async def f():\n  time.sleep(1)",
        "def slow():\n  hashlib.scrypt()\nasync def f():\n  slow()",
        "engine = create_async_engine(url)",
        "try:\n  f()\nexcept Exception:\n  pass",
    ],
)
def test_what_breaks_a_rule_is_found(broken):
    """Each rule finds what breaks it."""
    assert list(faults(ast.parse(broken)))


def test_programs_promise_what_they_print():
    """A cell that runs a program says in its metadata what that prints."""
    cells = [
        (path.stem, cell)
        for path in PROGRAMS
        if path.suffix == ".ipynb"
        for cell in read(path).cells
        if cell.source == "await main()"
    ]
    assert cells
    assert [
        name for name, cell in cells if "prints" not in cell.metadata
    ] == []


def faults(tree):
    """Find what breaks a rule of the lessons in a program."""
    text = ast.unparse(tree)
    if "create_async_engine(" in text and ".dispose()" not in text:
        yield "it never disposes of its engine"
    nodes = list(ast.walk(tree))
    dependencies = {
        each.name
        for each in nodes
        if isinstance(each, ast.AsyncFunctionDef)
        and any(isinstance(part, ast.Yield) for part in ast.walk(each))
    }
    slow = (
        *BLOCKING,
        *(
            f"{each.name}("
            for each in nodes
            if isinstance(each, ast.FunctionDef) and blocks(each, BLOCKING)
        ),
    )
    for node in nodes:
        match node:
            case ast.Call():
                yield from of_call(node, dependencies)
            case ast.AsyncWith() if writes(node):
                yield f"never commits: {ast.unparse(node)}"
            case ast.AsyncFunctionDef() if blocks(node, slow):
                yield f"{node.name} blocks the event loop"
            case ast.ExceptHandler(type=ast.Name(name)) if name in WIDE:
                if not any(isinstance(x, ast.Raise) for x in ast.walk(node)):
                    yield f"except {name} hides every error"


def of_call(call, dependencies):
    """Find an argument that a call should have."""
    named = {each.arg: ast.unparse(each.value) for each in call.keywords}
    match call:
        case ast.Call(func=ast.Name("async_sessionmaker")):
            if named.get("expire_on_commit") != "False":
                yield "objects expire at the commit"
        case ast.Call(func=ast.Name("Depends"), args=[ast.Name(name)]):
            if name in dependencies and named.get("scope") != "'function'":
                yield f"{name} ends after the response"


def blocks(function, slow):
    """Tell whether a function makes a call that takes its time."""
    return any(
        ast.unparse(each).startswith(slow)
        for each in ast.walk(function)
        if isinstance(each, ast.Call)
    )


def writes(block):
    """Tell whether a block writes in a session that it never commits."""
    text = ast.unparse(block)
    for item in block.items:
        match item:
            case ast.withitem(ast.Call(func=ast.Name()), ast.Name(name)):
                wrote = any(f"{name}.{start}" in text for start in WRITING)
                if wrote and f"{name}.commit()" not in text:
                    return True
    return False
