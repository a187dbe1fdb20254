"""What a probe is, and all that there are."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib import import_module

from sqlalchemy.ext.asyncio import AsyncEngine

GROUPS = (
    "schema",
    "types",
    "text",
    "queries",
    "writes",
    "errors",
    "transactions",
)
"""The groups, in the order of the page; each is a module of ``probes``."""

Function = Callable[[AsyncEngine], Awaitable[str]]
"""Does one thing to a database; returns what happened, in a few words.

The words are the same in each run: no ids, times or names that chance gives.
"""

_PROBES: dict[str, "Probe"] = {}


@dataclass
class Probe:
    """One question to a database.

    Attributes:
        function: What asks it. Its docstring is the question.
        cure: What does the same job with one result on every database; its
            docstring says how.
    """

    function: Function
    cure: Function | None = field(default=None)

    @property
    def id(self) -> str:
        """The function's name, as an anchor: ``null-order``."""
        return identity(self.function)

    @property
    def group(self) -> str:
        """The module that it stands in."""
        return self.function.__module__.rpartition(".")[2]

    @property
    def question(self) -> str:
        """What it asks, in a sentence."""
        return sentence(self.function)

    def cured_by(self, function: Function) -> Function:
        """Decorate the function that cures this probe.

        A function may cure several probes: stack the decorators.

        Args:
            function: The cure.

        Returns:
            The same function.

        Raises:
            ValueError: The probe has a cure, or this one says nothing.
        """
        if self.cure:
            raise ValueError(f"The probe '{self.id}' has a cure already.")
        sentence(function)
        self.cure = function
        return function


def probe(function: Function) -> Probe:
    """Decorate a function that asks a database one question.

    Args:
        function: What asks it, with the question as its docstring.

    Returns:
        The probe, whose ``cured_by`` decorates the cure.

    Raises:
        ValueError: Another probe has this name, or there is no question.
    """
    made = Probe(function)
    if made.id in _PROBES:
        raise ValueError(f"There are two probes '{made.id}': rename one.")
    sentence(function)
    _PROBES[made.id] = made
    return made


def probes(group: str) -> list[Probe]:
    """List a group's probes, as they stand in its module.

    Args:
        group: One of :data:`GROUPS`.

    Returns:
        The probes.

    Raises:
        ValueError: There is no such group.
    """
    if group not in GROUPS:
        raise ValueError(
            f"There is no group '{group}': take one of {', '.join(GROUPS)}."
        )
    import_module(f"portability.probes.{group}")
    return [each for each in _PROBES.values() if each.group == group]


def functions(group: str) -> dict[str, Function]:
    """List what runs for a group: its probes, and each cure once.

    Args:
        group: One of :data:`GROUPS`.

    Returns:
        The functions by their ids, each probe before its cure.

    Raises:
        ValueError: A cure has the name of a probe, or of another cure.
    """
    found: dict[str, Function] = {}
    for each in probes(group):
        for function in (each.function, each.cure):
            if (
                function
                and found.setdefault(identity(function), function)
                is not function
            ):
                raise ValueError(f"Rename one '{identity(function)}' of two.")
    return found


def identity(function: Function) -> str:
    """Name a function as anchors are written.

    Args:
        function: A probe's function, or a cure.

    Returns:
        Its name, with hyphens.
    """
    return function.__name__.replace("_", "-")


def sentence(function: Function) -> str:
    """Read what a function's docstring asks or says.

    Args:
        function: A probe's function, or a cure.

    Returns:
        The sentence, which ends with a question mark or a full stop.

    Raises:
        ValueError: There is none.
    """
    words = " ".join((inspect.getdoc(function) or "").split())
    if not words.endswith(("?", ".")):
        raise ValueError(
            f"{function.__name__} needs a sentence as its docstring."
        )
    return words
