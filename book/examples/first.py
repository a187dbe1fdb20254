import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]


async def main() -> None:
    engine = create_async_engine("sqlite+aiosqlite:///first.db")
    AsyncSessionLocal = async_sessionmaker(engine, expire_on_commit=False)

    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)

    async with AsyncSessionLocal.begin() as session:  # commits at its end
        user = User(email="ann@example.org")
        session.add(user)

    async with AsyncSessionLocal() as session:
        stmt = select(User).where(User.id == user.id)
        found = (await session.execute(stmt)).scalar_one()
        print(found.id, found.email)

    await engine.dispose()


asyncio.run(main())
