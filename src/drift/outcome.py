"""How changes went, in this run and in earlier ones."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from drift.patch import Patch


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a change went.

    Attributes:
        patch: The change.
        verdicts: By judge: what noticed it, nothing where nothing did, and
            None where there was no time to try.
    """

    patch: Patch
    verdicts: Mapping[str, str | None]

    @property
    def noticed(self) -> bool:
        """Whether any judge noticed it."""
        return any(self.verdicts.values())

    @property
    def untried(self) -> bool:
        """Whether a judge may still notice it that was not asked."""
        return not self.noticed and None in self.verdicts.values()


@dataclass(slots=True)
class Verdicts:
    """Verdicts of earlier runs, which hold as long as nothing changes."""

    path: Path
    known: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Read what is kept."""
        if self.path.exists():
            self.known = json.loads(self.path.read_text(encoding="utf-8"))

    def keep(self, key: str, verdict: str) -> None:
        """Keep a verdict at once, so that a run that is ended loses none.

        Args:
            key: What the verdict is about.
            verdict: What noticed it, or nothing.
        """
        with self.lock:
            self.known[key] = verdict
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(self.known, indent=0), "utf-8")
            fresh.replace(self.path)


def in_words(outcome: Outcome) -> str:
    """Say how a change went.

    Returns:
        What noticed it, or that nothing did, or that it was not tried.
    """
    if outcome.noticed:
        return ", ".join(filter(None, outcome.verdicts.values()))
    return "untried" if outcome.untried else "unnoticed"
