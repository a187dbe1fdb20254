"""The layers do the same work, and the bank's costs no more than by hand."""

from contextlib import AsyncExitStack
from functools import partial
from importlib.util import find_spec

import pytest

from bench import compare
from bench.bars import PATTERN, TRANSFER, TRIPS
from bench.databases import scratch_bank
from bench.layers import BASE, LAYERS
from bench.layers.raw import statements
from bench.measure import count_calls
from bench.work import OPERATIONS

# `make bench` compares them before it measures.
pytestmark = pytest.mark.long

NEEDS = {"alchemy": "advanced_alchemy", "sqlmodel": "sqlmodel"}


@pytest.fixture
def layers(monkeypatch):
    """Take the layers that are installed."""
    found = {
        name: layer
        for name, layer in LAYERS.items()
        if name not in NEEDS or find_spec(NEEDS[name])
    }
    monkeypatch.setattr(compare, "LAYERS", found)
    return found


async def test_layers_do_the_same(server_url, layers):
    """All layers answer, store and refuse alike."""
    async with scratch_bank(server_url) as url, AsyncExitStack() as stack:
        opened = await compare.opened(url, stack)
        assert opened.keys() == layers.keys()
        await compare.require_same(opened)


@pytest.mark.usefixtures("layers")
async def test_a_layer_that_differs_is_found(server_url):
    """A layer with another answer stops the comparison."""

    class Wrong:
        def __init__(self, layer):
            self.layer = layer

        def __getattr__(self, name):
            return getattr(self.layer, name)

        async def get_by_id(self, user_id):
            """Answer with the next user."""
            return await self.layer.get_by_id(user_id + 1)

    async with scratch_bank(server_url, 100) as url, AsyncExitStack() as stack:
        opened = await compare.opened(url, stack)
        pair = {"bank": opened["bank"], "wrong": Wrong(opened["bank"])}
        with pytest.raises(compare.LayersDiffer, match="wrong reads"):
            await compare.require_same(pair)


async def test_the_pattern_costs_no_more_than_its_statements(server_url):
    """A repository makes at most 1.02 times the calls of the ORM by hand."""
    async with scratch_bank(server_url) as url, AsyncExitStack() as stack:
        opened = await compare.opened(url, stack, ("bank", BASE))
        for operation, (_, run) in OPERATIONS.items():
            bank, by_hand = [
                await count_calls(partial(run, layer, 10 + mark))
                for mark, layer in enumerate(opened.values())
            ]
            assert bank <= PATTERN * by_hand, operation
            if operation == "transfer" and url.startswith("postgresql"):
                assert bank <= TRANSFER


@pytest.mark.parametrize("server_url", ["postgresql"], indirect=True)
async def test_round_trips(server_url):
    """A read and a transfer take no more round trips than promised."""
    async with scratch_bank(server_url) as url:
        trips = await compare.count_trips(url, ("bank",))
    for operation, limit in TRIPS.items():
        assert trips[operation, "bank"] <= limit


@pytest.mark.parametrize(
    ("backend", "lock", "insert"),
    [
        ("sqlite", "IN (?, ?) ORDER BY id", "(?, ?) RETURNING id"),
        (
            "postgresql",
            "IN ($1, $2) ORDER BY id FOR NO KEY UPDATE",
            "($1, $2) RETURNING id",
        ),
        ("mysql", "IN (%s, %s) ORDER BY id FOR UPDATE", "(%s, %s)"),
    ],
)
def test_raw_statements(backend, lock, insert):
    """Statements have the placeholders and the locks of their driver."""
    made = statements(backend)
    assert made["lock"].endswith(lock)
    assert made["add_transfer"].endswith(insert)
