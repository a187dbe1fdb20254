"""What ran when: spans of time, recorded around awaits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Span:
    """One stretch of time.

    Attributes:
        label: Whose it is: the row of the timeline, such as a task's name.
        start: When it began, in seconds.
        stop: When it ended, in seconds.
        kind: What was done, such as ``"waiting"``: the colour of the bar.
    """

    label: str
    start: float
    stop: float
    kind: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.stop - self.start


@dataclass
class Stopwatch:
    """Records spans; its clock starts when it is made.

    Attributes:
        spans: The recorded spans, in the order in which they ended.
    """

    spans: list[Span] = field(default_factory=list)
    _started: float = field(default_factory=time.perf_counter, repr=False)

    @property
    def elapsed(self) -> float:
        """Seconds since the stopwatch was made."""
        return time.perf_counter() - self._started

    @contextmanager
    def span(self, label: str, kind: str = "") -> Iterator[None]:
        """Record how long a block takes, also one that fails.

        Args:
            label: Whose time it is.
            kind: What the time is used for.

        Yields:
            Nothing.
        """
        start = self.elapsed
        try:
            yield
        finally:
            self.spans.append(Span(label, start, self.elapsed, kind))
