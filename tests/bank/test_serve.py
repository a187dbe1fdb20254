"""The command ``python -m bank``, as an operator runs it."""

import asyncio
import os
import re
import signal
import socket
import sys
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

import httpx
import psutil
import pytest
from sqlalchemy import text

from bank import logs, serve
from bank.limits import BODY_TIMEOUT
from bank.serve import GRACE
from tests import warm
from tests.bank.build import watched_connections
from tests.faults.load import until

GONE = "127.0.0.1:1"


def free_port():
    """Find a port that is free right now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def command(*arguments, module="bank", **settings):
    """Run the command to its end; give its status and its words."""
    script = (
        f"import runpy, sys; sys.argv[1:] = {arguments!r}\n"
        f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    )
    variables = {**os.environ, **settings}  # noqa: TID251 - as it is

    def run():
        return warm.start(script, variables=variables).end()

    ended = await asyncio.to_thread(run)
    return ended.returncode, ended.stderr


async def begin(log, *arguments, program=("-m", "bank"), **settings):
    """Start the command, with what it says on standard error in a log."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, *program, *arguments),
        env={**os.environ, **settings},  # noqa: TID251 - as it is
        stdout=asyncio.subprocess.DEVNULL,
        stderr=log,
    )


@dataclass
class Serving:
    """A bank that is served by its own process.

    Attributes:
        process: The process.
        client: A client that calls it.
        log: The file with what it says.
    """

    process: asyncio.subprocess.Process
    client: httpx.AsyncClient
    log: IO[bytes]

    async def stop(self):
        """Ask it to stop; give what it has said."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(GRACE + 10):
            await self.process.wait()
        self.log.seek(0)
        return self.log.read().decode()


async def kill(process):
    """End the command and its workers, which outlive it otherwise."""
    workers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    await process.wait()
    for worker in workers:
        with suppress(psutil.NoSuchProcess):
            worker.kill()


@asynccontextmanager
async def serving(url, *arguments, port=None, **options):
    """Serve the bank in its own process."""
    port = port or free_port()
    with tempfile.TemporaryFile() as log:
        process = await begin(
            log,
            *("--port", str(port), *arguments),
            DATABASE_URL=url,
            **options,
        )
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=base, timeout=60) as client:

            async def answers():
                if process.returncode is not None:
                    log.seek(0)
                    pytest.fail(log.read().decode())
                try:
                    return await client.get("/health/ready")
                except httpx.TransportError:
                    return None

            try:
                await until(answers)
                yield Serving(process, client, log)
            finally:
                if process.returncode is None:
                    await kill(process)


FAILING = [
    (
        {"DATABASE_URL": f"postgresql+asyncpg://u:geheim@{GONE}/d"},
        f"No database answers at {GONE}",
    ),
    (
        {"DATABASE_URL": f"mysql+aiomysql://u:geheim@{GONE}/d"},
        f"No database answers at {GONE}",
    ),
    (
        {"DATABASE_URL": "postgresql://u:geheim@h/d"},
        "names no async driver",
    ),
    (
        {"DATABASE_URL": "sqlite+aiosqlite:////dev/null/folder/x.db"},
        "no folder",
    ),
    (
        {"DATABASE_URL": "sqlite+aiosqlite:///file:empty?mode=ro&uri=true"},
        "readonly database",
    ),
    ({"DATABASE_POOL_SIZE": "-1"}, "DATABASE_POOL_SIZE: "),
    ({"DATABASE_STATEMENT_TIMEOUT": "geheim"}, "DATABASE_STATEMENT_TI"),
]


@pytest.mark.parametrize(("settings", "words"), FAILING)
async def test_start_that_fails(tmp_path, monkeypatch, settings, words):
    """A start that fails says one sentence, without a password, and ends."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").touch()
    status, said = await command(**settings)
    assert status == 1
    assert len(said.strip().splitlines()) == 1, said
    assert words in said
    assert "geheim" not in said


