"""The boundary to the database: named questions."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, insert, inspect, literal, select, update
from sqlalchemy.exc import InvalidRequestError

from bank.db.errors import (
    CheckViolated,
    ForeignKeyViolated,
    StaleRow,
    UniqueViolated,
)
from bank.db.session import transaction
from bank.models import Account, Entry, Transfer, User
from bank.repositories import (
    AccountRepository,
    TransferRepository,
    UserRepository,
)
from tests.bank.build import open_account


def user(name):
    """Make a user of that name."""
    return User(email=f"{name}@example.org", name=name)


@pytest.fixture
def users(session):
    """Give the users' repository."""
    return UserRepository(session)


@pytest.fixture
def accounts(session):
    """Give the accounts' repository."""
    return AccountRepository(session)


@pytest.fixture
def transfers(session):
    """Give the transfers' repository."""
    return TransferRepository(session)


async def test_user_by_id(users):
    """A user is found by id, and nobody by another."""
    ada = await users.add(user("ada"))
    await users.add(user("grace"))
    assert await users.get_by_id(ada.id) is ada
    assert await users.get_by_id(ada.id + 1000) is None


async def test_user_by_email(users):
    """A user is found by address in any case, and nobody by another."""
    ada = await users.add(user("ada"))
    assert await users.get_by_email(" ADA@example.org ") is ada
    for other in ("eve@example.org", "%@example.org", "a_a@example.org"):
        assert await users.get_by_email(other) is None


async def test_user_with_accounts(users, session):
    """The accounts come with the user, in the order of their ids."""
    account = await open_account(session)
    second = await AccountRepository(session).add(
        Account(owner_id=account.owner_id, name="0, the second")
    )
    session.expunge_all()
    found = await users.get_with_accounts(account.owner_id)
    assert [a.id for a in found.accounts] == [account.id, second.id]
    assert await users.get_with_accounts(0) is None
    nobody = await users.add(user("nobody"))
    assert (await users.get_with_accounts(nobody.id)).accounts == []


async def test_user_with_first_accounts(users, session):
    """The oldest accounts come with the user, whatever their names are."""
    ada = await users.add(user("ada"))
    assert await users.get_with_first_accounts(ada.id, limit=2) == (ada, [])
    opened = [
        await AccountRepository(session).add(
            Account(owner_id=ada.id, name=name)
        )
        for name in ("old", "new", "another")
    ]
    found = await users.get_with_first_accounts(ada.id, limit=2)
    assert found == (ada, opened[:2])
    assert await users.get_with_first_accounts(0, limit=2) is None


async def test_pages_of_users(users):
    """Pages follow each other by id, without gap or repetition."""
    ids = []
    for n in range(5):
        newer = user(f"u{9 - n}")
        newer.created_at = datetime(2026, 6, 9 - n, tzinfo=UTC)
        ids.append((await users.add(newer)).id)
    first = await users.list_page(limit=2)
    second = await users.list_page(after_id=first[-1].id, limit=2)
    last = await users.list_page(after_id=second[-1].id, limit=2)
    pages = [[found.id for found in page] for page in (first, second, last)]
    assert pages == [ids[:2], ids[2:4], ids[4:]]
    assert await users.list_page(after_id=ids[-1]) == []


async def test_page_has_a_limit(users, accounts, session):
    """A page holds fifty rows unless told otherwise."""
    ada = await users.add(user("ada"))
    of_ada = {"owner_id": ada.id, "name": "x", "balance": 0, "version": 1}
    await session.execute(insert(Account), [of_ada] * 51)
    for n in range(51):
        session.add(user(f"u{n}"))
        session.add(Transfer(reference=f"r{n}"))
    await session.flush()
    account_id = (await accounts.list_page(ada.id, limit=1))[0].id
    transfers = select(Transfer.id, literal(account_id), literal(1))
    columns = ["transfer_id", "account_id", "amount"]
    await session.execute(insert(Entry).from_select(columns, transfers))
    for page in (
        await users.list_page(),
        await accounts.list_page(ada.id),
        await accounts.statement(account_id),
    ):
        assert len(page) == 50


async def test_taken_address(users):
    """A taken address is refused at once, not at the commit."""
    await users.add(user("ada"))
    with pytest.raises(UniqueViolated):
        await users.add(user("ada"))


async def test_account_by_id(accounts, session):
    """An account is found by id, and none by another."""
    account = await open_account(session)
    assert await accounts.get_by_id(account.id) is account
    assert await accounts.get_by_id(account.id + 1000) is None


async def test_cash(accounts):
    """The cash account has no owner."""
    cash = await accounts.get_cash()
    assert cash.owner_id is None
    assert cash.name == "Cash"


async def test_account_of_nobody(accounts):
    """An account of a user who does not exist is refused at once."""
    with pytest.raises(ForeignKeyViolated):
        await accounts.add(Account(owner_id=10**6, name="x"))


async def test_save(accounts, session):
    """A changed detail is written, and counted as an edit."""
    account = await open_account(session)
    account.name = "Holidays"
    await accounts.save(account)
    await session.refresh(account)
    assert (account.name, account.version) == ("Holidays", 2)


