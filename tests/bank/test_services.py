"""The business of the bank: what may happen, and what may not."""

from contextlib import nullcontext

import pytest
from sqlalchemy import update

import lab
from bank.db.errors import (
    CheckViolated,
    ForeignKeyViolated,
    Retryable,
    StaleRow,
    UniqueViolated,
)
from bank.db.session import transaction
from bank.dependencies import account_service, transfer_service, user_service
from bank.errors import (
    EditConflict,
    EmailTaken,
    HouseAccount,
    InsufficientFunds,
    InvalidTransfer,
    NotFound,
    ReferenceReused,
)
from bank.models import Account, Entry, Transfer, User
from bank.repositories import (
    AccountRepository,
    LockedAccount,
    TransferRepository,
    UserRepository,
)
from bank.services import (
    MAX_AMOUNT,
    AccountService,
    TransferService,
    UserService,
)
from tests.bank.build import assert_sound, balances, open_account


@pytest.fixture
def service(session):
    """Give the service that moves money."""
    return transfer_service(session)


@pytest.fixture
async def pair(session):
    """Give two accounts with 1,000 cents each."""
    one = await open_account(session, balance=1_000)
    two = await open_account(session, balance=1_000)
    return one.id, two.id


async def test_register(session):
    """A registered user is found again, and the accounts page by page."""
    service = user_service(session)
    ada = await service.register(email="ada@example.org", name="Ada")
    account = await account_service(session).open(owner_id=ada.id, name="Main")
    session.expunge_all()
    found = await service.get(ada.id)
    assert (found.email, found.name) == ("ada@example.org", "Ada")
    accounts = await account_service(session).list_page(ada.id)
    assert [found.id for found in accounts] == [account.id]


async def test_register_twice(session):
    """An address is registered once, in whatever case."""
    service = user_service(session)
    await service.register(email="ada@example.org", name="Ada")
    with pytest.raises(EmailTaken, match="address"):
        await service.register(email="ADA@example.org", name="Eve")


async def test_unit_of_work_continues(session):
    """Who skips what is known registers the rest in the same transaction."""
    users, accounts = user_service(session), account_service(session)
    await users.register(email="a@example.org", name="A")
    refused = []
    for email in ("a@example.org", "b@example.org", "A@example.org"):
        try:
            user = await users.register(email=email, name="N")
            await accounts.open(owner_id=10**6, name="nobody's")
        except (EmailTaken, NotFound) as error:
            refused.append(type(error))
    assert refused == [EmailTaken, NotFound, EmailTaken]
    await accounts.open(owner_id=user.id, name="Main")
    assert len(await UserRepository(session).list_page()) == 2


async def test_house_account_is_nobodys(session, service, pair):
    """Customers neither move the house's money nor rename its account."""
    cash = await AccountRepository(session).get_cash()
    for source, target in ((cash.id, pair[0]), (pair[0], cash.id)):
        with pytest.raises(HouseAccount, match=rf"(?i)account {cash.id}\b"):
            await service.transfer(
                reference="t", source_id=source, target_id=target, amount=1
            )
    for version in (1, 7):
        with pytest.raises(HouseAccount):
            await account_service(session).rename(
                cash.id, name="x", version=version
            )
    with pytest.raises(InvalidTransfer):
        await service.deposit(reference="t", account_id=cash.id, amount=1)
    await assert_sound(session)


async def test_edit_at_the_same_moment(factory):
    """An edit that another one overtakes is refused, and told as such."""
    async with transaction(factory) as session:
        account = await open_account(session)
    async with factory() as first, factory() as second:
        late = account_service(second)
        held = await late.get(account.id)
        await second.commit()
        await account_service(first).rename(account.id, name="x", version=1)
        await first.commit()
        with pytest.raises(
            EditConflict, match=rf"(?i)account {account.id}\b"
        ) as refusal:
            await late.rename(held.id, name="y", version=1)
        assert isinstance(refusal.value.__cause__, StaleRow)


