"""The cheat sheet as one program: python cheat_sheet.py runs all of it."""

# 0. Imports
import asyncio
import os
import random
import time
import uuid
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import ForeignKey, String, delete, event, func, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    mapped_column,
    relationship,
    selectinload,
)


# 1. When to use async
async def count(model) -> int:
    async with ReadSession() as session:  # one session per task
        return await session.scalar(select(func.count(model.id))) or 0


async def dashboard() -> list[int]:  # both waits at once
    return await asyncio.gather(count(User), count(Account))


# 2. Async drivers
# sqlite+aiosqlite:///app.db
# postgresql+asyncpg://user:password@host/database
# mysql+aiomysql://user:password@host/database
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///app.db")

# 3. Engine
engine = create_async_engine(
    DATABASE_URL,
    pool_size=10,  # times workers: at most the server's max_connections
    max_overflow=0,  # counts as well
    pool_pre_ping=True,  # replaces connections that a restart has cut
)

# 4. Session factory
AsyncSessionLocal = async_sessionmaker(engine, expire_on_commit=False)
reading = engine.execution_options(sqlite_begin="BEGIN")  # see 11
ReadSession = async_sessionmaker(reading, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "cheat_sheet_users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(100), default="")
    accounts: Mapped[list["Account"]] = relationship(lazy="raise")


class Account(Base):
    __tablename__ = "cheat_sheet_accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey(User.id))


# 5. Session dependency
@asynccontextmanager
async def lifespan(app: FastAPI):
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_db():  # to read
    async with ReadSession() as session:
        yield session


async def get_transaction():  # to write: commits before the response
    async with AsyncSessionLocal.begin() as session:
        yield session


ReadDep = Annotated[AsyncSession, Depends(get_db, scope="function")]
WriteDep = Annotated[AsyncSession, Depends(get_transaction, scope="function")]


# 6. Repository
class UserRepository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get_by_id(self, user_id: int) -> User | None:
        stmt = select(User).where(User.id == user_id)
        stmt = stmt.options(selectinload(User.accounts))  # loaded now
        result = await self.session.execute(stmt)
        return result.scalar_one_or_none()

    async def add(self, user: User) -> User:
        self.session.add(user)
        await self.session.flush()  # never commits
        return user


# 7. Executing queries
async def queries(session: AsyncSession) -> None:
    stmt = select(User).order_by(User.id)
    users = (await session.scalars(stmt)).all()  # a list of users
    stmt = stmt.where(User.email == users[0].email)
    result = await session.execute(stmt)
    user = result.scalar_one()  # exactly one, or an error
    # scalar_one_or_none(): one or None; two are an error
    # first(): the first Row or None; ignores the others
    await session.get(User, user.id)  # by key, or None


# 8. Inserts, updates, deletes
async def writes(session: AsyncSession) -> None:
    user = User(email=f"{uuid.uuid4()}@example.org")
    session.add(user)  # sends nothing
    await session.flush()  # sends the INSERT; user.id is known
    stmt = update(User).where(User.id == user.id)
    await session.execute(stmt.values(email="bob@example.org"))
    await session.execute(delete(User).where(User.id == user.id))


async def register(email: str) -> bool:
    async with AsyncSessionLocal() as session:
        session.add(User(email=email))
        try:
            await session.commit()
        except IntegrityError:  # taken
            await session.rollback()  # before you use the session again
            return False
        return True


# 9. Transactions
async def savepoint(email: str) -> None:
    async with AsyncSessionLocal.begin() as session:  # commits at its end
        session.add(User(email=email))
        try:
            async with session.begin_nested():  # a savepoint
                session.add(User(email=email))
        except IntegrityError:
            pass  # only the savepoint is rolled back


AGAIN = {"40001", "40P01", "55P03", 1020, 1205, 1213, 1305, "SQLITE_BUSY"}


async def retry(work):
    for attempt in range(1, 6):
        try:
            async with AsyncSessionLocal.begin() as session:
                return await work(session)
        except DBAPIError as error:
            names = ("sqlstate", "sqlite_errorname")
            codes = {getattr(error.orig, name, None) for name in names}
            if attempt == 5 or not AGAIN & {*codes, *error.orig.args[:1]}:
                raise
            await asyncio.sleep(random.uniform(0, 0.1 * attempt))


# 10. Async rules
async def load(user_id: int) -> User | None:
    async with ReadSession() as session:  # its own session
        return await session.get(User, user_id)


async def rules() -> None:
    await asyncio.gather(*(load(number) for number in range(3)))
    await asyncio.to_thread(time.sleep, 0.01)  # what blocks: in a thread


# 11. SQLite reality
if engine.dialect.name == "sqlite":

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection, _record) -> None:
        connection.isolation_level = None  # the driver begins nothing
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection) -> None:
        options = connection.get_execution_options()
        begin = options.get("sqlite_begin", "BEGIN IMMEDIATE")
        connection.exec_driver_sql(begin)


# 12. Switching databases
async def upsert(session: AsyncSession, email: str, name: str) -> None:
    row = {"email": email, "name": name}
    if engine.dialect.name in {"mysql", "mariadb"}:
        stmt = mysql.insert(User).values(row)
        stmt = stmt.on_duplicate_key_update(name=name)
    else:
        lib = {"sqlite": sqlite, "postgresql": postgresql}[engine.dialect.name]
        stmt = lib.insert(User).values(row)
        stmt = stmt.on_conflict_do_update(
            index_elements=["email"], set_={"name": name}
        )
    await session.execute(stmt)


# 14. Mental model
class UserService:  # the rules; no session, no SQL, no HTTP
    def __init__(self, users: UserRepository) -> None:
        self.users = users

    async def register(self, email: str) -> User:
        return await self.users.add(User(email=email.lower()))


@app.post("/users", status_code=201)
async def post_user(email: str, session: WriteDep) -> int:
    try:
        user = await UserService(UserRepository(session)).register(email)
    except IntegrityError:
        raise HTTPException(409, "This address is taken.") from None
    return user.id


# 15. Final truth
async def main() -> None:
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        email = f"{uuid.uuid4()}@example.org"
        await savepoint(email)
        assert not await register(email)
        for work in (queries, writes):
            await retry(work)
        await retry(lambda session: upsert(session, email, "Ann"))
        await rules()
        print(await dashboard())
    finally:
        await engine.dispose()  # while the event loop still runs


if __name__ == "__main__":
    asyncio.run(main())
