"""Run probes and cures on a database, and hold them against its record."""

import asyncio
import warnings
from dataclasses import replace

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bank.db.errors import error_code
from lab.coroutines import left_behind
from lab.expect import first_line
from portability.records import (
    RAISES,
    Record,
    begin,
    compare,
    load,
    newest,
)
from portability.registry import (
    GROUPS,
    Function,
    functions,
    identity,
    probes,
)
from portability.report import Report

SECONDS = 10.0
"""How long a probe or a cure may take."""

AGAIN = (
    "If that is right, record it: DATABASE_URL=... python -m portability"
    " --record"
)


class ProbeFailed(Exception):
    """A probe or a cure did not come to an answer: it has a fault."""


class DifferentResult(Exception):
    """A database did not do what was recorded of it."""


async def run(group: str, url: str, *, record_anew: bool = False) -> Report:
    """Run a group's probes and cures on a database.

    They run on an engine as one makes it without a second thought, by
    ``create_async_engine(url)``. What a new version does is added to the
    records.

    Args:
        group: One of :data:`~portability.registry.GROUPS`.
        url: An empty database, as ``lab.scratch_database`` makes it.
        record_anew: Whether to take what happens now for right.

    Returns:
        What happened; a cell that ends with it shows it.

    Raises:
        ProbeFailed: A probe ended with an error that no database raised, or
            did not end.
        DifferentResult: The version is recorded, and something is not as it
            was; or a cure's result is not the same as on other databases.
    """
    engine = create_async_engine(url)
    try:
        now = await begin(engine)
        now.results[group] = await _results(group, engine)
    finally:
        await engine.dispose()
    kept = load(now.path)
    is_new = record_anew or not kept or group not in kept.results
    if kept and not is_new:
        _hold_against(kept, now, group)
    if not record_anew:  # a cure that changed is recorded on one after another
        _hold_together(now, group)
    if is_new:
        earlier = kept.results if kept else {}
        replace(now, results=earlier | now.results).save()
    return Report(now, group, is_new=is_new)


async def run_all(url: str, *, record_anew: bool = False) -> list[Report]:
    """Run every group, one after the other.

    Args:
        url: An empty database.
        record_anew: Whether to take what happens now for right.

    Returns:
        What happened, for each group.

    Raises:
        ProbeFailed: As for :func:`run`.
        DifferentResult: As for :func:`run`.
    """
    return [await run(group, url, record_anew=record_anew) for group in GROUPS]


async def outcome(function: Function, engine: AsyncEngine) -> str:
    """Run a probe or a cure.

    Args:
        function: What to run.
        engine: The database.

    Returns:
        What it returned; or ``raises`` with the class of SQLAlchemy's error
        and the driver's code. Warnings do not count.

    Raises:
        ProbeFailed: It raised anything else, or did not end.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            async with asyncio.timeout(SECONDS):
                return await function(engine)
    except (SQLAlchemyError, NotImplementedError) as error:
        # A dialect says so of what its database has not.
        return RAISES + _kind(error)
    except Exception as error:
        raise ProbeFailed(
            f"The probe '{identity(function)}' came to no answer on"
            f" {engine.dialect.name}: {first_line(error)}"
        ) from error


async def _results(group: str, engine: AsyncEngine) -> dict[str, str]:
    """Run all that a group has."""
    with left_behind():  # as by aiomysql, where a lazy load fails
        return {
            name: await outcome(function, engine)
            for name, function in functions(group).items()
        }


def _kind(error: Exception) -> str:
    """Name an error without its text, which other versions word anew."""
    name = type(error).__name__
    if isinstance(error, DBAPIError):
        return f"{name} {error_code(error.orig)}".strip()
    if isinstance(error, StatementError) and error.orig:
        return f"{name} ({type(error.orig).__name__})"
    return name


def _hold_against(kept: Record, now: Record, group: str) -> None:
    """Refuse results that are not those of the record."""
    found = [
        f"  {name}\n    recorded: {before}\n    now:      {after}"
        for name, before, after in compare(
            kept.results[group], now.results[group]
        )
    ]
    if found:
        raise DifferentResult(
            "\n".join(
                [
                    f"{now.name} did not do what it did on {kept.recorded}:",
                    *found,
                    AGAIN,
                ]
            )
        )


def _hold_together(now: Record, group: str) -> None:
    """Refuse a cure that does not do the same everywhere."""
    cures = {identity(p.cure) for p in probes(group) if p.cure}
    for other in newest().values():
        if other.name == now.name:
            continue
        for name in sorted(cures & other.results.get(group, {}).keys()):
            here, there = now.results[group][name], other.results[group][name]
            if here != there:
                raise DifferentResult(
                    f"The cure '{name}' is none:\n"
                    f"  {now.name}: {here}\n  {other.name}: {there}"
                )
