"""Clients of the bank over HTTP that do not give up."""

import asyncio
import itertools
import random
from contextlib import asynccontextmanager

import httpx

from tests.faults.ledger import assert_balanced, stored
from tests.faults.load import until

CLIENTS = 6

CUT_SHORT = "Internal Server Error"
"""What uvicorn answers for a request that it cancels as its grace ends."""


class Traffic:
    """What the clients were answered.

    Attributes:
        done: The references of transfers that were answered with 201.
        resent: How many requests were sent again.
    """

    def __init__(self, client, accounts, seed):
        """Begin with nothing.

        Args:
            client: The HTTP client.
            accounts: The ids of the accounts to move money between.
            seed: Of the choice of amounts and accounts.
        """
        self.client = client
        self.accounts = accounts
        self.random = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self.done: dict[str, int] = {}
        self.resent = 0
        self.over = asyncio.Event()
        self.active = 0

    async def more(self, number=3 * CLIENTS):
        """Wait until that many more transfers have been answered."""
        goal = len(self.done) + number
        await until(lambda: len(self.done) >= goal)

    async def end(self):
        """Let each client finish what it has begun, and no more."""
        self.over.set()
        await until(lambda: self.active == 0)

    async def customer(self, number):
        """Send one transfer after the other until the traffic is over."""
        self.active += 1
        for n in itertools.count():
            if self.over.is_set():
                break
            await self.move(f"traffic-{number}-{n}")
        self.active -= 1

    async def move(self, reference):
        """Send a transfer until it is answered."""
        source, target = self.random.sample(self.accounts, 2)
        amount = self.random.randint(1, 9)
        body = {
            "reference": reference,
            "source_id": source,
            "target_id": target,
            "amount": amount,
        }
        while True:
            try:
                answer = await self.client.post("/transfers", json=body)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == 201:
                self.done[reference] = answer.json()["id"]
                return
            if answer is not None:
                assert answer.status_code == 503 or (
                    answer.text == CUT_SHORT
                ), answer.text
            self.resent += 1
            await asyncio.sleep(0.02)


async def open_accounts(client, number=4, balance=10_000):
    """Open accounts with money on them."""
    opened = []
    for n in range(number):
        email = f"customer{n}@example.org"
        user = await client.post("/users", json={"email": email, "name": "C"})
        account = await client.post(
            "/accounts", json={"owner_id": user.json()["id"], "name": "Main"}
        )
        number = account.json()["id"]
        paid = await client.post(
            "/deposits",
            json={
                "reference": f"opening-{n}",
                "account_id": number,
                "amount": balance,
            },
        )
        assert paid.status_code == 201, paid.text
        opened.append(number)
    return opened


@asynccontextmanager
async def under_traffic(client, engine, seed=1):
    """Let clients move money until the block ends, and then check the books.

    What was answered is stored, once, and so is what was sent again; the
    ledger is right by plain SQL.
    """
    accounts = await open_accounts(client)
    traffic = Traffic(client, accounts, seed)
    async with asyncio.TaskGroup() as customers:
        for number in range(CLIENTS):
            customers.create_task(traffic.customer(number))
        try:
            yield traffic
        finally:
            traffic.over.set()
    await assert_balanced(engine)
    found = await stored(
        engine,
        "SELECT reference FROM transfers WHERE reference LIKE 'traffic-%'",
    )
    assert sorted(found) == sorted(traffic.done)
