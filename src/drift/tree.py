"""Scratch copies of the project, each broken in one place at a time."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from drift.patch import Patch, apply
from press.making.stage import write_if_changed
from press.system.git import git


def tracked(root: Path) -> list[str]:
    """List the files of a git repository, but those that git ignores."""
    options = ("--cached", "--others", "--exclude-standard", "-z")
    names = git(root, "ls-files", *options, check=True).split("\0")
    return sorted(name for name in names if (root / name).is_file())


def changed_since(root: Path, revision: str) -> set[str]:
    """List the files of the bank that differ from a revision of git's."""
    names = git(
        root, "diff", "--name-only", revision, "--", "src/bank", check=True
    )
    return set(names.split())


def digest(
    root: Path, files: Iterable[str], beginnings: tuple[str, ...]
) -> str:
    """Name the state of those files whose paths have some beginnings."""
    made = hashlib.sha256()
    for name in files:
        if name.startswith(beginnings):
            made.update(name.encode())
            made.update(hashlib.sha256((root / name).read_bytes()).digest())
    return made.hexdigest()[:12]


def copy(root: Path, files: Iterable[str], place: Path) -> None:
    """Bring a scratch copy up to date, but for what tools made in it."""
    wanted = set(files)
    for name in wanted:
        if write_if_changed(place / name, (root / name).read_bytes()):
            (place / name).chmod((root / name).stat().st_mode)
            _forget(place / name)
    for name in _made_of(place) - wanted:
        (place / name).unlink()


@contextmanager
def broken(patch: Patch, place: Path) -> Iterator[list[str]]:
    """Break a scratch copy for the time of the context.

    Yields:
        The files that were changed.
    """
    originals = apply(patch, place)
    try:
        for name in originals:
            _forget(place / name)
        yield sorted(originals)
    finally:
        for name, content in originals.items():
            (place / name).write_bytes(content)
            _forget(place / name)


def _made_of(place: Path) -> set[str]:
    """List a copy's files in the folders that the project has."""
    found = (
        path
        for folder in ("book", "notebooks", "src", "tests")
        for path in (place / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    return {path.relative_to(place).as_posix() for path in found}


def _forget(path: Path) -> None:
    """Drop bytecode, which Python takes for current within a second."""
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()
