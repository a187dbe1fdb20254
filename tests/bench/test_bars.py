"""The promises, judged on made-up results."""

import pytest

from bench.bars import judge
from tests.bench.results import made_up


def missed(results):
    """List the promises that a run broke."""
    return [bar["name"] for bar in judge(results) if not bar["met"]]


def test_a_good_run_keeps_every_promise():
    """Equal costs, grown deposits and used indexes miss no bar."""
    assert missed(made_up()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bank": 1_030}, "ORM by hand"),
        ({"alchemy": 900}, "advanced-alchemy and SQLModel"),
        (
            dict.fromkeys(("bank", "orm", "alchemy", "sqlmodel"), 4_000),
            "PostgreSQL",
        ),
    ],
)
def test_too_many_calls_are_missed(changes, words):
    """A run fails where the bank makes more calls than another layer."""
    assert any(words in name for name in missed(made_up(**changes)))


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        ("layers", {"round_trips": 9.0}, "Round trips"),
        ("pools", {"opened": 11}, "default pool opens"),
        ("growth", {"indexes": []}, "by an index"),
        ("growth", {"whole_tables": ["Seq Scan"]}, "by an index"),
        ("contention", {"rate": [10.0] * 3}, "Deposits"),
    ],
)
def test_a_broken_promise_is_named(part, change, words):
    """Each part of the results can fail the run."""
    results = made_up()
    for row in results[part]:
        row.update({key: value for key, value in change.items() if key in row})
    assert any(words in name for name in missed(results))


def test_slower_than_a_peer_is_missed():
    """More processor time, or fewer requests, than a peer's fail the run."""
    results = made_up()
    for row in results["layers"] + results["web"]:
        if row["layer"] == "alchemy":
            row["cpu_ratio"] = [0.5] * 3
            row["rate"] = [200.0] * 3
    names = missed(results)
    assert len(names) == 2
    assert all("advanced-alchemy" in name for name in names)


@pytest.mark.parametrize(("effort", "load"), [("quick", 0), ("full", 9)])
def test_times_that_say_little_are_not_judged(effort, load):
    """A run that is short, or on a busy machine, judges the counts alone."""
    results = made_up(effort=effort)
    results["machine"]["load"] = load
    for row in results["layers"]:
        row["cpu_ratio"] = [9.0 if row["layer"] == "bank" else 1.0] * 3
    assert missed(results) == []
