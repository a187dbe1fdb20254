"""What each question and each route sends: exact, and never more with rows."""

import asyncio

import httpx
import pytest
from sqlalchemy import event, insert, select

import lab
from bank.app import create_app
from bank.db.engine import IDLE, make_engine
from bank.db.session import make_session_factory, retry, transaction
from bank.dependencies import transfer_service
from bank.models import Account, Entry, Transfer, User, now
from bank.repositories import (
    AccountRepository,
    TransferRepository,
    UserRepository,
)
from bank.settings import Settings
from tests.bank.build import open_account

HOUSE = 1
"""The id of the cash account in a new database."""


class Sent:
    """Counts the statements that an engine sends, BEGIN and COMMIT aside."""

    def __init__(self, engine):
        self.statements = []
        event.listen(engine, "before_cursor_execute", self.note)

    def note(self, _connection, _cursor, statement, *_):
        """Note a statement."""
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            self.statements.append(statement)

    def drain(self):
        """Give how many there were, and begin anew."""
        count = len(self.statements)
        self.statements.clear()
        return count


QUESTIONS = {
    "a user by id": (1, lambda s, u, _a: UserRepository(s).get_by_id(u)),
    "a user by e-mail": (
        1,
        lambda s, _u, _a: UserRepository(s).get_by_email("u1@example.org"),
    ),
    "a user with accounts": (
        1,
        lambda s, u, _a: UserRepository(s).get_with_accounts(u),
    ),
    "a user with the first accounts": (
        1,
        lambda s, u, _a: UserRepository(s).get_with_first_accounts(u, limit=5),
    ),
    "a page of users": (1, lambda s, _u, _a: UserRepository(s).list_page()),
    "an account": (1, lambda s, _u, a: AccountRepository(s).get_by_id(a)),
    "a page of accounts": (
        1,
        lambda s, u, _a: AccountRepository(s).list_page(u),
    ),
    "the cash account": (1, lambda s, _u, _a: AccountRepository(s).get_cash()),
    "two locked accounts": (
        1,
        lambda s, _u, a: AccountRepository(s).lock(a, HOUSE),
    ),
    "a statement": (1, lambda s, _u, a: AccountRepository(s).statement(a)),
    "a transfer by id": (
        2,
        lambda s, _u, _a: TransferRepository(s).get_by_id(1),
    ),
    "a transfer by reference": (
        2,
        lambda s, _u, _a: TransferRepository(s).get_by_reference("many-1"),
    ),
}


async def fill(session, number):
    """Store a user with so many accounts, entries and neighbours."""
    names = [f"u{n}@example.org" for n in range(number)]
    rows = [
        {"email": name, "name": name, "created_at": now()} for name in names
    ]
    await session.execute(insert(User), rows)
    owner = await session.scalar(select(User.id).where(User.email == names[1]))
    rows = [
        {"owner_id": owner, "name": f"{n}", "balance": 0, "version": 1}
        for n in range(number)
    ]
    await session.execute(insert(Account), rows)
    account = await session.scalar(
        select(Account.id).where(Account.owner_id == owner)
    )
    rows = [
        {"reference": f"many-{n}", "created_at": now()} for n in range(number)
    ]
    await session.execute(insert(Transfer), rows)
    transfers = (await session.scalars(select(Transfer.id))).all()
    await session.execute(
        insert(Entry),
        [
            {"transfer_id": each, "account_id": side, "amount": amount}
            for each in transfers
            for side, amount in ((HOUSE, -1), (account, 1))
        ],
    )
    return owner, account


@pytest.mark.parametrize("number", [3, 300])
async def test_questions(factory, number):
    """Each question is so many statements, however many rows answer it."""
    async with transaction(factory) as session:
        owner, account = await fill(session, number)
    sent = Sent(factory.kw["bind"].sync_engine)
    for question, (statements, ask) in QUESTIONS.items():
        async with factory() as session:
            await ask(session, owner, account)
        assert sent.drain() == statements, question


