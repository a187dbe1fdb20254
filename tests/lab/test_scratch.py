"""Scratch databases: made, used, dropped, and no other one touched."""

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.pool import NullPool

from bank.db.engine import make_engine, ping
from bank.db.errors import DatabaseUnavailable, Disconnected
from lab import (
    ScratchDatabaseError,
    ScratchURL,
    dialect,
    drop_database,
    scratch_database,
)

servers_only = pytest.mark.parametrize(
    "server_url", ["postgresql", "mysql"], indirect=True
)

OLD = "bank_scratch_20200102_030405_0123abcd"


@pytest.fixture(autouse=True)
def own_temporary_folder(monkeypatch, tmp_path):
    """Keep the SQLite files of these tests apart."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@asynccontextmanager
async def connected(url):
    """Open a connection outside any transaction."""
    engine = make_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def exists(url):
    """Tell whether a database is there."""
    if dialect(url) == "sqlite":
        return Path(str(make_url(url).database)).parent.exists()
    engine = make_engine(url)
    try:
        await ping(engine)
    except DatabaseUnavailable:
        return False
    finally:
        await engine.dispose()
    return True


async def test_tables_can_be_made_and_the_database_is_dropped(server_url):
    """A lesson makes tables in its database, and leaves nothing behind."""
    url = await scratch_database(server_url)
    async with connected(url) as connection:
        await connection.execute(text("CREATE TABLE t (id INTEGER)"))
        await connection.execute(text("INSERT INTO t VALUES (1)"))
    assert await exists(url)
    await drop_database(url)
    assert not await exists(url)
    await drop_database(url)


async def test_notebooks_in_parallel_each_get_their_own(server_url):
    """Databases made and dropped at the same time do not collide."""
    urls = await asyncio.gather(
        *(scratch_database(server_url) for _ in range(8))
    )
    assert len(set(urls)) == 8
    assert all([await exists(url) for url in urls])
    await asyncio.gather(*(drop_database(url) for url in urls))
    assert not any([await exists(url) for url in urls])


async def test_text_is_stored_whole(server_url):
    """Any character fits, also those of four bytes."""
    url = await scratch_database(server_url)
    async with connected(url) as connection:
        await connection.execute(text("CREATE TABLE t (name VARCHAR(9))"))
        await connection.execute(
            text("INSERT INTO t VALUES (:name)"), {"name": "é\U0001f600"}
        )
        assert await connection.scalar(text("SELECT name FROM t")) == (
            "é\U0001f600"
        )
    await drop_database(url)


async def test_dropping_does_not_wait_for_who_is_connected(server_url):
    """A transaction that somebody left open does not stop the drop."""
    url = await scratch_database(server_url)
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE t (id INTEGER)"))
    connection = await engine.connect()
    await connection.execute(text("SELECT * FROM t"))
    async with asyncio.timeout(10):
        await drop_database(url)
    if dialect(url) == "sqlite":
        await connection.close()
    else:
        with pytest.raises(Disconnected):
            await connection.execute(text("SELECT * FROM t"))
        await connection.invalidate()
        await connection.close()
    await engine.dispose()
    assert not await exists(url)


async def test_the_default_server_is_database_url(monkeypatch, server_url):
    """Without an argument, ``DATABASE_URL`` names the server."""
    monkeypatch.setenv("DATABASE_URL", server_url)
    url = await scratch_database()
    assert url.server == server_url
    assert dialect(url) == dialect(server_url)
    await drop_database(url)


async def test_a_cell_shows_no_password():
    """What a notebook displays is masked; what the engine gets is not."""
    url = ScratchURL(
        make_url("mysql+aiomysql://me:p%40ss@host/bank_scratch_x"),
        make_url("mysql+aiomysql://me:p%40ss@host"),
    )
    assert repr(url) == "'mysql+aiomysql://me:***@host/bank_scratch_x'"
    assert url.masked == "mysql+aiomysql://me:***@host/bank_scratch_x"
    assert make_url(url).password == "p@ss"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite:///bank.db",
        f"postgresql+asyncpg://host/{OLD}",
        ScratchURL(
            make_url("postgresql+asyncpg://host/bank"),
            make_url("postgresql+asyncpg://host/postgres"),
        ),
        ScratchURL(
            make_url(f"mysql+aiomysql://host/{OLD}; DROP DATABASE bank"),
            make_url("mysql+aiomysql://host"),
        ),
        ScratchURL(
            make_url("sqlite+aiosqlite:////home/me/bank.db"),
            make_url("sqlite+aiosqlite:///bank.db"),
        ),
    ],
)
async def test_dropping_another_database_is_refused(url):
    """Only what scratch_database() made is dropped."""
    with pytest.raises(ScratchDatabaseError, match=r"scratch_database\(\)"):
        await drop_database(url)


@servers_only
async def test_forgotten_databases_are_dropped(server_url):
    """A killed process's database goes when the next one is made."""
    name = f"bank_scratch_20200102_030405_{secrets.token_hex(4)}"
    yesterday = datetime.now(UTC) - timedelta(hours=23)
    bystanders = (
        f"bank_{secrets.token_hex(4)}",
        f"bank_scratch_{yesterday:%Y%m%d_%H%M%S}_{secrets.token_hex(4)}",
    )
    async with connected(server_url) as connection:
        for each in (name, *bystanders):
            await connection.execute(text(f"CREATE DATABASE {each}"))
    server = make_url(server_url)
    forgotten = server.set(database=name)
    fresh = await scratch_database(server_url)
    assert not await exists(forgotten)
    for bystander in bystanders:
        assert await exists(server.set(database=bystander))
    again = await scratch_database(server_url)
    assert await exists(fresh)
    await drop_database(fresh)
    await drop_database(again)
    async with connected(server_url) as connection:
        for bystander in bystanders:
            await connection.execute(text(f"DROP DATABASE {bystander}"))


