"""What a run of the gate found: kept for the next one, said, and published."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from drift.judge import Verdict
from drift.mutant import STRICT, Mutant
from drift.settings import Reasons

ENOUGH = 0.95  # of the mutants whose kind is not in STRICT
FORMAT = 1
OUTCOMES = ("caught", "survived", "not reached", "equivalent")

Verdicts = Mapping[str, Verdict]


def keep(path: Path, verdicts: Verdicts) -> None:
    """Keep verdicts for the next run, beside those that it has not tried.

    Args:
        path: The file.
        verdicts: The verdicts by the mutants' ids.
    """
    known = asdicts(kept(path)) | asdicts(verdicts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, indent=1))


def kept(path: Path) -> dict[str, Verdict]:
    """Read what `keep` wrote.

    Args:
        path: The file.

    Returns:
        The verdicts by the mutants' ids; none without a file.
    """
    if not path.exists():
        return {}
    return {
        name: Verdict(**each | {"reached": tuple(each["reached"])})
        for name, each in json.loads(path.read_text()).items()
    }


def asdicts(verdicts: Verdicts) -> dict[str, dict[str, Any]]:
    """Write verdicts as JSON can hold them."""
    return {name: asdict(each) for name, each in verdicts.items()}


def missed(
    mutants: Iterable[Mutant], verdicts: Verdicts, reasons: Reasons
) -> list[Mutant]:
    """List the mutants that no notebook notices, equivalent ones aside.

    Args:
        mutants: The mutants that were tried.
        verdicts: Their verdicts.
        reasons: Which change nothing, and which are accepted.

    Returns:
        The mutants.
    """
    return [
        mutant
        for mutant in mutants
        if mutant.id not in reasons.equivalent
        and verdicts[mutant.id].outcome != "caught"
    ]


def new(lacking: Iterable[Mutant], reasons: Reasons) -> list[Mutant]:
    """List which of the unnoticed mutants nobody may accept, or has.

    Args:
        lacking: The unnoticed mutants.
        reasons: Which change nothing, and which are accepted.

    Returns:
        The mutants.
    """
    return [
        mutant
        for mutant in lacking
        if mutant.kind in STRICT or mutant.id not in reasons.accepted
    ]


def score(
    mutants: list[Mutant], verdicts: Verdicts, reasons: Reasons
) -> Iterator[str]:
    """Hold a whole run to the bars.

    Args:
        mutants: All mutants.
        verdicts: Their verdicts.
        reasons: Which change nothing, and which are accepted.

    Yields:
        A sentence for each bar that is missed.
    """
    counted = [each for each in mutants if each.id not in reasons.equivalent]
    lacking = missed(mutants, verdicts, reasons)
    of = Counter(mutant.kind in STRICT for mutant in counted)
    without = Counter(mutant.kind in STRICT for mutant in lacking)
    if without[True]:
        yield (
            f"{without[True]} of {of[True]} changed names, signatures, "
            "defaults, statements and exceptions go unnoticed: all must be "
            "noticed."
        )
    caught = of[False] - without[False]
    if caught < ENOUGH * of[False]:
        yield (
            f"{caught} of {of[False]} other mutants are noticed: "
            f"{ENOUGH:.0%} must be."
        )
    unexplained = [
        each for each in new(lacking, reasons) if each.kind not in STRICT
    ]
    if unexplained:
        yield (
            f"{len(unexplained)} of the other mutants go unnoticed without "
            "a reason."
        )


def describe(mutant: Mutant, verdict: Verdict) -> str:
    """Say where a mutant is, what it is, and which lessons could tell.

    Args:
        mutant: The mutant.
        verdict: Its verdict.

    Returns:
        A line.
    """
    place = f"{mutant.module}:{mutant.line}"
    if mutant.function:
        place += f" {mutant.function}"
    reached = ", ".join(Path(name).stem for name in verdict.reached)
    reach = f"; reached by {reached}" if reached else "; reached by none"
    return f"{place}: {mutant.what} [{mutant.kind}]{reach}"


def by_function_and_lesson(
    mutants: list[Mutant], verdicts: Verdicts, reasons: Reasons
) -> Iterator[str]:
    """Tell what became of mutants, by function and by lesson.

    Args:
        mutants: The mutants that were tried.
        verdicts: Their verdicts.
        reasons: Which change nothing, and which are accepted.

    Yields:
        A line for each function, and one for each lesson.
    """
    outcome = _outcomes(mutants, verdicts, reasons)
    for name, of in sorted(_by_function(mutants, outcome).items()):
        said = ", ".join(
            f"{of[each]} {each}" for each in OUTCOMES if each in of
        )
        yield f"{name}: {said}"
    for name, of in sorted(_lessons(verdicts, outcome).items()):
        yield (
            f"{Path(name).stem}: {of.get('reached', 0)} reached, "
            f"{of.get('caught', 0)} caught here first, "
            f"{of.get('survived', 0)} survived"
        )


def published(
    mutants: list[Mutant],
    verdicts: Verdicts,
    reasons: Reasons,
    made_of: Mapping[str, Any],
) -> str:
    """Write the outcome of a whole run for the site.

    Args:
        mutants: All mutants.
        verdicts: Their verdicts.
        reasons: Which change nothing, and which are accepted.
        made_of: ``source``, ``versions`` and what else tells the run's
            circumstances.

    Returns:
        JSON: the counts by kind, by lesson and by function, and each mutant
        that was not caught. Its keys are sorted, so that two runs compare.
    """
    by_id = {mutant.id: mutant for mutant in mutants}
    outcome = _outcomes(mutants, verdicts, reasons)
    content = {
        "format": FORMAT,
        "date": datetime.now(UTC).date().isoformat(),
        **made_of,
        "kinds": _counts(
            (by_id[name].kind, of) for name, of in outcome.items()
        ),
        "functions": _by_function(mutants, outcome),
        "lessons": _lessons(verdicts, outcome),
        "caught": {
            name: verdicts[name].notebook
            for name, of in outcome.items()
            if of == "caught"
        },
        "survivors": [
            {
                "id": name,
                "kind": by_id[name].kind,
                "place": f"{by_id[name].module}:{by_id[name].line}",
                "what": by_id[name].what,
                "outcome": of,
                "reached": list(verdicts[name].reached),
                "reason": reasons.accepted.get(name, ""),
            }
            for name, of in outcome.items()
            if of in {"survived", "not reached"}
        ],
        "equivalents": reasons.equivalent,
    }
    return f"{json.dumps(content, indent=1, sort_keys=True)}\n"


def _outcomes(
    mutants: list[Mutant], verdicts: Verdicts, reasons: Reasons
) -> dict[str, str]:
    """Tell what became of each mutant, by its id."""
    return {
        mutant.id: "equivalent"
        if mutant.id in reasons.equivalent
        else verdicts[mutant.id].outcome
        for mutant in mutants
    }


def _by_function(
    mutants: list[Mutant], outcome: Mapping[str, str]
) -> dict[str, dict[str, int]]:
    """Count what became of the mutants of each function."""
    return _counts(
        (
            ".".join(filter(None, (mutant.module, mutant.function))),
            outcome[mutant.id],
        )
        for mutant in mutants
    )


def _counts(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for key, outcome in pairs:
        counted.setdefault(key, Counter())[outcome] += 1
    return {key: dict(of) for key, of in counted.items()}


def _lessons(
    verdicts: Verdicts, outcome: Mapping[str, str]
) -> dict[str, dict[str, int]]:
    """Count what each lesson can notice, notices first, and nobody does."""

    def pairs() -> Iterator[tuple[str, str]]:
        for name, of in outcome.items():
            verdict = verdicts[name]
            for lesson in verdict.reached:
                yield lesson, "reached"
                if of == "survived":
                    yield lesson, of
            if of == "caught":
                yield verdict.notebook, of

    return _counts(pairs())