async def test_unknown_user(session):
    """A user who does not exist is told by id."""
    with pytest.raises(NotFound, match="user 1000000"):
        await user_service(session).get(10**6)
    with pytest.raises(NotFound, match="user 1000000"):
        await user_service(session).get_with_first_accounts(10**6, limit=1)
    with pytest.raises(NotFound, match="user 1000000"):
        await account_service(session).open(owner_id=10**6, name="x")


async def test_open(session):
    """A new account is empty and at its first version."""
    account = await open_account(session)
    found = await account_service(session).get(account.id)
    assert (found.balance, found.version) == (0, 1)
    with pytest.raises(NotFound, match="account 1000000"):
        await account_service(session).get(10**6)


async def test_rename(session):
    """A rename needs the version that is stored, and counts it up."""
    service = account_service(session)
    account = await open_account(session)
    renamed = await service.rename(account.id, name="Holidays", version=1)
    assert (renamed.name, renamed.version) == ("Holidays", 2)
    with pytest.raises(EditConflict, match=r"version 2.* 1\b"):
        await service.rename(account.id, name="Other", version=1)
    with pytest.raises(EditConflict, match=r"version 2.* 3\b"):
        await service.rename(account.id, name="Other", version=3)
    with pytest.raises(NotFound):
        await service.rename(10**6, name="Other", version=1)
    edits = update(Account).where(Account.id == account.id)
    await session.execute(edits.values(version=1_000))
    session.expunge_all()
    renamed = await service.rename(account.id, name="Other", version=1_000)
    assert renamed.version == 1_001


async def test_transfer_is_no_edit(session, service, pair):
    """A transfer between two reads of an editor does not disturb him."""
    await service.transfer(
        reference="t", source_id=pair[0], target_id=pair[1], amount=1
    )
    renamed = await account_service(session).rename(
        pair[0], name="Holidays", version=1
    )
    assert renamed.version == 2


async def test_transfer(session, service, pair):
    """Money leaves one account and arrives on the other."""
    one, two = pair
    transfer = await service.transfer(
        reference="t", source_id=one, target_id=two, amount=300
    )
    assert (transfer.source_id, transfer.target_id) == (one, two)
    assert transfer.amount == 300
    stored = await balances(session)
    assert (stored[one], stored[two]) == (700, 1_300)
    await assert_sound(session)
    session.expunge_all()
    assert (await service.get(transfer.id)).reference == "t"


@pytest.mark.parametrize("order", [1, -1])
async def test_whole_balance(session, service, pair, order):
    """An account may be emptied to the last cent, and no further."""
    one, two = pair[::order]
    await service.transfer(
        reference="all", source_id=one, target_id=two, amount=1_000
    )
    with pytest.raises(
        InsufficientFunds,
        match=rf"(?i)account {one} .*\b0 cents.*\b1\b",
    ):
        await service.transfer(
            reference="more", source_id=one, target_id=two, amount=1
        )
    assert (await balances(session))[one] == 0
    await assert_sound(session)


@pytest.mark.parametrize("amount", [0, -1, MAX_AMOUNT + 1])
async def test_senseless_amount(session, service, pair, amount):
    """An amount that is not positive, or too large, is refused."""
    with pytest.raises(InvalidTransfer, match="1 to 1000000000000 cents"):
        await service.transfer(
            reference="t", source_id=pair[0], target_id=pair[1], amount=amount
        )
    with pytest.raises(InvalidTransfer, match="1 to 1000000000000 cents"):
        await service.deposit(reference="d", account_id=pair[0], amount=amount)
    await assert_sound(session)


async def test_largest_amount(session, service, pair):
    """The largest amount is moved."""
    await service.deposit(reference="d", account_id=pair[0], amount=MAX_AMOUNT)
    assert (await balances(session))[pair[0]] == MAX_AMOUNT + 1_000
    await assert_sound(session)