@servers_only
async def test_an_old_database_in_use_is_kept(server_url, monkeypatch):
    """A notebook that stays open for days keeps its database."""
    old = await scratch_database(server_url)
    name = make_url(old).database
    # Old for this process alone: others tidy up the same server.
    monkeypatch.setattr(
        "lab.scratch._age", lambda other: timedelta(days=9 * (other == name))
    )
    async with connected(old) as connection:
        await drop_database(await scratch_database(server_url))
        assert await connection.scalar(text("SELECT 1")) == 1
    assert await exists(old)
    await drop_database(await scratch_database(server_url))
    assert not await exists(old)


async def test_forgotten_files_are_removed(tmp_path):
    """SQLite's forgotten folders go too, and only those untouched for long."""
    forgotten, used, foreign = (
        tmp_path / name for name in (OLD, OLD[:-1] + "e", "bank_scratch_mine")
    )
    long_ago, yesterday = (time.time() - 3600 * hours for hours in (48, 23))
    for folder in (forgotten, used, foreign):
        folder.mkdir()
        (folder / "bank.db").touch()
        os.utime(folder / "bank.db", (long_ago, long_ago))
        os.utime(folder, (long_ago, long_ago))
    os.utime(used / "bank.db", (yesterday, yesterday))
    await drop_database(await scratch_database("sqlite+aiosqlite:///x.db"))
    assert [forgotten.exists(), used.exists(), foreign.exists()] == [
        False,
        True,
        True,
    ]


def test_it_goes_with_its_interpreter(server_url, tmp_path, monkeypatch):
    """A notebook that does not drop its database leaves none behind."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    program = (
        "import asyncio, sys, lab;"
        "print(asyncio.run(lab.scratch_database(sys.argv[1])), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, server_url],
        check=True,
        capture_output=True,
        text=True,
    )
    assert OLD[:13] in done.stdout
    assert not asyncio.run(exists(done.stdout))


async def test_a_file_is_its_owners_alone():
    """Nobody else reads it, and no option of the server's URL is kept."""
    url = await scratch_database("sqlite+aiosqlite:///x.db?timeout=1")
    assert not make_url(url).query
    folder = Path(str(make_url(url).database)).parent
    assert folder.stat().st_mode & 0o077 == 0
    await drop_database(url)


@servers_only
async def test_a_user_without_the_right_is_told_so(server_url):
    """Who may not create a database reads what to do, and no password."""
    user = f"poor_{secrets.token_hex(4)}"
    postgresql = dialect(server_url) == "postgresql"
    create = (
        f"CREATE ROLE {user} LOGIN PASSWORD 'hush'"
        if postgresql
        else f"CREATE USER {user} IDENTIFIED BY 'hush'"
    )
    async with connected(server_url) as connection:
        await connection.exec_driver_sql(create)
    poor = make_url(server_url).set(username=user, password="hush")
    if not postgresql:
        poor = poor._replace(database=None)
    with pytest.raises(ScratchDatabaseError) as caught:
        await scratch_database(poor.render_as_string(hide_password=False))
    assert f"User '{user}' may not create a database" in str(caught.value)
    assert ("CREATEDB" if postgresql else "GRANT") in str(caught.value)
    assert "hush" not in str(caught.value)
    async with connected(server_url) as connection:
        await connection.exec_driver_sql(
            f"DROP {'ROLE' if postgresql else 'USER'} {user}"
        )


async def test_a_server_that_is_away_is_told_so(unused_tcp_port):
    """Nobody at the port: one sentence that names host and port."""
    url = f"postgresql+asyncpg://me:hush@127.0.0.1:{unused_tcp_port}/bank"
    with pytest.raises(
        DatabaseUnavailable, match="No database answers"
    ) as caught:
        await scratch_database(url)
    assert "hush" not in str(caught.value)
