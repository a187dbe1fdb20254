"""Coroutines that nobody awaits: named, where Python only warns."""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_behind() -> Iterator[list[str]]:
    """Collect the names of coroutines that a block leaves behind.

    A call to the database where nothing can await it fails, and the driver's
    coroutine may stay behind, never awaited. Python warns of it when it is
    collected: https://docs.python.org/3/library/asyncio-dev.html. Keep no
    error of the block, since its traceback keeps the coroutine.

    Yields:
        The names, such as ``Connection.cursor``; filled at the block's end.
    """
    gc.collect()  # what was left before is no concern of this block
    names: list[str] = []
    gc.disable()  # a collection in code without builtins could not warn
    with warnings.catch_warnings(record=True) as heard:
        warnings.filterwarnings("always", "coroutine .* was never awaited")
        try:
            yield names
        finally:
            gc.enable()
            gc.collect()
    for each in heard:
        if "was never awaited" in str(each.message):
            names.append(str(each.message).split("'")[1])
        else:
            warnings.warn_explicit(
                each.message, each.category, each.filename, each.lineno
            )
