"""A line to the database that can be cut."""

import asyncio
import contextlib

import pytest
from sqlalchemy import make_url, text

from bank.db.engine import make_engine, ping
from bank.db.errors import DatabaseUnavailable, Disconnected
from lab import proxied, start_line, start_proxy

servers_only = pytest.mark.parametrize(
    "server_url", ["postgresql", "mysql"], indirect=True
)

LOST = r"no active connection|connection (is|was) closed|Lost connection"


async def select_1(engine):
    """Use a connection of the pool."""
    async with engine.connect() as connection:
        return await connection.scalar(text("SELECT 1"))


async def test_a_cut_line_fails_once_without_pre_ping(database_url):
    """The pool learns of the loss by one failed statement, then heals."""
    line = await start_line(database_url)
    engine = make_engine(line.url, pool_pre_ping=False)
    assert await select_1(engine) == 1
    await line.cut(engine)
    with pytest.raises(Disconnected, match=LOST):
        await select_1(engine)
    assert await select_1(engine) == 1
    await engine.dispose()
    await line.stop()


async def test_a_cut_line_goes_unnoticed_with_pre_ping(database_url):
    """Pre-ping replaces the lost connection before it is used."""
    line = await start_line(database_url)
    engine = make_engine(line.url, pool_pre_ping=True)
    assert await select_1(engine) == 1
    await line.cut(engine)
    assert await select_1(engine) == 1
    await engine.dispose()
    await line.stop()


async def test_every_idle_connection_is_cut(database_url):
    """Not only the one on top of the pool."""
    line = await start_line(database_url)
    engine = make_engine(line.url, pool_pre_ping=False, pool_size=3)
    connections = [await engine.connect() for _ in range(3)]
    for connection in connections:
        await connection.close()
    await line.cut(engine)
    connections = [await engine.connect() for _ in range(3)]
    for connection in connections:
        with pytest.raises(Disconnected, match=LOST):
            await connection.execute(text("SELECT 1"))
        await connection.close()
    await engine.dispose()
    await line.stop()


async def test_a_connection_in_use(database_url):
    """A server's is cut in mid-transaction; SQLite's is left alone."""
    line = await start_line(database_url)
    engine = make_engine(line.url, pool_pre_ping=False)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await line.cut(engine)
        if line.proxy is None:
            assert await connection.scalar(text("SELECT 1")) == 1
        else:
            with pytest.raises(Disconnected, match=LOST):
                await connection.execute(text("SELECT 1"))
    await engine.dispose()
    await line.stop()


@servers_only
async def test_a_muted_proxy_lets_a_query_wait_until_the_cut(server_url):
    """Nobody is told of the loss: neither an answer comes nor an error."""
    async with proxied(server_url) as proxy:
        engine = make_engine(proxy.url)
        assert await select_1(engine) == 1
        proxy.mute()
        waiting = asyncio.create_task(select_1(engine))
        await asyncio.wait([waiting], timeout=0.2)
        assert not waiting.done()
        await proxy.cut()
        with pytest.raises(Disconnected, match=LOST):
            await waiting
        assert await select_1(engine) == 1
        await engine.dispose()


@servers_only
async def test_refusing_and_accepting_again(database_url):
    """A server that went away and came back, at the same port."""
    async with proxied(database_url) as proxy:
        engine = make_engine(proxy.url)
        assert await select_1(engine) == 1
        await proxy.refuse()
        assert await select_1(engine) == 1
        await proxy.cut()
        with pytest.raises(DatabaseUnavailable):
            await ping(engine)
        await proxy.accept()
        assert await select_1(engine) == 1
        await engine.dispose()


@servers_only
async def test_stopping_leaves_no_connection(database_url):
    """After the end nobody listens and nothing is open."""
    proxy = await start_proxy(database_url)
    engine = make_engine(proxy.url)
    assert await select_1(engine) == 1
    assert proxy.connections == 1
    await proxy.stop()
    assert proxy.connections == 0
    with pytest.raises(DatabaseUnavailable):
        await ping(engine)
    await engine.dispose()


@servers_only
async def test_a_client_that_leaves_is_forgotten(database_url):
    """Disposing of the engine closes its connections through the proxy."""
    async with proxied(database_url) as proxy:
        engine = make_engine(proxy.url)
        await select_1(engine)
        await engine.dispose()
        await proxy.cut()
        assert proxy.connections == 0


@servers_only
async def test_a_question_and_its_answer_are_one_round_trip(database_url):
    """However many packets each of them takes."""
    long = text("SELECT CHAR_LENGTH(:long)")
    async with proxied(database_url) as proxy:
        engine = make_engine(proxy.url)
        async with engine.connect() as connection:
            await connection.scalar(long, {"long": "x"})  # prepares it
            before = proxy.round_trips
            size = await connection.scalar(long, {"long": "x" * 500_000})
            assert (size, proxy.round_trips - before) == (500_000, 1)
        await engine.dispose()


async def test_a_proxy_is_for_this_machine_and_its_block(unused_tcp_port):
    """Nobody listens on another address, nor after a block that fails."""
    url = f"mysql+aiomysql://me@127.0.0.1:{unused_tcp_port}/bank"
    with pytest.raises(ValueError, match="wrong"):
        async with proxied(url) as proxy:
            port = make_url(proxy.url).port
            with pytest.raises(OSError, match="Connect"):
                await asyncio.open_connection("127.0.0.2", port)
            raise ValueError("wrong")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.parametrize(
    ("driver", "port"),
    [("postgresql+asyncpg", 5432), ("mysql+aiomysql", 3306)],
)
async def test_a_url_without_a_port_means_the_usual_one(
    monkeypatch, driver, port
):
    """As it does for the driver."""
    connect, asked = asyncio.open_connection, []

    async def refuse(host, port):
        asked.append((host, port))
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio, "open_connection", refuse)
    async with proxied(f"{driver}://me@db.test/bank") as proxy:
        reader, writer = await connect("127.0.0.1", make_url(proxy.url).port)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
    assert asked == [("db.test", port)]


async def test_a_proxy_before_a_server_that_is_away(unused_tcp_port):
    """The client sees its connection end, as it would without the proxy."""
    url = f"mysql+aiomysql://me@127.0.0.1:{unused_tcp_port}/bank"
    async with proxied(url) as proxy:
        engine = make_engine(proxy.url)
        with pytest.raises(DatabaseUnavailable):
            await ping(engine)
        await engine.dispose()


async def test_sqlite_has_no_proxy():
    """The message names what to use instead."""
    with pytest.raises(ValueError, match="use start_line"):
        await start_proxy("sqlite+aiosqlite:///bank.db")


async def test_a_socket_cannot_be_proxied():
    """A URL without a host is refused."""
    with pytest.raises(ValueError, match="names no host"):
        await start_line("postgresql+asyncpg:///bank")
