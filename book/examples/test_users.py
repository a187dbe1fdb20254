import pytest
import pytest_asyncio
from cheat_sheet import Base, User, UserRepository, engine
from sqlalchemy.ext.asyncio import AsyncSession


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def tables():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
    await engine.dispose()


# part 13: begin
@pytest_asyncio.fixture(loop_scope="session")
async def session(tables):
    async with engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(
            connection,
            join_transaction_mode="create_savepoint",
        ) as session:
            yield session
        await transaction.rollback()


@pytest.mark.asyncio(loop_scope="session")
async def test_repo(session):
    user = User(email="ann@example.org")
    await UserRepository(session).add(user)
    assert user.id
    # part 13: end
    await session.commit()


test_repo_again = test_repo
