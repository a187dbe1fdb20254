"""The folder as somebody has copied it into a package of another name."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

ROOT = Path(__file__).parents[3]

SAID = {
    "aiosqlite": [],
    "psycopg": ["away", "away"],  # it does not tell the reason
}

SHOP = '''
"""A shop that has copied the folder."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

import sqlalchemy
from sqlalchemy import select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shop.db.engine import make_engine, ping
from shop.db.errors import (
    CheckViolated,
    DatabaseUnavailable,
    Disconnected,
    Retryable,
    UniqueViolated,
)
from shop.db.session import make_session_factory, retry, transaction
from shop.db.types import ExactText, UTCDateTime


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "copied_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(ExactText(5), unique=True)
    sold: Mapped[datetime] = mapped_column(UTCDateTime)


async def refused(factory, kind, *names):
    try:
        async with transaction(factory) as session:
            session.add_all(Item(name=name, sold=NOON) for name in names)
    except kind:
        return
    raise SystemExit(f"{names} was not refused")


async def unavailable(url):
    engine = make_engine(url)
    try:
        await ping(engine)
    except DatabaseUnavailable as error:
        print("refused" if "refused the login" in str(error) else "away")
    await engine.dispose()


async def lost(engine):
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        closing = raw.driver_connection.close()
        if closing is not None:
            await closing
        try:
            await connection.execute(text("SELECT 1"))
        except Disconnected:
            return
        raise SystemExit("nobody noticed a lost connection")


NOON = datetime(2026, 6, 1, 12, 0, 0, 1, tzinfo=UTC)


async def main(url):
    engine = make_engine(url, statement_timeout=5)
    await ping(engine)
    if not url.startswith("sqlite"):
        await unavailable(engine.url.set(username="nobody", password="x"))
        await unavailable(engine.url.set(port=1))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    await lost(engine)
    factory = make_session_factory(engine, writers=2)
    async with transaction(factory) as session:
        session.add(Item(name="a", sold=NOON))
    await refused(factory, UniqueViolated, "b", "a")
    await refused(factory, CheckViolated, "longer")
    tries = []

    async def work(session):
        tries.append(1)
        item = await session.scalar(select(Item))
        item.name = f"c{len(tries)}"
        await session.flush()
        if len(tries) < 2:
            raise Retryable("once more")

    async with factory() as session:
        before = select(Item).where(Item.sold < NOON + timedelta(days=1))
        assert (await session.scalar(before)).sold == NOON
        await retry(session, work)
        assert (await session.scalars(select(Item.name))).all() == ["c2"]
    assert engine.pool.checkedout() == 0
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
    await engine.dispose()
    print(sqlalchemy.__version__)


asyncio.run(main(sys.argv[1]))
'''


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_copied_folder_works(database_url, version, tmp_path):
    """Alone, under another name, it does its work with either SQLAlchemy."""
    shutil.copytree(ROOT / "src/bank/db", tmp_path / "shop/db")
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop.py").write_text(SHOP)
    older = Path(sys.prefix) / "sqlalchemy20"
    if version == "2.0":
        assert older.is_dir(), "Run `make lint` once: it installs 2.0."
    program = str(tmp_path / "shop.py")
    path = f"sys.path[:0] = [{str(tmp_path)!r}]"
    if version == "2.0":
        path = f"sys.path[:0] = [{str(tmp_path)!r}, {str(older)!r}]"
    done = subprocess.run(
        [
            sys.executable,
            *("-W", "error", "-c"),
            f"import runpy, sys; {path}; runpy.run_path({program!r})",
            database_url,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *said, used = done.stdout.split()
    assert used.startswith(version)
    driver = make_url(database_url).get_driver_name()
    assert said == SAID.get(driver, ["refused", "away"])
    assert done.stderr == ""