async def test_save_after_its_session(accounts, session):
    """An account that was read in another session is written as well."""
    account = await open_account(session)
    session.expunge_all()
    account.name = "Holidays"
    await accounts.save(account)
    assert account.version == 2
    session.expunge_all()
    assert (await accounts.get_by_id(account.id)).name == "Holidays"


async def test_save_after_another_edit(factory):
    """Of two editors, the second is refused."""
    async with factory() as session:
        account = await open_account(session)
        await session.commit()
    async with factory() as first, factory() as second:
        mine = await first.get_one(Account, account.id)
        yours = await second.get_one(Account, account.id)
        await second.commit()
        mine.name = "mine"
        await AccountRepository(first).save(mine)
        await first.commit()
        yours.name = "yours"
        with pytest.raises(StaleRow):
            await AccountRepository(second).save(yours)


async def test_lock(accounts, session):
    """Accounts are locked by one statement, in the order of their ids."""
    one = await open_account(session, balance=5)
    two = await open_account(session)
    cash = await accounts.get_cash()
    sent = []
    connection = await session.connection()

    def note(_conn, _cursor, statement, *_):
        sent.append(statement)

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    locked = await accounts.lock(two.id, one.id, 10**6, cash.id)
    event.remove(connection.sync_connection, "before_cursor_execute", note)
    [statement] = sent
    order = statement.partition(" ORDER BY ")[2].partition(" FOR ")[0]
    assert re.fullmatch(r"\w+\.id\s*", order)
    for_update = session.bind.dialect.name != "sqlite"
    assert ("FOR " in statement) == for_update
    found = {
        key: (row.id, row.owner_id, row.balance) for key, row in locked.items()
    }
    assert found == {
        cash.id: (cash.id, None, -5),
        one.id: (one.id, one.owner_id, 5),
        two.id: (two.id, two.owner_id, 0),
    }


async def test_locks_in_opposite_directions(factory):
    """Who asks for the same accounts the other way round waits, once."""
    async with transaction(factory) as session:
        ids = [(await open_account(session)).id for _ in range(6)]
    done = []

    async def lock(number):
        order = ids if number % 2 else ids[::-1]
        async with transaction(factory) as session:
            locked = await AccountRepository(session).lock(*order)
            await asyncio.sleep(0.002)
            done.append(sorted(locked))

    await asyncio.gather(*(lock(number) for number in range(20)))
    assert done == [ids] * 20


async def test_locked_account_may_be_referred_to(factory):
    """A row that refers to a locked account is stored meanwhile."""
    if factory.kw["bind"].dialect.name != "postgresql":
        pytest.skip("Only PostgreSQL tells such a lock from a whole one.")
    async with transaction(factory) as session:
        account = await open_account(session)
    async with factory() as first, factory() as second:
        await AccountRepository(first).lock(account.id)
        second.add(Transfer(reference="r"))
        await second.flush()
        stmt = select(Transfer.id).where(Transfer.reference == "r")
        transfer_id = await second.scalar(stmt)
        async with asyncio.timeout(2):
            second.add(
                Entry(transfer_id=transfer_id, account_id=account.id, amount=1)
            )
            await second.flush()


async def test_lock_reads_anew(factory):
    """A locked account is as others have committed it meanwhile."""
    async with factory() as session:
        account = await open_account(session, balance=100)
        await session.commit()
    async with factory() as first, factory() as second:
        seen = await AccountRepository(first).get_by_id(account.id)
        await first.commit()
        await AccountRepository(second).change_balances({account.id: 11})
        await second.commit()
        assert seen.balance == 100
        locked = await AccountRepository(first).lock(account.id)
        assert locked[account.id].balance == 111


async def test_lock_keeps_changes(accounts, session):
    """What was changed and not yet written is not lost by locking."""
    account = await open_account(session)
    account.name = "new"
    await accounts.lock(account.id)
    assert account.name == "new"
    await session.refresh(account)
    assert account.name == "new"


async def test_pages_of_accounts(accounts, session):
    """A user's accounts are listed page by page, and nobody else's."""
    first = await open_account(session)
    await open_account(session)
    more = [Account(owner_id=first.owner_id, name=f"{n}") for n in range(3)]
    for account in more:
        await accounts.add(account)
    ids = [first.id, *(account.id for account in more)]
    page = await accounts.list_page(first.owner_id, limit=2)
    assert [account.id for account in page] == ids[:2]
    rest = await accounts.list_page(first.owner_id, after_id=ids[1])
    assert [account.id for account in rest] == ids[2:]


async def test_savepoint(users, accounts):
    """What fails inside a savepoint is undone alone."""
    for repository, row, kind in (
        (users, user("ada"), UniqueViolated),
        (accounts, Account(owner_id=10**6, name="x"), ForeignKeyViolated),
    ):
        await users.add(user("ada")) if repository is users else None
        with pytest.raises(kind):
            async with repository.savepoint():
                await repository.add(row)
    assert await users.get_by_email("ada@example.org")


