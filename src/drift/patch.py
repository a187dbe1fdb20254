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

    Attributes:
        file: The file, from the project's root; a glob where it has a
            pattern.
        before: What stands there, exactly once.
        after: What is to stand there.
        pattern: Instead of `before`: a regular expression, whose first match
            in the first of the files is meant. Lessons are rewritten often.
    """

    file: str
    before: str = ""
    after: str = ""
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Patch:
    """A change: one or several edits that belong together.

    Attributes:
        name: What it is called, in words joined by hyphens.
        kind: ``regressions``, ``planted``, ``harmless`` or ``mutants``.
        intent: Why a sensible person might write it.
        edits: The edits.
        states: The page or docstring that states what the change breaks.
        where: What kind of file a planted fault is in.
        gate: What has to notice a planted fault: ``lint``, ``book`` or the
            path of tests.
        noticed: Whether anything is expected to notice it.
        reason: Why nothing has to notice it, where that is so.
    """

    name: str
    kind: str
    intent: str
    edits: tuple[Edit, ...]
    states: str = ""
    where: str = ""
    gate: str = ""
    noticed: bool = True
    reason: str = ""

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
    """Read the changes that are kept as data.

    Args:
        kind: One of `KINDS`.

    Yields:
        Each change.
    """
    for path in sorted(DATA.glob(KINDS[kind])):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for entry in content["patch"]:
            edits = tuple(Edit(**edit) for edit in entry.pop("edits"))
            yield Patch(kind=kind, edits=edits, **entry)


def apply(patch: Patch, root: Path) -> dict[str, bytes]:
    """Change the files under a folder.

    Args:
        patch: The change.
        root: The project's root, or a copy of it.

    Returns:
        What the files that were changed had before.

    Raises:
        PatchError: A file is missing, or does not have the text once. Then
            nothing is changed.
    """
    texts: dict[Path, str] = {}
    for edit in patch.edits:
        path, text = _edited(edit, root, texts, patch.name)
        texts[path] = text
    originals = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in texts
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return originals


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
            changed, found = (
                text.replace(edit.before, edit.after),
                text.count(edit.before),
            )
        if found == 1:
            return path, changed
    raise PatchError(
        f"{name}: {edit.file} has this {found} times, not once:\n"
        f"{edit.before or edit.pattern}"
    )
