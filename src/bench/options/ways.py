"""The ways in which an experiment does one thing: from an engine to work."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    MetaData,
    String,
    Table,
    select,
)
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bank.db.session import make_session_factory, retry, transaction
from bank.models import User
from bank.repositories import AccountRepository, UserRepository
from bench.measure import Work
from bench.operations import PAGE, new_email, user_id

Way = Callable[[AsyncEngine], Work]
"""From an engine to the work to measure."""

NAIVE = Table(
    "users",
    MetaData(),
    Column("id", BigInteger, primary_key=True),
    Column("email", String),
    Column("name", String),
    Column("created_at", DateTime(timezone=True)),
)
"""The users with SQLAlchemy's own type for times."""


def read(engine: AsyncEngine) -> Work:
    """Read a user by id.

    Args:
        engine: The engine.

    Returns:
        The work.
    """
    sessions = make_session_factory(engine)

    async def work(number: int) -> object:
        async with sessions() as session:
            return await UserRepository(session).get_by_id(user_id(number))

    return work


def write(*, mark: int, expire: bool) -> Way:
    """Insert a user, and read its id and its time after the commit.

    Args:
        mark: What keeps the addresses apart.
        expire: Whether objects expire with the commit, and so have to be
            read again.

    Returns:
        The way.
    """

    def way(engine: AsyncEngine) -> Work:
        sessions = make_session_factory(engine)
        sessions.configure(expire_on_commit=expire)

        async def work(number: int) -> object:
            async with sessions() as session:
                async with transaction(session):
                    user = User(email=new_email(mark, number), name="User")
                    await UserRepository(session).add(user)
                if expire:
                    await session.refresh(user)
                return user.id, user.created_at

        return work

    return way


def load(option: Callable[[Any], Any], *, users: int) -> Way:
    """Read users, with accounts that are loaded in a certain way.

    Args:
        option: ``joinedload``, say.
        users: How many users.

    Returns:
        The way.
    """

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


def load_one_by_one(engine: AsyncEngine) -> Work:
    """Read a page of users, and then the accounts of each.

    Args:
        engine: The engine.

    Returns:
        The work.
    """
    sessions = make_session_factory(engine)

    async def work(number: int) -> object:
        async with sessions() as session:
            users = await UserRepository(session).list_page(
                after_id=user_id(number) - 1, limit=PAGE
            )
            accounts = AccountRepository(session)
            return [len(await accounts.list_page(user.id)) for user in users]

    return work


def in_unit_of_work(kind: str, *, mark: int) -> Way:
    """Insert a user in a certain kind of unit of work.

    Args:
        kind: ``retry``, ``transaction`` or ``begin``.
        mark: What keeps the addresses apart.

    Returns:
        The way.
    """

    def way(engine: AsyncEngine) -> Work:
        sessions = make_session_factory(engine)

        async def work(number: int) -> object:
            async def add(session: AsyncSession) -> User:
                user = User(email=new_email(mark, number), name="User")
                return await UserRepository(session).add(user)

            match kind:
                case "retry":
                    return await retry(sessions, add)
                case "transaction":
                    async with transaction(sessions) as session:
                        return await add(session)
                case _:
                    async with sessions() as session, session.begin():
                        return await add(session)

        return work

    return way


def rows_of(table: Table) -> Way:
    """Read a page of a table's rows, as Core does.

    Args:
        table: The table.

    Returns:
        The way.
    """

    def way(engine: AsyncEngine) -> Work:
        async def work(number: int) -> object:
            stmt = (
                select(table)
                .where(table.c.id > user_id(number))
                .order_by(table.c.id)
                .limit(PAGE)
            )
            async with engine.connect() as connection:
                return (await connection.execute(stmt)).all()

        return work

    return way
