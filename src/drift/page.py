"""The page with the scores: ``book/drift.md``, made of the numbers."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from drift.report import TOGETHER

TITLES = {
    "regressions": "Realistic regressions of the bank",
    "mutants": "Generic mutants of the bank",
    "planted": "Faults planted elsewhere",
    "harmless": "Harmless changes",
}
ABOUT = {
    "regressions": "Each is a change that a sensible person might make.",
    "mutants": (
        "Each is one small change drawn at random: a comparison is flipped,"
        " a constant changed, a statement removed, an argument dropped, a"
        " test negated. Some of them change nothing that anybody could see."
    ),
    "planted": "Each is in a lesson, a page, the configuration or the lab.",
    "harmless": "Nothing should notice these.",
}
HEAD = """\
# Broken on purpose

<!-- `python -m drift --publish` writes this page. -->
"""
ASKED = (
    "The code is broken on purpose, one change at a time, and {judges} judge"
    " the broken copies. A judge that fails has noticed. The numbers below say"
    " what was noticed on the day they were measured. They are no proof that"
    " another mistake would be noticed, and no program reads what a sentence"
    " means."
)


def page(numbers: Mapping[str, Any]) -> str:
    """Write the page, of what `drift.report` has put into plain data."""
    return "\n".join(_lines(numbers))


def _lines(numbers: Mapping[str, Any]) -> Iterator[str]:
    yield HEAD
    judges = _judges(numbers["scores"])
    yield f"{textwrap.fill(ASKED.format(judges=judges), 79)}\n"
    databases = ", ".join(numbers["databases"])
    yield f"Measured on {numbers['date']}, on {databases}."
    for kind, title in TITLES.items():
        scores = [x for x in numbers["scores"] if x["kind"] == kind]
        if not scores:
            continue
        yield f"\n## {title}\n\n{ABOUT[kind]}\n"
        yield "| judge | noticed | tried | share |\n|---|---:|---:|---:|"
        for each in scores:
            tried = each["tried"]
            share = f"{100 * each['noticed'] / tried:.0f} %" if tried else "-"
            cells = (each["judge"], each["noticed"], tried, share)
            yield f"| {' | '.join(map(str, cells))} |"
        yield from _listed(kind, numbers["changes"])
    yield ""


def _judges(scores: list[dict[str, Any]]) -> str:
    """Name the judges that were asked, for a sentence."""
    titles = [each["judge"] for each in scores if each["tried"]]
    names = [
        f"the {title.removeprefix('the ')}"
        for title in dict.fromkeys(titles)
        if title != TOGETHER
    ]
    *others, last = names or ["no judges"]
    return f"{', '.join(others)} and {last}" if others else last


def _listed(kind: str, changes: list[dict[str, Any]]) -> Iterator[str]:
    """List what went otherwise than it should."""
    of_kind = [x for x in changes if x["kind"] == kind]
    untried = sum(x["untried"] for x in of_kind)
    if untried:
        yield f"\nThere was no time to try {untried} more."
    wrong = [
        x
        for x in of_kind
        if not x["untried"] and x["noticed"] == (kind == "harmless")
    ]
    if not wrong:
        return
    yield f"\n{'Noticed' if kind == 'harmless' else 'Unnoticed'}:\n"
    for each in wrong:
        name, intent = each["name"].replace("_", " "), each["intent"]
        if each["reason"]:
            why = f": {each['reason']}"
        elif kind == "harmless":
            why = f": {intent}"
        else:
            why = f', planted with the excuse "{intent}"'
        yield f"- {name}{why}".replace("`", "")
