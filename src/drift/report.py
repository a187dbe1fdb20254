"""What was measured: a table, a file of numbers, and a status."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from drift.judges import JUDGES
from drift.outcome import Outcome

NOTICED, UNNOTICED, UNTRIED = 0, 1, 2
TOGETHER = "together"
MUST = ("regressions", "planted")
"""Every one of these has to be noticed, but those with a reason."""


@dataclass(frozen=True, slots=True)
class Score:
    """How many changes of a kind a judge noticed."""

    kind: str
    judge: str  # its title
    noticed: int
    tried: int
    total: int


def scores(outcomes: Sequence[Outcome]) -> Iterator[Score]:
    """Count, by kind, for each judge and for all together."""
    for kind in dict.fromkeys(outcome.patch.kind for outcome in outcomes):
        of_kind = [x for x in outcomes if x.patch.kind == kind]
        judges = of_kind[0].verdicts
        for judge in judges:
            verdicts = [x.verdicts[judge] for x in of_kind]
            noticed = sum(map(bool, verdicts))
            tried = sum(x is not None for x in verdicts)
            title = JUDGES[judge].title
            yield Score(kind, title, noticed, tried, len(of_kind))
        if len(judges) > 1:
            noticed = sum(x.noticed for x in of_kind)
            tried = sum(not x.untried for x in of_kind)
            yield Score(kind, TOGETHER, noticed, tried, len(of_kind))


def exit_status(outcomes: Sequence[Outcome], least: float) -> int:
    """Say in a number how a run went.

    Args:
        outcomes: How each change went.
        least: The per cent of mutants that have to be noticed.

    Returns:
        1 where a regression or a planted fault went unnoticed that has no
        reason to, where a harmless change was noticed, or where too few
        mutants were; or else 2 where something was not tried; or else 0.
    """
    tried = [x for x in outcomes if not x.untried]
    missed = [x for x in tried if not x.noticed and x.patch.noticed]
    mutants = [x for x in tried if x.patch.kind == "mutants"]
    noticed = sum(x.noticed for x in mutants)
    if (
        any(x.patch.kind in MUST for x in missed)
        or any(x.patch.kind == "harmless" and x.noticed for x in tried)
        or 100 * noticed < least * len(mutants)
    ):
        return UNNOTICED
    return UNTRIED if len(tried) < len(outcomes) else NOTICED


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Write the scores, and what asks for a look, for the terminal."""
    yield f"{'':<14}{'':<22}{'noticed':>8}{'tried':>8}{'of':>6}"
    for x in scores(outcomes):
        share = (
            f"{100 * x.noticed / x.tried:.0f} %" if x.tried else "none tried"
        )
        yield (
            f"{x.kind:<14}{x.judge:<22}{x.noticed:>8}{x.tried:>8}{x.total:>6}"
            f"  {share}"
        )
    for outcome in outcomes:
        patch = outcome.patch
        if outcome.untried:
            yield f"untried: {patch.kind}: {patch.name}"
        elif patch.kind == "harmless" and outcome.noticed:
            yield f"noticed, though harmless: {patch.name}: by {outcome.by}"
        elif patch.kind != "harmless" and not outcome.noticed:
            reason = f" ({patch.reason})" if patch.reason else ""
            yield f"unnoticed: {patch.kind}: {patch.name}{reason}"


def numbers(
    outcomes: Sequence[Outcome], about: Mapping[str, Any]
) -> dict[str, Any]:
    """Put everything that was measured into plain data, for a file in JSON.

    Args:
        outcomes: How each change went.
        about: What the run was: its databases, its ``date``, its seed.
    """
    return {
        **about,
        "scores": [asdict(score) for score in scores(outcomes)],
        "changes": [
            {
                "name": outcome.patch.name,
                "kind": outcome.patch.kind,
                "noticed": outcome.noticed,
                "untried": outcome.untried,
                "intent": outcome.patch.intent,
                "reason": outcome.patch.reason,
                "verdicts": dict(outcome.verdicts),
            }
            for outcome in outcomes
        ],
    }
