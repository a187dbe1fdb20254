"""Changes to the project's files, kept as data or generated."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

DATA = Path(__file__).parent
KINDS = {
    "regressions": "regressions/*.toml",
    "planted": "planted/*.toml",
    "harmless": "harmless.toml",
}
"""The kinds that are kept as data, each with its files."""


class PatchError(ValueError):
    """A change does not fit the files it is for."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement of text.

    Lessons are rewritten often: for them, a pattern says what is replaced,
    by its first match in the first of some files that has one.
    """

    file: str  # from the project's root; a glob where it has a pattern
    before: str = ""  # stands there exactly once
    after: str = ""
    pattern: str = ""  # a regular expression, instead of `before`


@dataclass(frozen=True, slots=True)
class Patch:
    """A change: one or several edits that belong together."""

    name: str  # in words joined by hyphens
    kind: str  # one of `KINDS`, or "mutants"
    intent: str  # why a sensible person might write it
    edits: tuple[Edit, ...]
    states: str = ""  # the page or docstring that states what it breaks
    where: str = ""  # what kind of file a planted fault is in
    gate: str = ""  # notices a planted fault: "lint", "book" or some tests
    noticed: bool = True  # whether anything is expected to notice it
    reason: str = ""  # why nothing has to notice it, where that is so

    @property
    def files(self) -> set[str]:
        """The files that it changes, or their globs."""
        return {edit.file for edit in self.edits}

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits that stand for what it changes."""
        content = json.dumps([asdict(edit) for edit in self.edits])
        digest = hashlib.sha256(f"{content}{self.gate}".encode())
        return digest.hexdigest()[:12]


def kept(kind: str) -> Iterator[Patch]:
    """Read the changes of one of the `KINDS` that are kept as data."""
    for path in sorted(DATA.glob(KINDS[kind])):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for entry in content["patch"]:
            edits = tuple(Edit(**edit) for edit in entry.pop("edits"))
            yield Patch(kind=kind, edits=edits, **entry)


def apply(patch: Patch, root: Path) -> dict[str, bytes]:
    """Change the files under a folder: the project's root, or a copy of it.

    Returns:
        What the files that were changed had before.

    Raises:
        PatchError: A file is missing, or does not have the text once. Then
            nothing is changed.
    """
    texts = _texts(patch, root)
    originals = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in texts
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return originals


def fits(patch: Patch, root: Path) -> bool:
    """Tell whether a change can be made: its text may have been rewritten."""
    try:
        _texts(patch, root)
    except PatchError:
        return False
    return True


def _texts(patch: Patch, root: Path) -> dict[Path, str]:
    """Give the new content of each file that a change is for."""
    texts: dict[Path, str] = {}
    for edit in patch.edits:
        path, text = _edited(edit, root, texts, patch.name)
        texts[path] = text
    return texts


def _edited(
    edit: Edit, root: Path, texts: Mapping[Path, str], name: str
) -> tuple[Path, str]:
    """Find the file that an edit is for, and its new content."""
    found = 0
    for path in sorted(root.glob(edit.file)):
        text = texts.get(path) or path.read_text(encoding="utf-8")
        if edit.pattern:
            changed, found = re.subn(edit.pattern, edit.after, text, count=1)
        else:
            changed = text.replace(edit.before, edit.after)
            found = text.count(edit.before)
        if found == 1:
            return path, changed
    raise PatchError(
        f"{name}: {edit.file} has this {found} times, not once:\n"
        f"{edit.before or edit.pattern}"
    )
