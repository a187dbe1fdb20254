"""The page with the scores: ``book/drift.md``, made of the numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

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

The code is broken on purpose, one change at a time, and three judges are
asked about each broken copy: the lessons, the bank's own notebooks, and the
unit tests. A judge that fails has noticed. The numbers below say what was
noticed on the day they were measured. They are no proof that another mistake
would be noticed, and no program reads what a sentence means.
"""


def page(numbers: Mapping[str, Any]) -> str:
    """Write the page.

    Args:
        numbers: What was measured, as `drift.report` puts it.

    Returns:
        The page, in Markdown.
    """
    return "\n".join(_lines(numbers))


def _lines(numbers: Mapping[str, Any]) -> Iterator[str]:
    yield HEAD
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
        why = each["reason"] or each["intent"]
        yield f"- {each['name'].replace('_', ' ')}: {why}".replace("`", "")
