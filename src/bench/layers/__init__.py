"""The layers that are compared: each does the same six operations."""

from importlib import import_module
from typing import cast

from bench.work import Layer

LAYERS = {
    "raw": ("raw driver", "raw.Raw"),
    "core": ("Core", "core.Core"),
    "orm": ("ORM by hand", "orm.ByHand"),
    "bank": ("bank", "of_bank.OfBank"),
    "alchemy": ("advanced-alchemy", "alchemy.Alchemy"),
    "sqlmodel": ("SQLModel", "sqlmodels.OfSQLModel"),
}
"""The label and the class of each layer, from the driver upwards."""

NOTHING = "nothing"
"""No database: what is left over HTTP is the web framework's cost."""

APP = "app"
"""The bank's own application, with everything that it checks."""

BASE = "orm"
"""The layer that all others are compared with."""

PEERS = ("alchemy", "sqlmodel")
"""The layers that the bank must be ahead of."""


def open_layer(name: str, url: str, *, connections: int) -> Layer:
    """Make a layer, which connects when it is first used.

    Args:
        name: A key of ``LAYERS``.
        url: The database URL.
        connections: How many connections it keeps, and has at most.

    Returns:
        The layer, which the caller closes.
    """
    module, _, kind = LAYERS[name][1].partition(".")
    # Not at the top: the peers are installed for the bench alone.
    found = getattr(import_module(f"{__name__}.{module}"), kind)
    return cast("Layer", found(url, connections))
