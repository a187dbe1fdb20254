"""What the bank's tests begin with."""

import pytest

from bank.db.session import SessionFactory, transaction
from tests.bank.build import open_account


@pytest.fixture
async def pair(factory: SessionFactory) -> tuple[int, int]:
    """Give two accounts with 1,000 cents each, committed."""
    async with transaction(factory) as session:
        one = await open_account(session, balance=1_000)
        two = await open_account(session, balance=1_000)
    return one.id, two.id
