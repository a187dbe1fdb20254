"""The gate as a whole, on a book of another package."""

import json
import re
import subprocess
from typing import Any

import pytest

from drift import gate, report
from drift.judge import Verdict
from drift.settings import Reasons, read_settings
from press.book.book import Book, PressError
from press.book.notebook import dump, read
from press.gates.stored import normal
from press.system.environment import environment

FROG = "notebooks/02-frog.ipynb"


@pytest.fixture(autouse=True)
def without_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find no server installed: the pond needs none."""
    for name in ("POSTGRESQL", "MYSQL"):
        monkeypatch.delenv(f"TEST_{name}_URL", raising=False)
    monkeypatch.delenv("REQUIRE_DATABASES", raising=False)
    monkeypatch.setattr("servers.find", lambda _: None)


def edit(book: Book, old: str, new: str, name: str = FROG) -> None:
    """Replace a piece of a file, or of a notebook's code."""
    path = book.root / name
    if path.suffix != ".ipynb":
        content = path.read_text()
        assert old in content
        path.write_text(content.replace(old, new))
        return
    notebook = read(path)
    assert any(old in cell.source for cell in notebook.cells)
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
    path.write_bytes(normal(dump(notebook)))


def results(book: Book) -> dict[str, Any]:
    """Read what a whole run has published."""
    found: dict[str, Any] = json.loads((book.root / "drift.json").read_text())
    return found


def git(book: Book, *arguments: str) -> None:
    """Run git in a book's folder."""
    author = ("-c", "user.name=frog", "-c", "user.email=frog@example.com")
    subprocess.run(
        ["git", *author, *arguments],  # noqa: S607 - from PATH
        cwd=book.root,
        check=True,
        capture_output=True,
    )


def test_weak_lesson(pond: Book, capsys: pytest.CaptureFixture[str]) -> None:
    """What a lesson no longer claims is named, by its place, and published."""
    edit(pond, "    assert type(error) is TooDeep\n", "")
    with pytest.raises(PressError, match=r"1 of .* statements and exceptions"):
        gate.check_all(pond, environment())
    said = capsys.readouterr().out
    source = (pond.root / "src" / "pond" / "__init__.py").read_text()
    number = source[: source.index("raise TooDeep")].count("\n") + 1
    assert f"unnoticed: pond:{number} Frog.dive: TooDeep(f'The pond" in said
    assert "is a PondError [exceptions]; reached by 02-frog\n" in said
    assert re.search(r"  pond\.Frog\.dive: \d+ caught, 1 survived\n", said)
    assert re.search(r"02-frog: .* caught here first, 1 survived\n", said)
    assert "postgresql is not installed." in said
    [survivor] = results(pond)["survivors"]
    assert survivor["place"] == f"pond:{number}"
    assert survivor["outcome"] == "survived"


def test_reasons(pond: Book) -> None:
    """A reason lets a mutant pass only if it exists and goes unnoticed."""
    reasons = pond.root / "reasons.toml"
    name = "pond:Frog.dive:bodies:returns None"
    reasons.write_text(f'[equivalent]\n"{name}" = "Nobody dives."\n')
    with pytest.raises(PressError, match=f"lists {name}, but {FROG} notices"):
        gate.check_all(pond, environment())
    reasons.write_text('[accepted]\n"pond:Toad" = "No toad."\n')
    with pytest.raises(
        PressError, match=r"lists what is no mutant .*pond:Toad"
    ):
        gate.check_all(pond, environment())


def test_failing_lesson(pond: Book) -> None:
    """A lesson that fails by itself stops the gate, and nothing is said."""
    edit(pond, "assert frog.dive() == 1", "assert frog.dive() == 2")
    with pytest.raises(PressError, match=r"frog.ipynb fails without any mut"):
        gate.check_all(pond, environment())
    assert not (pond.root / "drift.json").exists()


def test_brittle_lesson(pond: Book) -> None:
    """A lesson that minds a harmless change fails the gate."""
    brittle = "import inspect\n\nassert '# below' in inspect.getsource(pond)"
    edit(pond, "assert pond.DEPTH == 2", brittle)
    with pytest.raises(PressError, match=r"minds a harmless change \(format"):
        gate.check_all(pond, environment())


def test_deaf_lesson(pond: Book) -> None:
    """A lesson that passes even without the package fails the gate."""
    deaf = "try:\n    import pond\nexcept RuntimeError:\n    pass"
    edit(pond, "1 + 1", deaf, "notebooks/01-still.ipynb")
    with pytest.raises(PressError, match=r"01-still.ipynb does not notice"):
        gate.check_all(pond, environment())


def test_changes(pond: Book, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the mutants of what has changed since a commit are tried."""
    git(pond, "init", "-q")
    git(pond, "add", ".")
    git(pond, "commit", "-qm", "Dig a pond")
    gate.check_changes(pond, environment())
    assert "No mutant is concerned" in capsys.readouterr().out
    edit(pond, "sorted(", "sorted(  ", "src/pond/__init__.py")
    gate.check_changes(pond, environment())
    said = capsys.readouterr().out
    assert "\nTrying 6 mutants on sqlite\n" in f"\n{said}"
    assert "6 of 6 mutants noticed" in said
    git(pond, "commit", "-qam", "Dig deeper")
    gate.check_changes(pond, environment())
    assert "No mutant is concerned" in capsys.readouterr().out
    gate.check_changes(pond, environment(), "HEAD~1")
    assert "6 of 6 mutants noticed" in capsys.readouterr().out


def test_all(pond: Book, capsys: pytest.CaptureFixture[str]) -> None:
    """A full score is published; a lesson that changes must keep it up."""
    git(pond, "init", "-q")
    git(pond, "add", ".")
    git(pond, "commit", "-qm", "Dig a pond")
    gate.check_all(pond, environment())
    found = results(pond)
    assert {tuple(of) for of in found["kinds"].values()} == {("caught",)}
    assert found["survivors"] == []
    count = sum(of["caught"] for of in found["kinds"].values())
    assert found["lessons"] == {FROG: {"caught": count, "reached": count}}
    assert set(found["caught"].values()) == {FROG}

    edit(pond, "assert names(frogs=both) ==", "names(frogs=both);")
    with pytest.raises(PressError, match="go unnoticed: a page claims too"):
        gate.check_changes(pond, environment())
    said = capsys.readouterr().out
    assert "names: sorted() dropped [statements]; reached by 02-f" in said
    assert f"{count - 5} of {count} mutants noticed" in said


def test_notebook_that_noticed_last(pond: Book) -> None:
    """A published run tells what to try first; a later one knows better."""
    opened = gate.Gate(pond, read_settings(pond), {}, Reasons())
    assert opened.last == {}
    published = {"dive": "a.ipynb", "swim": "b.ipynb"}
    (pond.root / "drift.json").write_text(json.dumps({"caught": published}))
    assert opened.last == published
    verdicts = {
        "dive": Verdict("caught", notebook="c.ipynb"),
        "swim": Verdict("survived"),
    }
    report.keep(opened.kept, verdicts)
    assert opened.last == {"dive": "c.ipynb", "swim": "b.ipynb"}


def test_unknown_commit(pond: Book) -> None:
    """A commit that git does not know is named."""
    git(pond, "init", "-q")
    with pytest.raises(PressError, match=r"git cannot tell .*toad"):
        gate.check_changes(pond, environment(), "toad")


def test_no_table(book: Book) -> None:
    """A book without settings for the gate is told which it needs."""
    with pytest.raises(PressError, match=r"no 'package' in \[tool.press.dri"):
        gate.check_all(book, environment())
