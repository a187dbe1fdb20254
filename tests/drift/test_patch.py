"""Changes that are kept as data."""

import ast
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from drift.patch import KINDS, Edit, Patch, PatchError, apply, fits, kept
from drift.tree import copy, tracked

ROOT = Path(__file__).parent.parent.parent
PATCHES = [patch for kind in KINDS for patch in kept(kind)]


def test_a_change_leaves_files_that_can_be_read(tmp_path: Path):
    """No judge notices a change because it is no Python, or no notebook.

    One whose text was rewritten is left aside: `make drift` names it.
    """
    copy(ROOT, tracked(ROOT), tmp_path)
    for patch in PATCHES:
        if not fits(patch, tmp_path):
            continue
        for name, content in apply(patch, tmp_path).items():
            text = (tmp_path / name).read_text(encoding="utf-8")
            (tmp_path / name).write_bytes(content)
            assert text.encode() != content, patch.name
            if name.endswith(".py"):
                ast.parse(text, patch.name)
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
    assert not fits(patch, tmp_path)
    with pytest.raises(PatchError, match=r"^a-name: b\.py has this"):
        apply(patch, tmp_path)
    assert (tmp_path / "a.py").read_text() == "good"
