"""A disk that is full, and then has space again."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import lab
from bank.app import create_app
from bank.db.engine import make_engine
from bank.settings import Settings
from lab.scratch import drop_database, scratch_database
from tests.faults.ledger import assert_balanced, stored
from tests.faults.traffic import open_accounts

ROOM = "24m"
"""The size of the disk."""

pytestmark = [
    pytest.mark.parametrize(
        "server_url", ["postgresql", "mysql"], indirect=True
    ),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("mount") is None,
        reason="Making a small disk needs root and 'mount'.",
    ),
]


@contextmanager
def small_disk(folder, account):
    """Put a small disk into a folder, for a server's account."""
    options = f"size={ROOM},uid={pwd.getpwnam(account).pw_uid},mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("This machine does not let us mount a small disk.")
    try:
        yield Path(folder)
    finally:
        umount = ["umount", "--lazy", str(folder)]
        subprocess.run(umount, check=True)


async def ask(url, *statements):
    """Run statements as the administrator; give the last one's answer."""
    engine = create_async_engine(
        url, isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    async with engine.connect() as connection:
        for statement in statements:
            result = await connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


@pytest.fixture
async def on_small_disk(server_url):
    """Give the URL of an empty database on a small disk, and the disk."""
    url = await scratch_database(server_url)
    if url.startswith("mysql"):
        place = await ask(url, "SELECT concat(@@datadir, database())")
        with small_disk(place, "mysql") as disk:
            yield str(url), disk
            tables = "entries, transfers, accounts, users, alembic_version"
            await ask(url, f"DROP TABLE {tables}")
        await drop_database(url)  # its folder is no disk any more
        return
    with (  # not in pytest's folder, which each pytest closes as it begins
        tempfile.TemporaryDirectory(prefix="small-disk-") as folder,
        small_disk(folder, "postgres") as disk,
    ):
        name = url.rpartition("/")[2]
        await ask(
            server_url,
            f"CREATE TABLESPACE small LOCATION '{disk}'",
            f"ALTER DATABASE {name} SET TABLESPACE small",
        )
        yield str(url), disk
        await drop_database(url)
        await ask(server_url, "DROP TABLESPACE small")


async def test_full_disk(on_small_disk):
    """A full disk answers 503 and loses nothing; with space it works again."""
    url, disk = on_small_disk
    async with lab.served(create_app(Settings(database_url=url))) as client:
        client.timeout = 30
        one, two, *_ = await open_accounts(client)
        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            file.write(b"x" * shutil.disk_usage(disk).free)

        async def register(n):
            body = {"email": f"{'x' * 90}{n}@example.org", "name": "x" * 100}
            return (await client.post("/users", json=body)).status_code

        codes: list[int] = []
        while codes.count(503) < 3:
            codes += await asyncio.gather(
                *(register(len(codes) + n) for n in range(20))
            )
            assert set(codes) <= {201, 503}
            assert len(codes) < 20_000
        read = await client.get(f"/accounts/{one}")
        assert read.status_code == 200
        ballast.unlink()
        body = {"reference": "r", "source_id": one, "target_id": two}
        moved = await client.post("/transfers", json=body | {"amount": 1})
        assert moved.status_code == 201
        assert await register(10**6) == 201
    engine = make_engine(url)
    await assert_balanced(engine)
    users = await stored(engine, "SELECT count(*) FROM users")
    assert users == [4 + codes.count(201) + 1]
    await engine.dispose()