async def test_to_the_same_account(service, pair):
    """Moving money to where it is, is refused."""
    with pytest.raises(InvalidTransfer, match="different accounts"):
        await service.transfer(
            reference="t", source_id=pair[0], target_id=pair[0], amount=1
        )
    with pytest.raises(InvalidTransfer, match="different accounts"):
        await service.transfer(
            reference="t", source_id=10**6, target_id=int("1000000"), amount=1
        )


async def test_unknown_accounts(session, service, pair):
    """A source or target that does not exist is told by id."""
    for source, target in ((10**6, pair[0]), (pair[0], 10**6)):
        with pytest.raises(NotFound, match="account 1000000"):
            await service.transfer(
                reference="t", source_id=source, target_id=target, amount=1
            )
    with pytest.raises(NotFound, match="transfer 1000000"):
        await service.get(10**6)
    await assert_sound(session)


async def test_repeated_reference(session, service, pair):
    """The same transfer sent again moves nothing and answers alike."""
    request = {
        "reference": "t",
        "source_id": pair[0],
        "target_id": pair[1],
        "amount": 300,
    }
    first = await service.transfer(**request)
    session.expunge_all()
    again = await service.transfer(**request)
    assert again.id == first.id
    assert (await balances(session))[pair[0]] == 700
    await assert_sound(session)


async def test_repeated_reference_after_the_money_is_gone(service, pair):
    """The answer stays the same when a new transfer would be refused."""
    request = {
        "reference": "t",
        "source_id": pair[0],
        "target_id": pair[1],
        "amount": 1_000,
    }
    first = await service.transfer(**request)
    assert (await service.transfer(**request)).id == first.id


@pytest.mark.parametrize(
    "change", ["source_id", "target_id", "amount", "direction"]
)
async def test_reference_with_other_content(session, service, pair, change):
    """A reference that is used for another transfer is refused."""
    third = await open_account(session, balance=1_000)
    request = {"source_id": pair[0], "target_id": pair[1], "amount": 300}
    await service.transfer(reference="t", **request)
    if change == "direction":
        request |= {"source_id": pair[1], "target_id": pair[0]}
    else:
        request[change] = 301 if change == "amount" else third.id
    with pytest.raises(ReferenceReused, match=r"(?i)reference t\b"):
        await service.transfer(reference="t", **request)
    await assert_sound(session)


async def test_deposit(session, service):
    """A deposit comes from the house's cash account, so money is kept."""
    account = await open_account(session)
    cash = await AccountRepository(session).get_cash()
    before = (await balances(session))[cash.id]
    transfer = await service.deposit(
        reference="d", account_id=account.id, amount=500
    )
    assert transfer.source_id == cash.id
    again = await service.deposit(
        reference="d", account_id=account.id, amount=500
    )
    assert again.id == transfer.id
    stored = await balances(session)
    assert stored[account.id] == 500
    assert stored[cash.id] == before - 500
    await assert_sound(session)


async def test_deposit_with_a_reference_of_another(session, service, pair):
    """A deposit's reference belongs to its account, amount and kind."""
    await service.deposit(reference="d", account_id=pair[0], amount=500)
    await service.transfer(
        reference="t", source_id=pair[1], target_id=pair[0], amount=500
    )
    for reference, account_id, amount in (
        ("d", pair[1], 500),
        ("d", pair[0], 501),
        ("t", pair[0], 500),
    ):
        with pytest.raises(
            ReferenceReused, match=rf"(?i)reference {reference}\b"
        ):
            await service.deposit(
                reference=reference, account_id=account_id, amount=amount
            )
    await assert_sound(session)


class FakeUsers(UserRepository):
    """Users in a list."""

    def __init__(self):
        self.stored = []

    async def add(self, user):
        """Store a user, unless the address is taken."""
        if any(user.email == other.email for other in self.stored):
            raise UniqueViolated("users.email")
        self.stored.append(user)
        return user

    async def get_by_id(self, user_id):
        """Find nobody."""

    def savepoint(self):
        """Undo nothing."""
        return nullcontext()


