"""Before anything is measured: every layer does the same work."""

from collections.abc import Mapping

from bank.errors import InsufficientFunds, ReferenceReused
from bench.databases import BALANCE, email
from bench.layers import Layer
from bench.operations import PAGE, move, new_email


class LayersDiffer(Exception):
    """Two layers do not do the same, so comparing them would say nothing."""


async def require_same(layers: Mapping[str, Layer]) -> None:
    """Ask every layer everything once, and compare the answers.

    Args:
        layers: The layers, by name, on one database.

    Raises:
        LayersDiffer: One answers otherwise than the first.
    """
    answers = {
        name: await _reads(layer, user=7) for name, layer in layers.items()
    }
    expected = next(iter(answers.values()))
    for name, found in answers.items():
        if found != expected:
            raise LayersDiffer(f"{name} reads {found}, not {expected}.")
    for mark, (name, layer) in enumerate(layers.items()):
        await _require_writes(name, layer, mark)


async def _reads(layer: Layer, user: int) -> list[object]:
    """Collect a layer's answers to the questions."""
    return [
        await layer.get_by_id(user),
        await layer.get_by_email(email(user).upper()),
        await layer.list_page(user, PAGE),
        await layer.get_with_accounts(user),
    ]


async def _require_writes(name: str, layer: Layer, mark: int) -> None:
    """Check what a layer stores, and what it refuses."""
    user = await layer.insert(new_email(mark, 0), "New")
    if user != await layer.get_by_id(user.id):
        raise LayersDiffer(f"{name} stores another user than it returns.")
    wanted = move(mark, 0)
    first, again = await layer.transfer(wanted), await layer.transfer(wanted)
    if first != again or first[1:5] != wanted:
        raise LayersDiffer(f"{name} transfers {first}, and then {again}.")
    refused = {
        ReferenceReused: wanted._replace(amount=2),
        InsufficientFunds: move(mark, 1)._replace(amount=2 * BALANCE),
    }
    for error, bad in refused.items():
        try:
            await layer.transfer(bad)
        except error:
            continue
        raise LayersDiffer(f"{name} makes {bad}.")
