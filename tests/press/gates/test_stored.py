"""The normal form of stored notebooks."""

import json

import pytest

from press.book.book import Book, PressError
from press.book.notebook import read
from press.gates.stored import check, normal, normalise
from tests.press.samples import code, notebook, text


def stored(**changes: object) -> dict[str, object]:
    """Give a notebook as an editor might leave it."""
    content = notebook(text("# Pond"), code("1"), code("2"))
    return {**json.loads(json.dumps(content)), **changes}


def test_outputs() -> None:
    """Outputs, counts and editors' own metadata go, the rest stays."""
    content = notebook(code("1", tags=["a"], scrolled=True, execution={}))
    content.cells[0].execution_count = 7
    content.cells[0].outputs = [
        {"output_type": "stream", "name": "stdout", "text": "1"}
    ]
    (cell,) = json.loads(normal(json.dumps(content).encode()))["cells"]
    assert cell == {
        "cell_type": "code",
        "execution_count": None,
        "id": "cell-0",
        "metadata": {"tags": ["a"]},
        "outputs": [],
        "source": ["1"],
    }


def test_kernel() -> None:
    """Every notebook names the same kernel and no version of Python."""
    language = {"name": "python", "version": "3.11.0"}
    content = stored(metadata={"language_info": language, "title": "Pond"})
    metadata = json.loads(normal(json.dumps(content).encode()))["metadata"]
    assert metadata["language_info"] == {"name": "python"}
    assert metadata["kernelspec"]["name"] == "python3"
    assert metadata["title"] == "Pond"


def test_identities() -> None:
    """Missing and repeated identities are replaced, the others kept."""
    content = stored()
    for cell, identity in zip(
        content["cells"],  # type: ignore[call-overload]  # JSON has no types
        ("pond", None, "pond"),
        strict=True,
    ):
        cell["id"] = identity
    cells = json.loads(normal(json.dumps(content).encode()))["cells"]
    assert [cell["id"] for cell in cells] == ["pond", "cell-2", "cell-3"]


def test_stable() -> None:
    """The normal form of the normal form is itself, and ends in a newline."""
    once = normal(json.dumps(stored()).encode())
    assert normal(once) == once
    assert once.endswith(b"}\n")


def test_check_and_mend(book: Book) -> None:
    """A notebook that is not in its normal form is named, and fixed."""
    assert list(check(book)) == []
    path = book.sources()[1]
    content = path.read_bytes()
    path.write_text(json.dumps(json.loads(content)))
    (finding,) = check(book)
    assert finding.startswith("notebooks/02-frog.ipynb is not stored in its")
    assert normalise(book) == [path]
    assert path.read_bytes() == content
    assert normalise(book) == []


@pytest.mark.parametrize("content", ["{", "{}", '{"cells": [{}]}'])
def test_no_notebook(book: Book, content: str) -> None:
    """A file that holds no notebook is named, and not touched."""
    path = book.sources()[0]
    path.write_text(content)
    with pytest.raises(PressError, match=f"^{path} is not a notebook"):
        normalise(book)
    with pytest.raises(PressError, match=f"^{path} is not a notebook"):
        read(path)
    assert path.read_text() == content
