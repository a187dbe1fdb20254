import asyncio
import os

from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

DATABASE_URL = os.environ.get(
    "DATABASE_URL", "sqlite+aiosqlite:///first.db"
)  # 1


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))


async def main() -> None:
    engine = create_async_engine(DATABASE_URL)
    AsyncSessionLocal = async_sessionmaker(engine, expire_on_commit=False)  # 2

    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)

    async with AsyncSessionLocal.begin() as session:  # 3
        user = User(name="Ada")
        session.add(user)

    async with AsyncSessionLocal() as session:
        stmt = select(User).where(User.id == user.id)
        found = (await session.execute(stmt)).scalar_one()
        print(found.id, found.name)

    await engine.dispose()  # 4


if __name__ == "__main__":
    asyncio.run(main())
