"""Puts functions of a test's own where the bank calls Python's."""

import sys
from types import SimpleNamespace


def stand_in(monkeypatch, module, **functions):
    """Have the bank call other functions than a module's own.

    It does not matter whether the bank imports the module or the function,
    nor in which of its own modules it does so.
    """
    changed = SimpleNamespace(**vars(module) | functions)
    for name, place in list(sys.modules.items()):
        if name.partition(".")[0] != "bank":
            continue
        for alias, value in list(vars(place).items()):
            if value is module:
                monkeypatch.setattr(place, alias, changed)
            for function, other in functions.items():
                if value is getattr(module, function):
                    monkeypatch.setattr(place, alias, other)
