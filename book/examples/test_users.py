"""Section 13 of the cheat sheet: tests for cheat_sheet.py."""

# 13. Testing
import pytest_asyncio
from cheat_sheet import Base, User, UserRepository, engine
from sqlalchemy.ext.asyncio import AsyncSession


@pytest_asyncio.fixture(scope="session")
async def tables():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


@pytest_asyncio.fixture
async def session(tables):
    async with engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(
            connection,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        ) as session:
            yield session
        await transaction.rollback()


async def test_repository(session):
    user = User(email="ann@example.org")
    await UserRepository(session).add(user)
    await session.commit()  # rolled back after the test
    assert user.id
