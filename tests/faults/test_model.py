"""The bank against a simple model of it, step by random step."""

import asyncio
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from bank.db.engine import make_engine
from bank.db.session import make_session_factory, retry, transaction
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
from bank.tables import create_tables
from lab.scratch import drop_database, scratch_database
from tests.faults.ledger import assert_balanced, stored

LOST = 10**9
"""The id of an account that does not exist."""

references = st.sampled_from([f"r{n}" for n in range(6)])
amounts = st.integers(-1, 120)
names = st.sampled_from(["Main", "Savings", "Holidays"])


@contextmanager
def refusal(kind):
    """Expect an error where the model says so, and none elsewhere."""
    if kind is None:
        yield
        return
    with pytest.raises(kind):
        yield


class Model(RuleBasedStateMachine):
    """The bank, beside dictionaries that say what it must hold."""

    url = ""
    accounts = Bundle("accounts")

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.engine = self.run(self.open())
        self.factory = make_session_factory(self.engine)
        self.balances: dict[int, int] = {}
        self.names: dict[int, tuple[str, int]] = {}
        self.addresses: set[str] = set()
        self.moved: dict[str, tuple[int, int, int]] = {}

    def run(self, coroutine):
        """Run a coroutine to its end."""
        return self.runner.run(coroutine)

    async def open(self):
        """Empty the tables that an earlier example has filled."""
        engine = make_engine(self.url)
        await create_tables(engine)
        async with engine.begin() as connection:
            for table in (Entry, Transfer):
                await connection.execute(table.__table__.delete())
            accounts = Account.__table__
            owned = accounts.c.owner_id.is_not(None)
            await connection.execute(accounts.delete().where(owned))
            await connection.execute(accounts.update().values(balance=0))
            await connection.execute(User.__table__.delete())
        return engine

    def teardown(self):
        """Let go of the database."""
        self.run(self.engine.dispose())
        self.runner.close()

    @property
    def cash(self):
        """The id of the house's account."""
        sql = "SELECT id FROM accounts WHERE owner_id IS NULL"
        return self.run(stored(self.engine, sql))[0]

    @rule(target=accounts, number=st.integers(0, 3), name=names)
    def register(self, number, name):
        """Register a user, with an account, in one unit of work."""
        email = f"{'ABcd'[number]}@Example.org"
        taken = email.lower() in self.addresses

        async def work():
            async with transaction(self.factory) as session:
                user = await user_service(session).register(
                    email=email, name="N"
                )
                account = await account_service(session).open(
                    owner_id=user.id, name=name
                )
            return account.id

        with refusal(EmailTaken if taken else None):
            account = self.run(work())
        if taken:
            return multiple()
        self.addresses.add(email.lower())
        self.balances[account] = 0
        self.names[account] = name, 1
        return account

    @rule(
        account=accounts | st.just(LOST), reference=references, cents=amounts
    )
    def deposit(self, account, reference, cents):
        """Pay in."""
        self.move(reference, None, account, cents)

    @rule(
        giver=accounts | st.just(LOST),
        taker=accounts | st.just(LOST),
        reference=references,
        cents=amounts,
    )
    def transfer(self, giver, taker, reference, cents):
        """Move money, or try to."""
        self.move(reference, giver, taker, cents)

    def move(self, reference, source, target, cents):
        """Move money in both, and compare what comes of it."""
        content = source, target, cents

        async def work(session):
            service = transfer_service(session)
            if source is None:
                return await service.deposit(
                    reference=reference, account_id=target, amount=cents
                )
            return await service.transfer(
                reference=reference,
                source_id=source,
                target_id=target,
                amount=cents,
            )

        expected = self.expected(content, self.moved.get(reference))
        with refusal(expected):
            made = self.run(retry(self.factory, work))
            assert made.amount == cents
            assert made.target_id == target
        if expected is None and reference not in self.moved:
            self.moved[reference] = content
            self.balances[target] += cents
            if source is not None:
                self.balances[source] -= cents

    def expected(self, content, earlier):
        """Say which error the model has for a movement, if any."""
        source, target, cents = content
        if cents < 1 or source == target:
            return InvalidTransfer
        if LOST in {source, target}:
            return NotFound
        if earlier is not None:
            return None if earlier == content else ReferenceReused
        if source is not None and self.balances[source] < cents:
            return InsufficientFunds
        return None

    @rule(account=accounts, cents=st.integers(1, 5))
    def rob(self, account, cents):
        """Try to move the house's money."""
        cash = self.cash

        async def work(session):
            return await transfer_service(session).transfer(
                reference="rob",
                source_id=cash,
                target_id=account,
                amount=cents,
            )

        with refusal(HouseAccount):
            self.run(retry(self.factory, work))

    @rule(account=accounts, name=names, behind=st.integers(0, 1))
    def rename(self, account, name, behind):
        """Rename an account, sometimes by what was read too long ago."""
        old, version = self.names[account]

        async def work():
            async with transaction(self.factory) as session:
                await account_service(session).rename(
                    account, name=name, version=version - behind
                )

        with refusal(EditConflict if behind else None):
            self.run(work())
        if not behind:
            self.names[account] = name, version + (name != old)

    @rule(account=consumes(accounts))
    def forget(self, account):
        """Leave an account alone from now on; it keeps its money."""
        assert account in self.balances

    @invariant()
    def books_are_right(self):
        """The ledger is right, and holds what the model holds."""
        self.run(assert_balanced(self.engine))
        self.run(self.compare())

    async def compare(self):
        """Compare all that is stored with the model."""
        async with self.factory() as session:
            for number, balance in self.balances.items():
                account = await account_service(session).get(number)
                assert account.balance == balance
                assert (account.name, account.version) == self.names[number]
        sql = "SELECT reference FROM transfers"
        assert set(await stored(self.engine, sql)) == self.moved.keys()
        assert self.engine.pool.checkedout() == 0


async def test_bank_does_what_its_model_does(server_url, long):
    """No sequence of requests makes the bank differ from its model."""
    url = await scratch_database(server_url)
    machine = type("Here", (Model,), {"url": str(url)})
    how = settings(
        max_examples=200 if long else 15,
        stateful_step_count=30 if long else 15,
        deadline=None,
        database=None,
        derandomize=not long,
        suppress_health_check=list(HealthCheck),
    )
    # Each machine has its own event loop, so it runs in a thread.
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=how)
    await drop_database(url)