class FakeAccounts(AccountRepository):
    """Accounts in a dictionary."""

    def __init__(self, *accounts):
        self.stored = {account.id: account for account in accounts}
        self.locked = []

    async def get_by_id(self, account_id):
        """Find an account."""
        return self.stored.get(account_id)

    async def lock(self, *account_ids):
        """Note the locks."""
        self.locked.append(set(account_ids))
        found = {i: self.stored[i] for i in account_ids if i in self.stored}
        return {
            i: LockedAccount(i, account.owner_id, account.balance)
            for i, account in found.items()
        }

    async def change_balances(self, amounts):
        """Add to balances."""
        for account_id, amount in amounts.items():
            self.stored[account_id].balance += amount


class FakeTransfers(TransferRepository):
    """Transfers in a dictionary, of which one may just be being stored."""

    def __init__(self, *, racing=False):
        self.stored = {}
        self.racing = racing

    async def get_by_reference(self, reference):
        """Find a transfer."""
        return self.stored.get(reference)

    async def add(self, transfer):
        """Store a transfer, unless the race is lost."""
        if self.racing:
            raise UniqueViolated("reference")
        self.stored[transfer.reference] = transfer
        return transfer

    async def add_entries(self, transfer):
        """Keep them with the transfer."""


async def test_services_need_no_database():
    """A service works with fakes, since it sees repositories alone."""
    users = UserService(FakeUsers())
    await users.register(email="ada@example.org", name="Ada")
    with pytest.raises(EmailTaken):
        await users.register(email="ada@example.org", name="Ada")
    with pytest.raises(NotFound):
        await users.get(1)
    one = Account(id=1, owner_id=1, balance=5, version=1)
    two = Account(id=2, owner_id=1, balance=0, version=1)
    accounts = FakeAccounts(one, two)
    service = TransferService(accounts, FakeTransfers())
    await service.transfer(reference="t", source_id=1, target_id=2, amount=5)
    assert (one.balance, two.balance) == (0, 5)
    assert accounts.locked == [{1, 2}]


async def test_the_house_is_known_by_its_missing_owner():
    """The house's account is protected whatever its id is."""
    house = Account(id=7, owner_id=None, balance=5, version=1)
    mine = Account(id=8, owner_id=1, balance=5, version=1)
    accounts = FakeAccounts(house, mine)
    moving = TransferService(accounts, FakeTransfers())
    with pytest.raises(HouseAccount):
        await moving.transfer(
            reference="t", source_id=7, target_id=8, amount=1
        )
    with pytest.raises(HouseAccount):
        await AccountService(accounts).rename(7, name="x", version=1)


async def test_lost_race_for_a_reference():
    """A reference that is being stored by another asks for another try."""
    one = Account(id=1, owner_id=1, balance=5, version=1)
    two = Account(id=2, owner_id=1, balance=0, version=1)
    service = TransferService(
        FakeAccounts(one, two), FakeTransfers(racing=True)
    )
    with pytest.raises(Retryable, match="reference") as lost:
        await service.transfer(
            reference="t", source_id=1, target_id=2, amount=5
        )
    assert isinstance(lost.value.__cause__, UniqueViolated)
    assert (one.balance, two.balance) == (5, 0)


async def test_statement(session, service, pair):
    """A statement shows what moved on the account, the newest first."""
    await service.transfer(
        reference="t", source_id=pair[0], target_id=pair[1], amount=1
    )
    statements = account_service(session)
    lines = await statements.statement(pair[0])
    assert [line.amount for line in lines] == [-1, 1_000]
    assert lines[0].transfer.reference == "t"
    older = await statements.statement(pair[0], before_id=lines[0].id)
    assert [line.amount for line in older] == [1_000]
    newest = await statements.statement(pair[0], limit=1)
    assert [line.amount for line in newest] == [-1]
    for before_id in (None, lines[0].id):
        with pytest.raises(NotFound, match="account 1000000"):
            await statements.statement(10**6, before_id=before_id)


