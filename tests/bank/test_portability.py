"""What differs between databases, and is the same through the bank.

Each test here asserts one result for all of them, and asks for none of
their names.
"""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, func, insert, select, update

from bank.db.engine import make_engine
from bank.db.errors import (
    CheckViolated,
    DatabaseError,
    ForeignKeyViolated,
    NotNullViolated,
    TimedOut,
    UniqueViolated,
    translated,
)
from bank.db.session import make_session_factory, transaction
from bank.dependencies import account_service, user_service
from bank.errors import EmailTaken
from bank.models import Account, Base, Entry, Transfer, User
from bank.repositories import TransferRepository
from bank.services import MAX_AMOUNT
from tests.bank.build import QUICK, SLOW, open_account

NOON = datetime(2026, 6, 1, 12, 0, 0, 999_999, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))
NEW_YORK = timezone(timedelta(hours=-4))

TEXTS = [
    (table, column)
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if column.type.python_type is str
]
LIMIT = 0.3
"""Seconds that a statement may take."""


async def refusal(session, stmt):
    """Try a statement in a savepoint, and return our error."""
    with pytest.raises(DatabaseError) as error, translated():
        async with session.begin_nested():
            await session.execute(stmt)
    return error.value


# Times.


async def test_times_are_moments(session):
    """Times of any zone are stored, found and sorted as moments, in UTC."""
    moments = [NOON + timedelta(microseconds=n) for n in range(3)]
    local = zip(moments, (TOKYO, UTC, NEW_YORK), strict=True)
    session.add_all(
        Transfer(reference=str(n), created_at=moment.astimezone(zone))
        for n, (moment, zone) in enumerate(local)
    )
    await session.flush()

    time, name = Transfer.created_at, Transfer.reference
    stored = (await session.scalars(select(time).order_by(time))).all()
    assert stored == moments
    assert {moment.tzinfo for moment in stored} == {UTC}
    assert await session.scalar(select(func.max(time))) == moments[-1]
    between = select(name).where(
        time.between(moments[0].astimezone(NEW_YORK), moments[1])
    )
    assert (await session.scalars(between.order_by(name))).all() == ["0", "1"]


# Money.


async def test_money_is_whole_cents(session):
    """Sums stay exact far beyond a float's 15 digits, and are integers."""
    account = await open_account(session)
    large = 2**62 + 1
    await session.execute(
        update(Account).where(Account.id == account.id).values(balance=large)
    )
    stored = await session.scalar(
        select(Account.balance).where(Account.id == account.id)
    )
    assert (stored, type(stored)) == (large, int)
    total = await session.scalar(select(func.sum(Account.balance)))
    assert total == large
    more = select(Account.id).where(Account.balance > large - 1)
    assert (await session.scalars(more)).all() == [account.id]
    assert MAX_AMOUNT * 10**6 < 2**63


# Text.


@pytest.mark.parametrize(
    "other", ["RENT", "Rent", "rent ", "rent  ", " rent", "rént", "rent\t"]
)
async def test_unique_text_is_exact(session, other):
    """References that differ in case, accents or blanks are different."""
    transfers = TransferRepository(session)
    one = await transfers.add(Transfer(reference="rent"))
    assert await transfers.get_by_reference(other) is None
    two = await transfers.add(Transfer(reference=other))
    session.expunge_all()
    found = await transfers.get_by_reference(other)
    assert (found.id, found.reference) == (two.id, other)
    assert (await transfers.get_by_reference("rent")).id == one.id
    again = insert(Transfer).values(reference=other, created_at=NOON)
    assert type(await refusal(session, again)) is UniqueViolated


async def test_addresses_of_one_person_and_of_two(session):
    """Case and blanks around an address count for nothing; accents do."""
    users = user_service(session)
    await users.register(email="zoé@example.org", name="Zoé")
    with pytest.raises(EmailTaken):
        async with session.begin_nested():
            await users.register(email=" ZOÉ@Example.org ", name="Zoé")
    await users.register(email="zoe@example.org", name="Zoe")


@pytest.mark.parametrize(
    ("table", "column"), TEXTS, ids=[str(column) for _, column in TEXTS]
)
async def test_text_that_is_too_long(session, table, column):
    """The last character that fits is stored, and the next one is refused.

    It is characters that count, and an emoji, of four bytes, is one.
    """
    needed = {"email": "a", "name": "a", "balance": 0, "version": 1}
    row = {name: needed[name] for name in needed if name in table.columns}
    if "created_at" in table.columns:
        row["created_at"] = NOON
    fits = "\N{MONEY BAG}" * column.type.length
    await session.execute(insert(table).values(row | {column.name: fits}))
    found = select(func.count()).where(column == fits)
    assert await session.scalar(found) == 1

    longer = insert(table).values(row | {column.name: fits + "x"})
    assert type(await refusal(session, longer)) is CheckViolated