async def test_change_balance(accounts, session):
    """A balance changes by the amount, and is no edit of the details."""
    account = await open_account(session, balance=100)
    await accounts.change_balances({account.id: -30})
    await session.refresh(account)
    assert (account.balance, account.version) == (70, 1)


async def test_overdraft_is_refused_by_the_database(accounts, session):
    """Even without the service, no customer's account is overdrawn."""
    account = await open_account(session, balance=100)
    with pytest.raises(CheckViolated):
        await accounts.change_balances({account.id: -101})


async def test_cash_may_be_overdrawn(accounts, session):
    """The house's cash account alone may go below zero."""
    cash = await accounts.get_cash()
    await accounts.change_balances({cash.id: -500})
    await session.refresh(cash)
    assert cash.balance == -500


async def test_statement(accounts, session):
    """A statement lists entries, the last first, whatever clocks say."""
    account = await open_account(session)
    cash = await accounts.get_cash()
    for n in range(5):
        session.add(
            Transfer(
                reference=f"r{n}",
                created_at=datetime(2026, 6, 9 - n, tzinfo=UTC),
                entries=[
                    Entry(account_id=cash.id, amount=-n - 1),
                    Entry(account_id=account.id, amount=n + 1),
                ],
            )
        )
        await session.flush()
    session.expunge_all()
    first = await accounts.statement(account.id, limit=2)
    assert [entry.amount for entry in first] == [5, 4]
    assert [entry.transfer.reference for entry in first] == ["r4", "r3"]
    rest = await accounts.statement(account.id, before_id=first[-1].id)
    assert [entry.amount for entry in rest] == [3, 2, 1]
    assert await accounts.statement(account.id, before_id=0) == []


async def test_statement_of_overlapping_transfers(accounts, session):
    """The newest entry comes first, whichever transfer began first."""
    account = await open_account(session)
    cash = await accounts.get_cash()
    one, two = Transfer(reference="one"), Transfer(reference="two")
    for transfer in (one, two):
        session.add(transfer)
        await session.flush()
    for transfer in (two, one):
        rows = [
            {"transfer_id": transfer.id, "account_id": each, "amount": amount}
            for each, amount in ((cash.id, -1), (account.id, 1))
        ]
        await session.execute(insert(Entry), rows)
    [newest] = await accounts.statement(account.id, limit=1)
    assert newest.transfer is one
    [older] = await accounts.statement(account.id, before_id=newest.id)
    assert older.transfer is two


async def test_entries(transfers, session):
    """A transfer's entries are stored after it, and found with it."""
    account = await open_account(session)
    cash = await AccountRepository(session).get_cash()
    before = datetime.now(UTC)
    added = await transfers.add(
        Transfer(
            reference="r",
            entries=[
                Entry(account_id=cash.id, amount=-3),
                Entry(account_id=account.id, amount=3),
            ],
        )
    )
    assert added.id
    await transfers.add_entries(added)
    found = await transfers.get_by_id(added.id)
    assert (found.source_id, found.target_id) == (cash.id, account.id)
    assert before <= found.created_at == added.created_at


async def test_transfer_by_reference_and_id(transfers, session):
    """A transfer is found by reference and by id, with its entries."""
    account = await open_account(session, balance=100)
    session.expunge_all()
    statement = await AccountRepository(session).statement(account.id)
    stored = statement[0].transfer
    session.expunge_all()
    found = await transfers.get_by_reference(stored.reference)
    assert found.id == stored.id
    assert "entries" not in inspect(found).unloaded
    session.expunge_all()
    found = await transfers.get_by_id(stored.id)
    assert found.amount == 100
    assert await transfers.get_by_reference("nothing") is None
    assert await transfers.get_by_id(stored.id + 1000) is None


async def test_used_reference(transfers):
    """A reference that exists is refused at once."""
    await transfers.add(Transfer(reference="r"))
    with pytest.raises(UniqueViolated):
        await transfers.add(Transfer(reference="r"))


async def test_cash_is_the_account_without_an_owner(session):
    """The cash account is found by having no owner, whatever else it has."""
    accounts = AccountRepository(session)
    cash = await accounts.get_cash()
    stmt = update(Account).where(Account.id == cash.id)
    await session.execute(stmt.values(id=9_000, name="Till"))
    session.expunge_all()
    assert (await accounts.get_cash()).id == 9_000


@pytest.mark.parametrize("houses", [0, 2])
async def test_cash_is_one_account(accounts, session, houses):
    """No account stands in for a missing one, nor is one of two chosen."""
    cash = await accounts.get_cash()
    await session.delete(cash)
    session.add_all(Account(name="Cash") for _ in range(houses))
    await session.flush()
    with pytest.raises(InvalidRequestError):
        await accounts.get_cash()


async def test_nothing_is_committed(factory):
    """What repositories have stored is gone if their caller ends here."""
    async with factory() as session:
        account = await open_account(session, balance=100)
        account.name = "Holidays"
        await AccountRepository(session).save(account)
    async with factory() as session:
        assert await UserRepository(session).list_page() == []
        found = await session.scalars(select(Account))
        assert [(each.name, each.balance) for each in found] == [("Cash", 0)]
        assert (await session.scalars(select(Transfer.id))).all() == []
