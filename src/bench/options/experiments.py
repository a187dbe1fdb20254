"""What is tried: one thing, in several ways, of which the bank's is first."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import joinedload, selectinload

from bank.db.engine import make_engine
from bank.models import Base
from bench.operations import PAGE
from bench.options.ways import (
    NAIVE,
    Way,
    in_unit_of_work,
    load,
    load_one_by_one,
    read,
    rows_of,
    write,
)

PLAIN = "create_async_engine"
PRE_PING = "pool_pre_ping=True"


@dataclass(frozen=True)
class Experiment:
    """One thing, done in several ways.

    Attributes:
        name: What readers call it.
        ways: The ways, by what readers call them; the bank's is the first.
    """

    name: str
    ways: Mapping[str, Way]


EXPERIMENTS = (
    Experiment(
        "a read, by engine",
        {"make_engine": read, PLAIN: read, PRE_PING: read},
    ),
    Experiment(
        "an insert, and a look at it after the commit",
        {
            "expire_on_commit=False": write(mark=71, expire=False),
            "expire_on_commit=True": write(mark=72, expire=True),
        },
    ),
    Experiment(
        "an insert, by unit of work",
        {
            "transaction()": in_unit_of_work("transaction", mark=73),
            "retry()": in_unit_of_work("retry", mark=74),
            "session.begin()": in_unit_of_work("begin", mark=75),
        },
    ),
    Experiment(
        "one user with accounts",
        {
            "joinedload": load(joinedload, users=1),
            "selectinload": load(selectinload, users=1),
        },
    ),
    Experiment(
        f"{PAGE} users with accounts",
        {
            "joinedload": load(joinedload, users=PAGE),
            "selectinload": load(selectinload, users=PAGE),
            "one by one": load_one_by_one,
        },
    ),
    Experiment(
        f"{PAGE} rows with a time",
        {
            "UTCDateTime": rows_of(Base.metadata.tables["users"]),
            "DateTime(timezone=True)": rows_of(NAIVE),
        },
    ),
)
"""All of them."""


@asynccontextmanager
async def engine_of(way: str, url: str) -> AsyncIterator[AsyncEngine]:
    """Make the engine that a way asks for.

    Args:
        way: What readers call the way.
        url: The database URL.

    Yields:
        The engine, with one connection at most.
    """
    options: dict[str, Any] = {"pool_size": 1, "max_overflow": 0}
    if way == PLAIN:
        engine = create_async_engine(url, **options)
    else:
        options["pool_pre_ping"] = way == PRE_PING
        engine = make_engine(url, **options)
    try:
        yield engine
    finally:
        await engine.dispose()
