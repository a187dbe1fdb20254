"""What options of an engine, a session, a query and a pool cost."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    event,
    select,
)
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import joinedload, selectinload

import lab
from bank.db.engine import POOL_SIZE, make_engine
from bank.db.session import make_session_factory, retry, transaction
from bank.models import Base, User
from bank.repositories import AccountRepository, UserRepository
from bench.measure import (
    WARM,
    Effort,
    Work,
    count_calls,
    interleave,
    ratio,
    spread,
)
from bench.work import PAGE, new_email, user_id

Way = Callable[[AsyncEngine], Work]
"""From an engine to the work to measure."""

TASKS = 64
"""How many tasks read through a pool at once."""

OWN_POOL = f"{POOL_SIZE}, the bank's"
_PLAIN = "create_async_engine"
_PRE_PING = "pool_pre_ping=True"
_USERS = Base.metadata.tables["users"]
_PLAIN_TIMES = Table(
    "users",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("email", String),
    Column("name", String),
    Column("created_at", DateTime(timezone=True)),
)


def _read(engine: AsyncEngine) -> Work:
    sessions = make_session_factory(engine)

    async def work(number: int) -> object:
        async with sessions() as session:
            return await UserRepository(session).get_by_id(user_id(number))

    return work


def _insert(kind: str, mark: int) -> Way:
    """Insert a user in a kind of unit of work, and look at it afterwards."""

    def way(engine: AsyncEngine) -> Work:
        sessions = make_session_factory(engine)
        sessions.configure(expire_on_commit=kind == "expire")

        async def work(number: int) -> object:
            async def add(session: Any) -> User:
                user = User(email=new_email(mark, number), name="User")
                return await UserRepository(session).add(user)

            match kind:
                case "retry":
                    return (await retry(sessions, add)).created_at
                case "begin":
                    async with sessions() as session, session.begin():
                        return (await add(session)).created_at
            async with sessions() as session:
                async with transaction(session):
                    user = await add(session)
                if kind == "expire":
                    await session.refresh(user)
                return user.created_at

        return work

    return way


def _load(option: Callable[[Any], Any], users: int) -> Way:
    """Read users with their accounts, loaded in a certain way."""

    def way(engine: AsyncEngine) -> Work:
        sessions = make_session_factory(engine)

        async def work(number: int) -> object:
            first = user_id(number)
            stmt = (
                select(User)
                .where(User.id >= first, User.id < first + users)
                .options(option(User.accounts))
            )
            async with sessions() as session:
                found = (await session.scalars(stmt)).unique().all()
                return [len(user.accounts) for user in found]

        return work

    return way


def _one_by_one(engine: AsyncEngine) -> Work:
    sessions = make_session_factory(engine)

    async def work(number: int) -> object:
        async with sessions() as session:
            users = await UserRepository(session).list_page(
                after_id=user_id(number) - 1, limit=PAGE
            )
            accounts = AccountRepository(session)
            return [len(await accounts.list_page(user.id)) for user in users]

    return work


def _rows(table: Table) -> Way:
    """Read a page of rows, as Core does."""

    def way(engine: AsyncEngine) -> Work:
        async def work(number: int) -> object:
            stmt = select(table).where(table.c.id > user_id(number))
            async with engine.connect() as connection:
                stmt = stmt.order_by(table.c.id).limit(PAGE)
                return (await connection.execute(stmt)).all()

        return work

    return way


EXPERIMENTS: dict[str, dict[str, Way]] = {
    "a read, by engine": {
        "make_engine": _read,
        _PLAIN: _read,
        _PRE_PING: _read,
    },
    "an insert that is looked at after the commit": {
        "expire_on_commit=False": _insert("keep", 71),
        "expire_on_commit=True": _insert("expire", 72),
    },
    "an insert, by unit of work": {
        "transaction()": _insert("transaction", 73),
        "retry()": _insert("retry", 74),
        "session.begin()": _insert("begin", 75),
    },
    "one user with accounts": {
        "joinedload": _load(joinedload, 1),
        "selectinload": _load(selectinload, 1),
    },
    f"{PAGE} users with accounts": {
        "joinedload": _load(joinedload, PAGE),
        "selectinload": _load(selectinload, PAGE),
        "one by one": _one_by_one,
    },
    f"{PAGE} rows with a time": {
        "UTCDateTime": _rows(_USERS),
        "DateTime(timezone=True)": _rows(_PLAIN_TIMES),
    },
}
"""What is tried, and the ways to do it, of which the bank's is the first."""

