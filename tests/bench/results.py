"""Made-up results of a run, in the form of the real ones."""

from bench.layers import LAYERS
from bench.work import OPERATIONS


def made_up(effort="full", **changes):
    """Make the results of a run that keeps every promise.

    Args:
        effort: How long it took.
        **changes: The layers' function calls that are not 1,000, by name.

    Returns:
        The results, without the bars.
    """
    one = {"database": "postgresql"}
    layers = [
        {
            **one,
            "operation": operation,
            "layer": layer,
            "calls": changes.get(layer, 1_000),
            "round_trips": 3.0,
            "cpu": [1.0, 1.0, 1.0],
            "seconds": [1.0, 1.0, 1.0],
            "ratio": [1.0, 1.0, 1.0],
            "cpu_ratio": [1.0, 1.0, 1.0],
        }
        for operation in OPERATIONS
        for layer in LAYERS
    ]
    deposits = [
        {
            **one,
            "distance": 0.002,
            "kind": kind,
            "connections": number,
            "rate": [number * 10.0] * 3,
        }
        for kind in ("transfer", "deposit")
        for number in (1, 8)
    ]
    pools = [
        {
            **one,
            "pool": pool,
            "rate": [100.0] * 3,
            "ratio": [1.0] * 3,
            "opened": opened,
            "per_thousand": float(opened),
        }
        for pool, opened in (("10, the bank's", 10), ("5 + 10 overflow", 40))
    ]
    growth = [
        {**one, "question": "a user by id", "rows": 100, "seconds": [0.1] * 3},
        {
            **one,
            "question": "a user by id",
            "rows": 1_000,
            "seconds": [0.2] * 3,
            "indexes": ["users_pkey"],
            "whole_tables": [],
        },
    ]
    web = [
        {
            **one,
            "operation": "id",
            "connections": 16,
            "loop": "plain",
            "layer": layer,
            "rate": [100.0] * 3,
            "ratio": [1.0] * 3,
            "cpu": 0.01,
        }
        for layer in LAYERS
    ]
    return {
        "date": "2026-01-02",
        "machine": {"processor": "a fast one", "cores": 2, "load": 0.5},
        "versions": {"Python": "3.13"},
        "effort": effort,
        "databases": {"postgresql": "PostgreSQL 18"},
        "layers": layers,
        "options": [
            {
                **one,
                "experiment": "a read",
                "way": "make_engine",
                "calls": 900,
                "round_trips": 3,
                "ratio": [1.0] * 3,
                "cpu_ratio": [1.0] * 3,
            }
        ],
        "pools": pools,
        "growth": growth,
        "contention": deposits,
        "web": web,
        "building": [
            {"notebooks": 17, "step": "unchanged", "cpu": 0.9, "seconds": 1.1}
        ],
        "seconds": 500,
    }