ROUTES = [
    ("GET", "/users", None, 1, 3),
    ("GET", "/users/{user}", None, 1, 3),
    ("GET", "/users/{user}/accounts", None, 1, 3),
    ("GET", "/accounts/{one}", None, 1, 3),
    ("GET", "/accounts/{one}/statement", None, 2, 4),
    ("GET", "/transfers/1", None, 2, 4),
    ("POST", "/users", {"email": "new@example.org", "name": "N"}, 1, 5),
    ("POST", "/accounts", {"owner_id": "{user}", "name": "N"}, 1, 5),
    ("PATCH", "/accounts/{two}", {"name": "N", "version": 1}, 2, 4),
    (
        "POST",
        "/transfers",
        {"reference": "r", "source_id": "{one}", "target_id": "{two}"},
        5,
        7,
    ),
    ("POST", "/deposits", {"reference": "d", "account_id": "{one}"}, 6, 8),
]


WARM = ("email", "reference", "name")
"""What of a body differs in the call before the counted one."""


def filled(body, ids):
    """Put ids into a body."""
    if body is None:
        return None
    made = {
        key: int(value.format(**ids)) if str(value).startswith("{") else value
        for key, value in body.items()
    }
    return made | ({"amount": 1} if "reference" in body else {})


async def test_routes(committing_engine, factory):
    """Each route sends so many statements, in so many round trips.

    The first number holds on each database; the second is PostgreSQL's, and
    counts BEGIN and COMMIT as well.
    """
    async with transaction(factory) as session:
        one = await open_account(session, balance=100)
        two = await open_account(session)
    ids = {"user": one.owner_id, "one": one.id, "two": two.id}
    url = committing_engine.url.render_as_string(hide_password=False)
    if committing_engine.dialect.name == "sqlite":
        await check_routes(url, ids, None)
        return
    async with lab.proxied(url) as proxy:
        await check_routes(proxy.url, ids, proxy)


async def check_routes(url, ids, proxy):
    """Call each route twice, and count the second time, where that works."""
    app = create_app(
        Settings(
            database_url=url, database_pool_size=1, database_max_overflow=0
        )
    )
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://bank"
        ) as client,
    ):
        sent = Sent(app.state.session_factory.kw["bind"].sync_engine)
        for method, path, body, statements, round_trips in ROUTES:
            where, content = path.format(**ids), filled(body, ids)
            warm = filled(body, ids)
            if warm is not None:  # so that the driver knows the statements
                warm |= {key: warm[key] + "x" for key in WARM if key in warm}
                await client.request(method, where, json=warm)
                if method == "PATCH":
                    content |= {"version": 2}
            else:
                await client.request(method, where)
            sent.drain()
            before = proxy.round_trips if proxy else 0
            answer = await client.request(method, where, json=content)
            assert answer.is_success, answer.text
            assert sent.drain() == statements, path
            if proxy and url.startswith("postgresql+asyncpg"):
                assert proxy.round_trips - before == round_trips, path


@pytest.mark.parametrize("server_url", ["postgresql"], indirect=True)
async def test_round_trips(committing_engine, factory):
    """On PostgreSQL a read takes three round trips, and a transfer seven.

    A connection that lay idle for a while is asked first whether it lives.
    """
    if committing_engine.dialect.driver != "asyncpg":
        pytest.skip("psycopg counts otherwise.")
    async with transaction(factory) as session:
        one = await open_account(session, balance=100)
        two = await open_account(session)
    url = committing_engine.url.render_as_string(hide_password=False)
    async with lab.proxied(url) as proxy:
        engine = make_engine(proxy.url, pool_size=1, max_overflow=0)
        near = make_session_factory(engine)

        async def read():
            async with near() as session:
                await UserRepository(session).get_by_id(1)

        async def move():
            number = proxy.round_trips

            async def work(session):
                await transfer_service(session).transfer(
                    reference=f"r{number}",
                    source_id=one.id,
                    target_id=two.id,
                    amount=1,
                )

            await retry(near, work)

        for work, trips in ((read, 3), (move, 7)):
            await work()
            for _ in range(3):
                before = proxy.round_trips
                await work()
                assert proxy.round_trips - before == trips
        await asyncio.sleep(IDLE)
        before = proxy.round_trips
        await read()
        assert proxy.round_trips - before > 3
        await engine.dispose()
