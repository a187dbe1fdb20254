"""What the bank's tests begin with."""

import pytest
from fastapi import FastAPI

from bank.app import create_app
from bank.db.session import SessionFactory, transaction
from bank.settings import Settings
from tests.bank.build import open_account


@pytest.fixture(scope="session")
def bank_app() -> FastAPI:
    """Make the application for tests that change only what it is given.

    It is one for all: FastAPI prepares its routes at the first request.
    """
    return create_app(Settings())


@pytest.fixture
async def pair(factory: SessionFactory) -> tuple[int, int]:
    """Give two accounts with 1,000 cents each, committed."""
    async with transaction(factory) as session:
        one = await open_account(session, balance=1_000)
        two = await open_account(session, balance=1_000)
    return one.id, two.id
