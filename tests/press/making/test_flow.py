"""A whole book through the press, again and again as it changes."""

import re
from collections.abc import Callable

import pytest

from press.book.book import PressError, Run
from press.book.notebook import read
from press.book.stamp import source_hash, versions
from press.making import flow
from press.making.build import build
from press.making.stage import read_all, stage, write_if_changed

Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(run: Run) -> Edit:
    """Give a way to replace words in one of the book's files."""

    def replace(name: str, old: str, new: str) -> None:
        path = run.book.root / name
        content = path.read_text()
        assert old in content
        path.write_text(content.replace(old, new))

    return replace


@pytest.fixture
def executed(
    run: Run, capfd: pytest.CaptureFixture[str]
) -> Callable[[], dict[str, bool]]:
    """Give a way to prove the book and learn what was executed for it."""

    def prove() -> dict[str, bool]:
        flow.prove(run, read_all(run.book))
        lines = re.findall(
            r"notebooks/0.-(\w+)\S+ +(.*)", capfd.readouterr().out
        )
        return {name: how != "unchanged" for name, how in lines}

    return prove


def test_executed_once(
    run: Run, edit: Edit, executed: Callable[[], dict[str, bool]]
) -> None:
    """What changes decides what is executed again, and nothing else is."""
    assert executed() == {"still": True, "frog": True}
    assert executed() == {"still": False, "frog": False}
    edit("notebooks/02-frog.ipynb", "It jumps.", "It croaks.")
    edit("index.md", "The pond", "A pond")
    assert executed() == {"still": False, "frog": False}
    edit("notebooks/01-still.ipynb", "1 + 1", "2 + 2")
    assert executed() == {"still": True, "frog": False}
    edit("src/pond/__init__.py", "DEPTH = 2", "DEPTH = 3")
    assert executed() == {"still": True, "frog": True}

    flow.lay_out(run.book, read_all(run.book), [run])
    laid_out = read(run.book.source / "notebooks" / "02-frog.ipynb")
    stamp = laid_out.metadata.stamp
    assert stamp.source == source_hash(run.book.root)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", stamp.executed)
    assert stamp.versions == versions()
    assert "It croaks." in laid_out.cells[0].source
    assert laid_out.cells[-1].outputs[0].text == "deep: 3\n"


def test_site(run: Run, edit: Edit) -> None:
    """The site shows what was executed, and a failed run leaves it be."""
    index = flow.make(run.book, [run])
    frog = run.book.html / "notebooks" / "02-frog.html"
    depth = run.book.html / "book" / "depth.html"
    assert index == run.book.html / "index.html"
    assert "deep: 2" in frog.read_text()
    assert "DEPTH" in depth.read_text()
    assert "press-verdict" not in frog.read_text()

    # A text changes: its page does, with the outputs that were there.
    edit("notebooks/02-frog.ipynb", "It jumps.", "It croaks.")
    edit("book/depth.md", "two metres", "2 m")
    flow.make(run.book, [run])
    assert "It croaks." in frog.read_text()
    assert "deep: 2" in frog.read_text()
    assert "2 m deep" in depth.read_text()

    # An unchanged page links to what is gone: found, and found again.
    edit("book/depth.md", "(depth)=", "(deep)=")
    for _ in range(2):
        with pytest.raises(PressError, match=r"index\.md:3: WARNING: .*depth"):
            flow.make(run.book, [run])
    assert 'id="depth"' in depth.read_text()

    # A notebook fails: the site stays.
    edit("notebooks/02-frog.ipynb", "pond.DEPTH", "pond.DEEP")
    failed = r"Failed: notebooks/02-frog\.ipynb: AttributeError: .*DEEP"
    with pytest.raises(PressError, match=failed):
        flow.make(run.book, [run])
    assert "deep: 2" in frog.read_text()


def test_no_second_execution(run: Run) -> None:
    """A build that executes a notebook by itself fails, and is not shown."""
    book = run.book
    stage(book, book.source, read_all(book))
    config = book.source / "_config.yml"
    config.write_text(config.read_text().replace("'off'", "force"))
    toc = "format: jb-book\nroot: notebooks/01-still\n"
    (book.source / "_toc.yml").write_text(toc)
    notebook = book.sources()[0]
    copy = book.source / "notebooks" / notebook.name
    write_if_changed(copy, notebook.read_bytes())
    with pytest.raises(PressError, match="executed a notebook that had been"):
        build(book, run.variables)
    assert not book.html.exists()