class AskedAccounts(AccountRepository):
    """Accounts that note how their lists are asked for."""

    def __init__(self):
        self.asked = []

    async def get_by_id(self, account_id):
        """Find any account."""
        return Account(id=account_id)

    async def list_page(self, owner_id, *, after_id=0, limit=50):
        """Note the page."""
        self.asked.append((owner_id, after_id, limit))
        return []

    async def statement(self, account_id, *, before_id=None, limit=50):
        """Note the page."""
        self.asked.append((account_id, before_id, limit))
        return []


async def test_pages_are_those_asked_for():
    """A page begins and ends where the caller says, or after fifty rows."""
    accounts = AskedAccounts()
    service = AccountService(accounts)
    await service.list_page(1)
    await service.list_page(1, after_id=2, limit=3)
    await service.statement(4)
    await service.statement(4, before_id=5, limit=6)
    pages = [(1, 0, 50), (1, 2, 3), (4, None, 50), (4, 5, 6)]
    assert accounts.asked == pages


def test_constructors_keep_what_they_get():
    """Services keep their repositories, and nothing of a session."""
    service = AccountService(FakeAccounts())
    assert list(vars(service)) == ["accounts"]
    kinds = {type(value) for value in vars(service).values()}
    assert kinds == {FakeAccounts}


def test_models_need_no_database():
    """Models are plain objects until a session stores them."""
    ada = User(email="Ada@Example.org", name="Ada")
    assert ada.email == "ada@example.org"
    assert (
        Transfer(
            entries=[
                Entry(account_id=1, amount=2),
                Entry(account_id=3, amount=-2),
            ]
        ).source_id
        == 3
    )


async def test_a_refusal_keeps_the_databases_error(session):
    """The database's own error is the cause of the bank's."""
    users = user_service(session)
    await users.register(email="ada@example.org", name="Ada")
    with pytest.raises(EmailTaken) as taken:
        await users.register(email="ada@example.org", name="Ada")
    assert isinstance(taken.value.__cause__, UniqueViolated)
    with pytest.raises(NotFound) as missing:
        await account_service(session).open(owner_id=10**6, name="Main")
    assert isinstance(missing.value.__cause__, ForeignKeyViolated)


async def test_a_name_that_is_too_long_is_another_error(session):
    """It makes no address taken, and no user unknown."""
    account = await open_account(session)
    with pytest.raises(CheckViolated):
        await user_service(session).register(
            email="ada@example.org", name="x" * 101
        )
    with pytest.raises(CheckViolated):
        await account_service(session).open(
            owner_id=account.owner_id, name="x" * 101
        )


async def test_cash_is_locked_last(session, engine):
    """All deposits meet in the cash account, so it is locked last.

    The entries come after it: each locks the account that it refers to.
    """
    account = await open_account(session)
    with lab.capture_sql(engine) as sql:
        paid = await transfer_service(session).deposit(
            reference="paid", account_id=account.id, amount=100
        )
    verbs = ["SELECT", "SELECT", "SELECT", "INSERT", "UPDATE", "INSERT"]
    assert sql.verbs == verbs
    assert sql[1].parameters == (account.id,)
    changed = [row[1] for row in sql[4].parameters]
    assert changed == [account.id, paid.source_id]


async def test_the_reference_is_looked_up_under_the_locks(session, engine):
    """Nobody can store the reference between the look and the insert."""
    one = await open_account(session, balance=100)
    two = await open_account(session)
    with lab.capture_sql(engine) as sql:
        await transfer_service(session).transfer(
            reference="rent", source_id=one.id, target_id=two.id, amount=1
        )
    assert "balance" in sql[0].text
    assert "reference" in sql[1].text
