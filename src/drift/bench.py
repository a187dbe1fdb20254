"""Try changes on scratch copies, a worker per core, within some time."""

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from drift.judges import JUDGES
from drift.outcome import Outcome, Verdicts, in_words
from drift.patch import Patch
from drift.scene import Scene
from drift.tree import broken, copy, digest, tracked
from press.book.book import Run
from press.system.terminal import say

NOTHING = Patch("the project as it is", "baseline", "", ())


@dataclass(slots=True)
class Bench:
    """Where changes are tried.

    Attributes:
        root: The project's root.
        runs: A run of the notebooks on each database.
        variables: The environment for tests, which names the servers.
        asked: Who is asked about changes of the bank.
        seconds: For how long changes are tried.
        workers: How many changes are tried at once.
    """

    root: Path
    runs: Sequence[Run]
    variables: Mapping[str, str]
    asked: Sequence[str] = ("lessons", "bank", "tests")
    seconds: float = float("inf")
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    files: list[str] = field(init=False)
    verdicts: Verdicts = field(init=False)
    states: dict[str, str] = field(init=False)
    deadline: float = field(init=False)

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
        self.deadline = time.monotonic() + self.seconds

    def red(self, patches: Sequence[Patch]) -> str:
        """Judge the project as it is, as far as the changes need it.

        Args:
            patches: The changes that are to be tried.

        Returns:
            What is red without any change; nothing where all is well.
        """
        scenes = {
            (judge, patch.gate if judge == "gates" else "")
            for patch in patches
            for judge in self.judges_of(patch)
        }
        whole = [
            Patch("the project as it is", judge, "", (), gate=gate)
            for judge, gate in sorted(scenes)
            if gate != "book"  # its lessons are judged anyway
        ]
        self.deadline, later = float("inf"), self.deadline
        outcomes = self.run(whole)
        self.deadline = later
        return next(
            filter(None, (x.verdicts[x.patch.kind] for x in outcomes)), ""
        )

    def run(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Try changes, some at once.

        Args:
            patches: The changes.

        Returns:
            How each went, in the same order.
        """
        places: SimpleQueue[Path] = SimpleQueue()
        with (
            tempfile.TemporaryDirectory(prefix="drift-") as folder,
            ThreadPoolExecutor(self.workers) as workers,
        ):
            for number in range(self.workers):
                places.put(Path(folder) / str(number))

            def attempt(patch: Patch) -> Outcome:
                place = places.get()
                try:
                    return self.attempt(patch, place)
                finally:
                    places.put(place)

            return list(workers.map(attempt, patches))

    def judges_of(self, patch: Patch) -> Sequence[str]:
        """Tell who is asked about a change.

        Returns:
            The judges' names: a planted fault has its gate.
        """
        if patch.kind in JUDGES:  # the project as it is
            return [patch.kind]
        return ["gates"] if patch.kind == "planted" else self.asked

    def attempt(self, patch: Patch, place: Path) -> Outcome:
        """Ask all judges of a change, apart from each other.

        Args:
            patch: The change.
            place: The folder of a scratch copy, used again and again.

        Returns:
            How it went.
        """
        verdicts: dict[str, str | None] = {}
        keys = {
            x: f"{self.states[x]} {patch.key}" for x in self.judges_of(patch)
        }
        for judge, key in keys.items():
            verdicts[judge] = self.verdicts.known.get(key)
        missing = [judge for judge, x in verdicts.items() if x is None]
        if missing and time.monotonic() < self.deadline:
            copy(self.root, self.files, place)
            with broken(patch, place) as changed:
                scene = Scene(place, patch, changed, self.runs, self.variables)
                for judge in missing:
                    if time.monotonic() < self.deadline:
                        verdict = JUDGES[judge].ask(scene)
                        verdicts[judge] = verdict
                        self.verdicts.keep(keys[judge], verdict)
        outcome = Outcome(patch, verdicts)
        say(f"  {patch.kind:<12} {patch.name:<48} {in_words(outcome)}")
        return outcome
