"""Try changes on scratch copies, a worker per core, within some time."""

import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from drift.judges import JUDGES
from drift.outcome import Outcome, Verdicts
from drift.patch import Patch, fits
from drift.scene import Scene
from drift.tree import broken, copy, digest, tracked
from press.book.book import Run
from press.system.terminal import say

FOR_EVER = float("inf")


@dataclass(slots=True)
class Bench:
    """Where changes are tried."""

    root: Path  # the project's
    runs: Sequence[Run]  # of the notebooks, one on each database
    variables: Mapping[str, str]  # for tests; they name the servers
    asked: Sequence[str]  # the judges of changes of the bank
    workers: int = 1  # how many changes are tried at once
    files: list[str] = field(init=False)
    verdicts: Verdicts = field(init=False)
    states: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Name the state of what each judge looks at."""
        self.files = tracked(self.root)
        kept = self.root / ".stage" / "drift" / "verdicts.json"
        self.verdicts = Verdicts(kept)
        databases = ",".join(run.database for run in self.runs)
        self.states = {
            name: f"{name} {databases} "
            + digest(self.root, self.files, judge.looks_at)
            for name, judge in JUDGES.items()
        }

    def red(self, patches: Sequence[Patch]) -> str:
        """Judge the project as it is, as far as some changes need it.

        Returns:
            What is red without any change; nothing where all is well.
        """
        needed = {
            (judge, patch.gate)
            for patch in patches
            for judge in self.judges_of(patch)
        }
        whole = [
            Patch("the project as it is", judge, "", (), gate=gate)
            for judge, gate in sorted(needed)
            if gate != "book"  # its lessons are judged anyway
        ]
        found = (x.verdicts[x.patch.kind] for x in self.run(whole))
        return next(filter(None, found), "")

    def run(
        self, patches: Sequence[Patch], deadline: float = FOR_EVER
    ) -> list[Outcome]:
        """Try changes, some at once, until a time of ``time.monotonic``.

        Returns:
            How each went, in the same order.
        """
        with (
            tempfile.TemporaryDirectory(prefix="drift-") as folder,
            ThreadPoolExecutor(self.workers) as workers,
        ):

            def attempt(patch: Patch) -> Outcome:  # each thread has its copy
                place = Path(folder) / threading.current_thread().name
                return self.attempt(patch, place, deadline)

            return list(workers.map(attempt, patches))

    def judges_of(self, patch: Patch) -> Sequence[str]:
        """Tell who is asked about a change: a planted fault has its gate."""
        if patch.kind in JUDGES:  # the project as it is
            return [patch.kind]
        return ["gates"] if patch.kind == "planted" else self.asked

    def attempt(self, patch: Patch, place: Path, deadline: float) -> Outcome:
        """Ask all judges of a change, apart from each other.

        Args:
            patch: The change.
            place: The folder of a scratch copy, used again and again.
            deadline: When to ask nobody any more.
        """
        keys = {
            judge: f"{self.states[judge]} {patch.key}"
            for judge in self.judges_of(patch)
        }
        verdicts = {
            judge: self.verdicts.known.get(key) for judge, key in keys.items()
        }
        missing = [judge for judge, x in verdicts.items() if x is None]
        if missing and time.monotonic() < deadline and fits(patch, self.root):
            copy(self.root, self.files, place)
            with broken(patch, place) as changed:
                scene = Scene(place, patch, changed, self.runs, self.variables)
                for judge in missing:
                    if time.monotonic() < deadline:
                        verdict = JUDGES[judge].ask(scene)
                        verdicts[judge] = verdict
                        self.verdicts.keep(keys[judge], verdict)
        outcome = Outcome(patch, verdicts)
        say(f"  {patch.kind:<12} {patch.name:<48} {outcome.by}")
        return outcome
