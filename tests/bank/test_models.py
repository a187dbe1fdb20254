"""The tables: portable types, named constraints, no accidental loads."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Index, UniqueConstraint, delete, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import selectinload

from bank.db.errors import ForeignKeyViolated, UniqueViolated
from bank.models import (
    Account,
    Base,
    Entry,
    Transfer,
    User,
    normalise_email,
    now,
)
from bank.repositories import AccountRepository
from tests.bank.build import open_account

MOMENT = datetime(2026, 6, 1, 12, 0, 0, 123457, tzinfo=UTC)


async def test_default_time_is_now(session):
    """A row that is given no time gets the present one."""
    before = datetime.now(UTC)
    account = await open_account(session)
    stored = await session.scalar(
        select(User.created_at).where(User.id == account.owner_id)
    )
    assert before <= stored <= datetime.now(UTC)
    assert now().tzinfo is UTC  # as what the database gives back


async def test_money_is_exact(session):
    """A balance of ten billion in cents comes back to the cent."""
    account = await open_account(session, balance=10**12 - 1)
    await session.refresh(account)
    assert account.balance == 999_999_999_999


async def test_email_is_normalised(session):
    """Addresses that differ in case or blanks are one, on each database."""
    assert normalise_email("  Ada@Example.ORG ") == "ada@example.org"
    assert normalise_email("\tada@example.org\n") == "ada@example.org"
    assert normalise_email('"a B"@example.org') == '"a b"@example.org'
    assert normalise_email("Groß@example.org") == "groß@example.org"
    ada = User(email="Ada@Example.org", name="Ada")
    session.add(ada)
    await session.flush()
    ada.email = "ADA@Example.org"
    assert ada.email == "ada@example.org"
    session.add(User(email="ada@example.ORG ", name="Ada again"))
    with pytest.raises(UniqueViolated):
        await session.flush()


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (User, "accounts"),
        (Account, "owner"),
        (Account, "entries"),
        (Transfer, "entries"),
        (Entry, "transfer"),
        (Entry, "account"),
    ],
)
async def test_no_accidental_lazy_load(session, model, name):
    """Each relationship refuses to load by itself, in the same words."""
    await open_account(session, balance=1)
    session.expunge_all()
    found = await session.scalar(
        select(model).order_by(model.id.desc()).limit(1)
    )
    with pytest.raises(InvalidRequestError, match="lazy='raise'"):
        getattr(found, name)


@pytest.mark.parametrize("model", [User, Account, Transfer])
async def test_deleting_leaves_no_orphan(session, model):
    """What others refer to is not deleted, and nobody becomes the house."""
    await open_account(session, balance=1)
    parent = await session.scalar(
        select(model).order_by(model.id.desc()).limit(1)
    )
    await session.delete(parent)
    with pytest.raises(ForeignKeyViolated):
        await session.flush()


@pytest.mark.parametrize(
    ("model", "name"),
    [(User, "accounts"), (Account, "entries"), (Transfer, "entries")],
)
async def test_deleting_leaves_no_loaded_orphan(session, model, name):
    """Nor are they deleted, or given to nobody, when they are loaded."""
    await open_account(session, balance=1)
    session.expunge_all()
    stmt = select(model).order_by(model.id.desc()).limit(1)
    parent = await session.scalar(
        stmt.options(selectinload(getattr(model, name)))
    )
    await session.delete(parent)
    with pytest.raises(ForeignKeyViolated):
        await session.flush()


async def test_owner_of_an_empty_account(session):
    """A user with an account is not deleted, even if it holds no money."""
    account = await open_account(session)
    with pytest.raises(ForeignKeyViolated):
        await session.execute(delete(User).where(User.id == account.owner_id))


async def test_order_of_what_is_loaded(session):
    """Accounts and entries come by id, a transfer's source before target."""
    account = await open_account(session, balance=9)
    cash = await AccountRepository(session).get_cash()
    transfer = Transfer(reference="back")
    session.add(transfer)
    await session.flush()
    for each, amount in ((cash, 5), (account, -5)):  # the target first
        session.add(
            Entry(transfer_id=transfer.id, account_id=each.id, amount=amount)
        )
        await session.flush()
    session.expunge_all()
    for model, key, amounts in (
        (Account, account.id, [9, -5]),
        (Account, cash.id, [-9, 5]),
        (Transfer, transfer.id, [-5, 5]),
    ):
        stmt = select(model).where(model.id == key)
        found = await session.scalar(stmt.options(selectinload(model.entries)))
        assert [entry.amount for entry in found.entries] == amounts


def test_every_relationship_refuses():
    """No relationship was forgotten."""
    for mapper in Base.registry.mappers:
        for relationship in mapper.relationships:
            assert relationship.lazy == "raise", relationship


def test_transfer_tells_its_sides():
    """A transfer's source, target and amount come from its entries."""
    transfer = Transfer(
        reference="x",
        entries=[
            Entry(account_id=7, amount=250),
            Entry(account_id=9, amount=-250),
        ],
    )
    assert transfer.source_id == 9
    assert transfer.target_id == 7
    assert transfer.amount == 250


def test_constraints_are_named():
    """Each constraint and index has a name that a migration can use."""
    for table in Base.metadata.tables.values():
        for constraint in table.constraints - {table.primary_key}:
            assert str(constraint.name).endswith(
                tuple(constraint.columns.keys()) or ("not_zero",)
            ) or str(constraint.name).startswith("ck_")
        for index in table.indexes:
            assert index.name.startswith(f"ix_{table.name}_")
    names = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }
    assert names == {
        "uq_users_email",
        "uq_transfers_reference",
        "uq_entries_transfer_id_account_id",
    }


async def test_version_counts_edits(session):
    """The version goes up when an account's details are edited."""
    account = await open_account(session)
    assert account.version == 1
    account.name = "Holidays"
    await session.flush()
    assert account.version == 2


def test_every_reference_is_indexed():
    """The rows that refer to one are found by an index, on each database."""
    for table in Base.metadata.tables.values():
        indexed = {
            each.columns[0].name
            for each in table.indexes | table.constraints
            if isinstance(each, Index | UniqueConstraint)
        }
        referring = {key.parent.name for key in table.foreign_keys}
        assert referring <= indexed