POOLS: dict[str, dict[str, int]] = {
    OWN_POOL: {},
    "1": {"pool_size": 1},
    "2": {"pool_size": 2},
    "5": {"pool_size": 5},
    "20": {"pool_size": 20},
    "5 + 10 overflow, SQLAlchemy's": {"pool_size": 5, "max_overflow": 10},
}
"""The pools; the bank's is the first."""


async def compare_options(
    database: str, url: str, effort: Effort
) -> list[dict[str, Any]]:
    """Measure each way of each experiment.

    Args:
        database: The database's name.
        url: The URL of a filled database.
        effort: How long to measure.

    Returns:
        A row for each way.
    """
    rows = []
    for experiment, ways in EXPERIMENTS.items():
        async with AsyncExitStack() as stack:
            works = {
                name: way(_engine(stack, name, url))
                for name, way in ways.items()
            }
            calls = {name: await count_calls(w) for name, w in works.items()}
            timed = await interleave(works, effort)
        trips = {} if database == "sqlite" else await _trips(ways, url)
        own = next(iter(timed.values()))
        rows += [
            {
                "database": database,
                "experiment": experiment,
                "way": name,
                "calls": calls[name],
                "round_trips": trips.get(name),
                "ratio": ratio(found.seconds, own.seconds),
                "cpu_ratio": ratio(found.cpu, own.cpu),
            }
            for name, found in timed.items()
        ]
    return rows


def _engine(stack: AsyncExitStack, way: str, url: str) -> AsyncEngine:
    """Make the engine that a way asks for, with one connection."""
    options: dict[str, Any] = {"pool_size": 1, "max_overflow": 0}
    if way == _PLAIN:
        engine = create_async_engine(url, **options)
    else:
        engine = make_engine(url, pool_pre_ping=way == _PRE_PING, **options)
    stack.push_async_callback(engine.dispose)
    return engine


async def _trips(ways: dict[str, Way], url: str) -> dict[str, int]:
    """Count the round trips of each way."""
    found = {}
    async with lab.proxied(url) as proxy, AsyncExitStack() as stack:
        for name, way in ways.items():
            work = way(_engine(stack, name, proxy.url))
            for number in range(WARM):
                await work(2_000_000 + number)
            before = proxy.round_trips
            await work(2_000_000 + WARM)
            found[name] = proxy.round_trips - before
    return found


async def compare_pools(
    database: str, url: str, effort: Effort
) -> list[dict[str, Any]]:
    """Read with many tasks at once, through one pool after the other.

    Args:
        database: The database's name.
        url: The URL of a filled database.
        effort: How long to measure.

    Returns:
        A row for each pool, with how many connections it opened.
    """
    opened = dict.fromkeys(POOLS, 0)
    done = dict.fromkeys(POOLS, 0)
    rates: dict[str, list[float]] = {name: [] for name in POOLS}
    async with AsyncExitStack() as stack:
        works = {}
        for name, options in POOLS.items():
            engine = make_engine(url, **options)
            stack.push_async_callback(engine.dispose)

            def note(*_: object, name: str = name) -> None:
                opened[name] += 1

            event.listen(engine.sync_engine, "connect", note)
            works[name] = _read(engine)
        for turn in range(effort.turns + 1):
            for name, work in works.items():
                number, took = await together(work, TASKS, 4 * effort.slice)
                done[name] += number
                if turn:  # the first one warms up
                    rates[name].append(number / took)
    return [
        {
            "database": database,
            "pool": name,
            "rate": spread(found),
            "ratio": ratio(found, rates[OWN_POOL]),
            "opened": opened[name],
            "per_thousand": 1000 * opened[name] / done[name],
        }
        for name, found in rates.items()
    ]


async def together(
    work: Work, tasks: int, seconds: float
) -> tuple[int, float]:
    """Let several tasks do the same work for some time.

    Args:
        work: The work; each number is used once.
        tasks: How many tasks.
        seconds: How long.

    Returns:
        How often the work was done, and in how many seconds.
    """
    began = time.perf_counter()

    async def task(number: int) -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            await work(number + done * tasks)
            done += 1
        return done

    done = sum(await asyncio.gather(*map(task, range(tasks))))
    return done, time.perf_counter() - began
