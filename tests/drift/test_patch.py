"""Changes that are kept as data."""

import ast
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from drift.patch import KINDS, Edit, Patch, PatchError, apply, kept
from drift.tree import copy, tracked

ROOT = Path(__file__).parent.parent.parent
PATCHES = [patch for kind in KINDS for patch in kept(kind)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project."""
    place = tmp_path_factory.mktemp("project")
    copy(ROOT, tracked(ROOT), place)
    return place


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.name)
def test_every_change_fits_the_project(patch: Patch, place: Path):
    """Each edit applies, exactly once, and leaves files that can be read."""
    originals = apply(patch, place)
    for name, content in originals.items():
        text = (place / name).read_text(encoding="utf-8")
        (place / name).write_bytes(content)
        assert text.encode() != content
        if name.endswith(".py"):
            ast.parse(text)
        if name.endswith(".ipynb"):
            json.loads(text)


def test_changes_are_named_and_explained():
    """Each has a name of its own, its intent, and who states the right way."""
    names = Counter(patch.name for patch in PATCHES)
    assert [name for name, number in names.items() if number > 1] == []
    for patch in PATCHES:
        assert re.fullmatch(r"[a-z0-9-]+", patch.name)
        assert patch.intent.endswith(".")
        assert patch.states or patch.kind != "regressions"
        assert patch.gate or patch.kind != "planted"
        assert patch.noticed or patch.reason


@pytest.mark.parametrize("text", ["", "one two one"])
def test_an_edit_that_does_not_fit_changes_nothing(tmp_path: Path, text: str):
    """A text that is not there once is refused, before anything is written."""
    (tmp_path / "a.py").write_text("good")
    (tmp_path / "b.py").write_text(text)
    edits = Edit("a.py", "good", "bad"), Edit("b.py", "one", "three")
    patch = Patch("a-name", "regressions", "", edits)
    with pytest.raises(PatchError, match=r"^a-name: b\.py has this"):
        apply(patch, tmp_path)
    assert (tmp_path / "a.py").read_text() == "good"
