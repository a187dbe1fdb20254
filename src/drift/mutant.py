"""A mutant: one change of the source that a page should notice."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from drift.source import Edit

STRICT = frozenset(
    {"names", "signatures", "defaults", "statements", "exceptions"}
)
"""The kinds of which every mutant must be caught."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of the source.

    Attributes:
        kind: What kind of change it is.
        module: The module's dotted name.
        function: The function's or class's qualified name in the module.
        line: Where the change begins, counted from 1.
        what: What is changed into what, in a few words.
        edits: The change itself.
        lines: The lines that run where the change can be noticed; nothing
            where that is at import.
        words: The names under which notebooks would speak of it.
        unfollowed: The change without the package's own uses, for a name
            that no notebook speaks of: then only the package can use it.
        id: What names it from run to run, whatever else is edited.
    """

    kind: str
    module: str
    function: str
    line: int
    what: str
    edits: tuple[Edit, ...]
    lines: frozenset[int] = frozenset()
    words: tuple[str, ...] = ()
    unfollowed: tuple[Edit, ...] = ()
    id: str = ""


def numbered(mutants: Iterable[Mutant]) -> Iterator[Mutant]:
    """Give each mutant an id, and leave out those that repeat a change.

    Args:
        mutants: The mutants.

    Yields:
        The same, named by place, kind and change, and by a number where
        these are the same.
    """
    seen: set[frozenset[Edit]] = set()
    names: Counter[str] = Counter()
    for mutant in mutants:
        change = frozenset(mutant.edits)
        if change in seen:
            continue
        seen.add(change)
        place = ":".join(filter(None, (mutant.module, mutant.function)))
        name = f"{place}:{mutant.kind}:{mutant.what}"
        names[name] += 1
        if names[name] > 1:
            name = f"{name} #{names[name]}"
        yield replace(mutant, id=name)
