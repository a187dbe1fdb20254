"""All mutants of a package."""

import ast
from collections.abc import Iterator
from itertools import chain

from drift import (
    bodies,
    declarations,
    exceptions,
    names,
    signatures,
    statements,
)
from drift.mutant import Mutant, numbered
from drift.source import Package, splice

FAMILIES = (names, signatures, statements, exceptions, bodies, declarations)


def mutants(package: Package) -> list[Mutant]:
    """List the mutants of a package, each change once.

    Args:
        package: The package.

    Returns:
        The mutants, by kind; each is Python that can be compiled.
    """
    found = chain.from_iterable(family.mutants(package) for family in FAMILIES)
    return list(numbered(_compiled(package, found)))


def files(package: Package, mutant: Mutant) -> dict[str, bytes]:
    """Write a mutant.

    Args:
        package: The package.
        mutant: The mutant.

    Returns:
        The files that differ from the package's own.
    """
    return {
        module.path: splice(
            module.content,
            (edit for edit in mutant.edits if edit.path == module.path),
        )
        for module in package.modules.values()
        if any(edit.path == module.path for edit in mutant.edits)
    }


def _compiled(package: Package, found: Iterator[Mutant]) -> Iterator[Mutant]:
    for mutant in found:
        for path, content in files(package, mutant).items():
            ast.parse(content, path)
        yield mutant
