import asyncio
import os
import time
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import String, delete, event, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# part 2: begin
URLS = {
    "SQLite": "sqlite+aiosqlite:///app.db",
    "Postgres": "postgresql+asyncpg://user:password@host/db",
    "MySQL": "mysql+aiomysql://user:password@host/db",
}
# part 2: end

# part 12: begin
DATABASE_URL = os.environ.get("DATABASE_URL", URLS["SQLite"])
# part 12: end

# part 3: begin
engine = create_async_engine(
    DATABASE_URL,
    pool_pre_ping=True,  # a restarted server costs no request
)
# part 3: end

# part 4: begin
AsyncSessionLocal = async_sessionmaker(
    engine,
    expire_on_commit=False,  # objects stay readable
)
# part 4: end

# part 11: begin
if engine.dialect.name == "sqlite":

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection, _record) -> None:
        connection.isolation_level = None  # see on_begin
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection) -> None:
        connection.exec_driver_sql("BEGIN")
# part 11: end


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "cheat_sheet_users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(100), unique=True)


# part 5: begin
async def get_db():  # to read
    async with AsyncSessionLocal() as session:
        yield session


async def get_transaction():  # to write
    async with AsyncSessionLocal.begin() as session:
        yield session


ReadDep = Annotated[AsyncSession, Depends(get_db)]
WriteDep = Annotated[  # commits before the response
    AsyncSession, Depends(get_transaction, scope="function")
]
# part 5: end


# part 6: begin
class UserRepository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get_by_id(self, user_id: int) -> User | None:
        stmt = select(User).where(User.id == user_id)
        result = await self.session.execute(stmt)
        return result.scalar_one_or_none()

    async def add(self, user: User) -> User:
        self.session.add(user)
        await self.session.flush()  # never commits
        return user


# part 6: end

app = FastAPI()


# part 14: begin
class UserService:  # business logic, no session, no SQL
    def __init__(self, users: UserRepository) -> None:
        self.users = users

    async def register(self, email: str) -> User:
        return await self.users.add(User(email=email.lower()))


@app.post("/users", status_code=201)  # HTTP glue
async def register(email: str, session: WriteDep) -> int:
    service = UserService(UserRepository(session))
    return (await service.register(email)).id


# part 14: end


async def queries(session: AsyncSession) -> None:
    # part 7: begin
    stmt = select(User).order_by(User.id)
    everybody = (await session.scalars(stmt)).all()

    stmt = select(User).where(User.email == "ann@example.org")
    result = await session.execute(stmt)
    user = result.scalar_one()  # exactly one, or an error
    # scalar_one_or_none(): None or one, or an error
    # first(): the first Row or None, never an error
    # part 7: end
    assert everybody == [user]


async def writes(session: AsyncSession) -> None:
    # part 8: begin
    user = User(email="bob@example.org")
    session.add(user)
    await session.flush()  # INSERT; user.id is known

    stmt = update(User).where(User.id == user.id)
    await session.execute(stmt.values(email="rob@example.org"))

    await session.execute(delete(User).where(User.id == user.id))
    # part 8: end


async def transactions() -> None:
    # part 9: begin
    async with AsyncSessionLocal.begin() as session:
        session.add(User(email="ann@example.org"))
        # the block's end commits, an error rolls back

    async with AsyncSessionLocal.begin() as session:
        try:
            async with session.begin_nested():  # a savepoint
                session.add(User(email="ann@example.org"))
        except IntegrityError:
            pass  # the outer transaction lives on
    # part 9: end


async def rules() -> None:
    # part 10: begin
    async def load(user_id: int) -> User | None:
        async with AsyncSessionLocal() as session:
            return await session.get(User, user_id)

    # One session per task, and no blocking call in the loop:
    users = await asyncio.gather(*(load(n) for n in (1, 2, 3)))
    await asyncio.to_thread(time.sleep, 0.01)
    # part 10: end
    assert len(users) == 3


# part 1: begin
async def count(stmt) -> int:
    async with AsyncSessionLocal() as session:
        return await session.scalar(stmt) or 0


async def dashboard() -> list[int]:
    of_all = select(func.count()).select_from(User)
    of_ann = of_all.where(User.email.like("ann@%"))
    return await asyncio.gather(count(of_all), count(of_ann))


# part 1: end


# part 15: begin
async def main() -> None:
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await transactions()
        print(await dashboard())
    finally:
        await engine.dispose()
        # part 15: end


async def everything() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    await transactions()
    await rules()
    async with AsyncSessionLocal.begin() as session:
        await queries(session)
        await writes(session)
        assert await UserRepository(session).get_by_id(10**6) is None
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
    await main()


if __name__ == "__main__":
    asyncio.run(everything())