def test_no_text_is_left_out():
    """The tests above know each column of text."""
    assert {str(column) for _, column in TEXTS} >= {
        "users.email",
        "users.name",
        "accounts.name",
        "transfers.reference",
    }


# Ids.


@pytest.mark.parametrize("model", [User, Account, Transfer])
async def test_ids_are_given_once(session, model):
    """The id of a deleted row is not given to another."""
    rows = {
        User: {"email": "a@example.org", "name": "a", "created_at": NOON},
        Account: {"name": "a", "balance": 0, "version": 1},
        Transfer: {"reference": "a", "created_at": NOON},
    }
    new = insert(model).values(rows[model]).returning(model.id)
    first = await session.scalar(new)
    await session.execute(delete(model).where(model.id == first))
    assert await session.scalar(new) > first


async def test_ids_are_large(factory):
    """An id may have 63 bits, in its own row and in one that refers to it."""
    last = 2**63 - 1
    async with transaction(factory) as session:
        session.add(User(id=last, email="a@example.org", name="a"))
        await session.flush()
        account = await account_service(session).open(owner_id=last, name="a")
    async with factory() as session:
        found = await session.get(Account, account.id)
        assert found.owner_id == last


# NULL.


async def test_nulls_are_sorted_by_saying_where(session):
    """Sorted by "is it NULL" first, the house's account comes last."""
    accounts = [await open_account(session) for _ in range(2)]
    owner = Account.owner_id
    for order in (
        (owner.is_(None), owner),
        (owner.is_(None), owner.desc()),
    ):
        owners = (await session.scalars(select(owner).order_by(*order))).all()
        assert owners[-1] is None
        assert set(owners[:-1]) == {account.owner_id for account in accounts}


def test_the_bank_sorts_by_nothing_that_may_be_null():
    """No order of the bank's own depends on where NULL comes."""
    orders = [
        column
        for mapper in Base.registry.mappers
        for relationship in mapper.relationships
        for column in relationship.order_by or ()
    ]
    assert orders
    assert not any(column.nullable for column in orders)


# Errors.


REFUSED = {
    UniqueViolated: insert(User).values(
        email="taken@example.org", name="a", created_at=NOON
    ),
    ForeignKeyViolated: insert(Account).values(
        owner_id=10**9, name="a", balance=0, version=1
    ),
    CheckViolated: insert(Entry).values(transfer_id=1, account_id=1, amount=0),
    NotNullViolated: insert(User).values(
        email="a@example.org", name=None, created_at=NOON
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_one_kind_of_error(session, kind):
    """A refusal is of one kind everywhere, and a savepoint outlives it."""
    await user_service(session).register(email="taken@example.org", name="Ada")
    assert type(await refusal(session, REFUSED[kind])) is kind
    assert await session.scalar(select(func.count(User.id))) == 1


# Time-outs.


@pytest.fixture
async def impatient(database_url):
    """Give an engine of one connection that gives slow statements up."""
    engine = make_engine(
        database_url, statement_timeout=LIMIT, pool_size=1, max_overflow=0
    )
    yield engine
    await engine.dispose()


async def test_slow_statement(impatient):
    """A statement that outlives its limit has timed out, each time."""
    factory = make_session_factory(impatient)
    for _ in range(2):
        with pytest.raises(TimedOut):
            async with transaction(factory) as session:
                await session.execute(SLOW)
        assert impatient.pool.checkedout() == 0
        async with factory() as session:
            assert await session.scalar(QUICK) == 1


async def test_slow_transaction(impatient):
    """The limit is a statement's: a transaction may last longer."""
    async with transaction(make_session_factory(impatient)) as session:
        for _ in range(3):
            assert await session.scalar(QUICK) == 1
            await asyncio.sleep(LIMIT / 2)
        assert await session.scalar(QUICK) == 1


async def test_limit_outlives_a_rollback(impatient):
    """The limit belongs to the connection, whatever its first user did."""
    async with impatient.connect() as connection:
        await connection.execute(QUICK)
        await connection.rollback()
        with pytest.raises(TimedOut), translated():
            await connection.execute(SLOW)


async def test_shortest_limit(database_url):
    """A limit below a millisecond is one, and not the servers' "none"."""
    engine = make_engine(database_url, statement_timeout=1e-6)
    with pytest.raises(TimedOut), translated():
        async with engine.connect() as connection:
            await connection.execute(SLOW)
    await engine.dispose()
