"""A schema that changes while the bank is at work."""

import pytest
from sqlalchemy import func, select, text

from bank.db.errors import Retryable
from bank.db.session import retry, transaction
from bank.models import Transfer, User
from tests.bank.build import read
from tests.faults.load import under_load

WIDEN = {
    "sqlite": "ALTER TABLE {} ADD COLUMN nickname VARCHAR(200)",
    "postgresql": "ALTER TABLE {} ALTER COLUMN name TYPE VARCHAR(200)",
    "mysql": "ALTER TABLE {} MODIFY COLUMN name VARCHAR(200) NOT NULL, FORCE",
}

on_servers = pytest.mark.parametrize(
    "server_url", ["postgresql", "mysql"], indirect=True
)


async def widen(engine, table):
    """Change a column's type behind everybody's back."""
    async with engine.begin() as connection:
        await connection.execute(
            text(WIDEN[engine.dialect.name].format(table))
        )


async def users(session):
    """Read the users, by a statement that the driver may have cached."""
    return len((await session.scalars(select(User))).all())


@pytest.mark.usefixtures("pair")
async def test_between_requests(factory, committing_engine):
    """A statement cached before the change is tried again, and answers."""
    tries = []

    async def work(session):
        tries.append(1)
        return await users(session)

    assert await retry(factory, work) == 2
    await widen(committing_engine, "users")
    assert await retry(factory, work) == 2
    on_postgresql = committing_engine.dialect.name == "postgresql"
    assert len(tries) == 2 + on_postgresql
    assert committing_engine.pool.checkedout() == 0
    await read(factory)


@on_servers
@pytest.mark.usefixtures("pair")
async def test_in_mid_transaction(factory, committing_engine):
    """A transaction that is older than the change is worth another try."""
    async with factory() as session:
        assert await users(session) == 2
    transfers = select(func.count(Transfer.id))
    wide = False
    with pytest.raises(Retryable):
        async with transaction(factory) as session:
            session.add(Transfer(reference="early"))
            assert await session.scalar(transfers) == 3
            await widen(committing_engine, "users")
            wide = True
            await users(session)
    assert wide
    assert committing_engine.pool.checkedout() == 0
    async with factory() as session:
        assert await users(session) == 2
        assert await session.scalar(transfers) == 2
    await read(factory)


async def test_under_load(factory, pair, committing_engine):
    """Transfers continue through the change, and no client notices."""
    async with under_load(factory, pair) as load:
        await load.more()
        await widen(committing_engine, "accounts")
        await load.more()
    assert load.lost == []
    assert committing_engine.pool.checkedout() == 0