@pytest.mark.parametrize(("settings", "words"), [FAILING[1], FAILING[-1]])
async def test_start_by_uvicorn_that_fails(
    tmp_path, monkeypatch, settings, words
):
    """The sentence is in uvicorn's log, without what led there."""
    monkeypatch.chdir(tmp_path)
    told = ("--factory", "bank.app:create_app", "--port", str(free_port()))
    status, said = await command(*told, module="uvicorn", **settings)
    assert status != 0
    errors = [line for line in said.splitlines() if "ERROR" in line]
    assert len(errors) == 2, said  # the sentence, and uvicorn's own
    assert len(said.splitlines()) < 7, said
    assert words in said
    assert "geheim" not in said
    assert "Traceback" not in said


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Give what the command tells a server, which serves nothing here."""
    monkeypatch.chdir(tmp_path)
    for module in (serve, logs):  # however it is imported
        name = "configure_logging"
        monkeypatch.setattr(module, name, lambda: None, raising=False)
    told: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda *_, **given: told.update(given))
    return told


A_PORT = r"argument --port: .*from 1 to 65535"
A_NUMBER = r"argument --workers: .*1 or more"


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        *((f"--port={port}", A_PORT) for port in ("0x", 0, 65536, "\xb2")),
        *((f"--workers={number}", A_NUMBER) for number in (0, "some", "\xb2")),
    ],
)
def test_arguments_that_make_no_sense(argument, words, told, capsys):
    """An argument that makes no sense is explained, and nothing served."""
    with pytest.raises(SystemExit) as ended:
        serve.main([argument])
    assert ended.value.code == 2
    assert re.search(words, capsys.readouterr().err)
    assert not told


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ("", ("127.0.0.1", 8000, 1)),
        ("--host ::1 --port 65535 --workers 3", ("::1", 65535, 3)),
    ],
)
async def test_what_the_server_is_told(told, arguments, asked):
    """The server gets what was asked for, and the limits of this module."""
    await asyncio.to_thread(serve.main, arguments.split())
    assert (told["host"], told["port"], told["workers"]) == asked
    assert told["timeout_keep_alive"] == serve.KEEP_ALIVE
    assert told["timeout_graceful_shutdown"] == serve.GRACE
    assert told["backlog"] == serve.BACKLOG


async def test_migrate(committing_engine, monkeypatch, told):
    """The command that migrates takes older tables, and serves nothing."""
    url = committing_engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr("bank.tables.REVISION", "9999")
    await asyncio.to_thread(serve.main, ["migrate"])
    assert not told
    with pytest.raises(SystemExit, match=r"revision .* 9999\b"):
        await asyncio.to_thread(serve.main, [])
    assert not told


async def test_database_that_is_not_the_banks(committing_engine):
    """A database with other tables is refused before anything is served."""
    url = committing_engine.url.render_as_string(hide_password=False)
    status, said = await command("migrate", DATABASE_URL=url)
    assert status == 0, said
    async with committing_engine.begin() as connection:
        await connection.execute(text("DELETE FROM accounts"))
    status, said = await command("--workers", "2", DATABASE_URL=url)
    assert status == 1
    assert " 0 accounts without an owner" in said
    assert len(said.splitlines()) == 1


async def test_port_that_is_taken(database_url):
    """A port that another program has is told, and nothing is served."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        url = str(database_url)
        status, said = await command("--port", port, DATABASE_URL=url)
    assert status != 0
    assert "address already in use" in said
    assert "Traceback" not in said


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_stop_while_a_client_is_slow(committing_engine, workers):
    """A request that is half sent does not hold up the end for long."""
    url = committing_engine.url.render_as_string(hide_password=False)
    async with serving(url, "--workers", workers) as bank:
        port = bank.client.base_url.port
        half = [
            await asyncio.open_connection("127.0.0.1", port) for _ in range(3)
        ]
        for _, writer in half[:2]:
            writer.write(
                b"POST /users HTTP/1.1\r\nhost: bank\r\n"
                b"content-type: application/json\r\ncontent-length: 9\r\n\r\n{"
            )
        half[2][1].write(b"GET /users HT")
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        said = await bank.stop()
        assert time.monotonic() - begun < GRACE
        assert "Traceback" not in said, said
        for _, writer in half:
            writer.close()


async def test_a_stop_waits_no_longer_than_its_grace(committing_engine):
    """A request that is not over by then is cut off."""
    url = committing_engine.url.render_as_string(hide_password=False)
    impatient = "from bank import serve; serve.GRACE = 1; serve.main()"
    async with serving(url, program=("-c", impatient)) as bank:
        port = bank.client.base_url.port
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /users HTTP/1.1\r\nhost: bank\r\n"
            b"content-type: application/json\r\ncontent-length: 9\r\n\r\n{"
        )
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        await bank.stop()
        assert time.monotonic() - begun < 0.8 * BODY_TIMEOUT
        writer.close()


async def test_a_served_request(committing_engine):
    """Each line of the log has the id of its request, which is answered.

    It is served to this machine alone, until somebody says otherwise.
    """
    url = committing_engine.url.render_as_string(hide_password=False)
    async with serving(url, DATABASE_SLOW_STATEMENT="0") as bank:
        process = psutil.Process(bank.process.pid)
        reach = [
            each.laddr.ip
            for each in process.net_connections("inet")
            if each.status == psutil.CONN_LISTEN
        ]
        assert reach == ["127.0.0.1"]
        answer = await bank.client.get("/users")
        number = answer.headers["x-request-id"]
        mine = "3f2b8c1e0d4a4b6c9e7f1a2b3c4d5e6f"
        sent = await bank.client.get("/users", headers={"x-request-id": mine})
        assert sent.headers["x-request-id"] == mine
        forged = await bank.client.get(
            "/users", headers={"x-request-id": "forged] ERROR"}
        )
        assert "forged" not in forged.headers["x-request-id"]
        said = await bank.stop()
    for each in (number, mine):
        assert re.search(rf"\[{each}\].*GET /users", said), said
        assert re.search(rf"\[{each}\] Slow statement", said), said
    assert "forged" not in said


@pytest.mark.parametrize("command", ["serve", "migrate"])
async def test_preparation_closes_its_connections(
    committing_engine, monkeypatch, told, command
):
    """What checks the tables before the workers start leaves nothing open."""
    url = committing_engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    with watched_connections() as (opened, closed):
        await asyncio.to_thread(serve.main, [command])
    assert opened
    assert closed == opened
    assert bool(told) == (command == "serve")
