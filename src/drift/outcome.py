"""How changes went, in this run and in earlier ones."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
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

    @property
    def by(self) -> str:
        """What noticed it, or why there is nothing to name."""
        if self.noticed:
            return ", ".join(filter(None, self.verdicts.values()))
        return "untried" if self.untried else "unnoticed"


class Verdicts:
    """Verdicts of earlier runs, which hold as long as nothing changes."""

    def __init__(self, path: Path) -> None:
        """Read what a file keeps, if it is there."""
        self.known: dict[str, str] = (
            json.loads(path.read_text("utf-8")) if path.exists() else {}
        )
        self._path = path
        self._lock = threading.Lock()

    def keep(self, key: str, verdict: str) -> None:
        """Keep a verdict at once, so that a run that is ended loses none."""
        with self._lock:
            self.known[key] = verdict
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self.known, indent=0), "utf-8")
            fresh.replace(self._path)
