"""How long the bench takes its time."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Attributes:
        name: What the run is called.
        rounds: How many turns each candidate has.
        slice: Seconds of one turn, in one process.
        http_rounds: How many turns each server has.
        http_slice: Seconds of one turn over HTTP.
        connections: The numbers of connections that HTTP is measured with.
        sizes: The numbers of rows that questions are asked on.
        writers: The numbers of connections that write at once.
        every_database: Whether HTTP is measured on each database, and not
            on one alone.
    """

    name: str
    rounds: int
    slice: float
    http_rounds: int
    http_slice: float
    connections: tuple[int, ...]
    sizes: tuple[int, ...]
    writers: tuple[int, ...]
    every_database: bool


FULL = Effort(
    name="full",
    rounds=9,
    slice=0.05,
    http_rounds=3,
    http_slice=0.25,
    connections=(16, 64),
    sizes=(100, 1_000, 10_000, 100_000, 1_000_000),
    writers=(1, 2, 4, 8, 16),
    every_database=True,
)
"""What is published: at most ten minutes."""

QUICK = Effort(
    name="quick",
    rounds=3,
    slice=0.01,
    http_rounds=1,
    http_slice=0.1,
    connections=(16,),
    sizes=(100, 1_000, 10_000),
    writers=(1, 8),
    every_database=False,
)
"""Whether everything still works, and the exact numbers: a minute."""
