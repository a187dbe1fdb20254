"""Two runs with the lock, and one with newer versions."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

from press.book.notebook import dump
from press.gates.compare import main
from press.making.execute import prepared
from tests.press.samples import code, notebook, text


def run(folder: Path, lock: str, *shown: str | NotebookNode) -> Path:
    """Write a notebook whose cells showed these, and the lock."""
    cells = [text("# Pond")]
    for what in shown:
        cell = code("look()")
        if isinstance(what, str):
            what = new_output("stream", name="stdout", text=what)  # noqa: PLW2901 - a shorthand
        cell.outputs = [what]
        cells.append(cell)
    executed = prepared(notebook())
    executed.cells = [*notebook(*cells).cells, *executed.cells]
    path = folder / "notebooks" / "01-pond.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(dump(executed))
    (folder / "requirements.lock").write_text(lock)
    return folder


def compared(
    folder: Path,
    first: Sequence[str | NotebookNode],
    again: Sequence[str | NotebookNode],
    newest: Sequence[str | NotebookNode],
) -> int:
    """Compare three runs."""
    return main(
        [
            str(run(folder / "first", "pond==1 \\\nfrog==4\n", *first)),
            str(run(folder / "again", "pond==1 \\\nfrog==4\n", *again)),
            str(run(folder / "newest", "pond==2 \\\nfrog==4\n", *newest)),
        ]
    )


def test_a_changed_output_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report has the notebook, the cell, the lines and the version."""
    same = ["wet\n", "deep\n2 m\n"]
    assert compared(tmp_path, same, same, ["wet\n", "deep\n3 m\n"]) == 1
    said = capsys.readouterr().out
    assert "notebooks/01-pond.ipynb, cell 2:" in said
    assert "    - 2 m\n    + 3 m\n" in said
    assert "- pond: 1 → 2" in said
    assert "wet" not in said
    assert "frog" not in said


def test_what_varies_by_itself_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Times and pictures are not reported, and a line beside them is."""
    first, again, newest = (
        [
            f"took {number} s\n",
            new_output("display_data", {"image/png": picture}),
        ]
        for number, picture in enumerate(("QQ==", "QQ==", "Qg=="))
    )
    assert compared(tmp_path / "a", first, again, newest) == 0
    assert "All cells show the same" in capsys.readouterr().out
    first, again, newest = (
        [f"took {number} s\nwet\n"] for number in (1, 2, 3)
    )
    assert compared(tmp_path / "b", first, again, newest) == 0
    assert compared(tmp_path / "c", first, again, ["took 4 s\ndry\n"]) == 1
    assert "    - wet\n    + dry\n" in capsys.readouterr().out


@pytest.mark.parametrize("newest", ["wet\n", "wet\ndeep\nold\n"])
def test_a_line_more_or_less_is_named(tmp_path: Path, newest: str) -> None:
    """Outputs of another length differ."""
    same = ["wet\ndeep\n"]
    assert compared(tmp_path, same, same, [newest]) == 1


def test_an_error_in_other_words_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error's type and message are compared as well."""
    old, new = (
        new_output("error", ename="Splash", evalue=words, traceback=[])
        for words in ("too deep", "too wet")
    )
    assert compared(tmp_path, [old], [old], [new]) == 1
    assert "    - Splash: too deep\n" in capsys.readouterr().out
