"""The servers that a run of the tests starts for itself."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

import servers
from servers import NAMES, ServerError, find, running

INSTALLED = [name for name in NAMES if find(name)]

pytestmark = pytest.mark.usefixtures("temporary")

installed = pytest.mark.skipif(
    not INSTALLED, reason="No database server is installed here."
)

OWNER = """
import json, sys, time
from servers import running
with running(json.loads(sys.argv[1])) as servers:
    print(json.dumps(servers.urls), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder for servers, and see that each test leaves it empty."""
    folder = Path(tempfile.mkdtemp(prefix="test-servers-"))
    folder.chmod(0o711)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name in NAMES:
        monkeypatch.delenv(f"TEST_{name.upper()}_URL", raising=False)
    yield folder
    assert eventually(lambda: not any(folder.glob("press-servers-*")))
    shutil.rmtree(folder)


@contextmanager
def owner(
    names: list[str],
) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Run a process that owns servers, and tell their URLs."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, json.dumps(names)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the traceback of KeyboardInterrupt
        text=True,
    ) as process:
        assert process.stdout
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def keeper_of(process: subprocess.Popen[str]) -> int:
    """Find the only child of an owner."""
    listing = subprocess.check_output(
        ["/bin/ps", "-axo", "pid=,ppid="], text=True
    )
    [keeper] = [
        int(pid)
        for pid, parent in map(str.split, listing.splitlines())
        if int(parent) == process.pid
    ]
    return keeper


def listens(url: str, host: str = "127.0.0.1") -> bool:
    """Tell whether something takes connections at a URL's port."""
    port = make_url(url).port
    assert port
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Wait for a condition, and tell whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


async def answer(url: str, statement: str) -> Any:
    """Execute a statement outside of a transaction."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            result = await connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        await engine.dispose()


@installed
async def test_started_server_answers_an_administrator() -> None:
    """Each URL connects, may create a database, and ends with the context."""
    with running(INSTALLED) as started:
        for url in started.urls.values():
            assert await answer(url, "SELECT 1") == 1
            await answer(url, "CREATE DATABASE made")
            made = make_url(url).set(database="made")
            assert (
                await answer(
                    made.render_as_string(hide_password=False), "SELECT 2"
                )
                == 2
            )
    assert sorted(started.urls) == sorted(INSTALLED)
    assert not any(map(listens, started.urls.values()))


@installed
def test_servers_listen_on_loopback_alone() -> None:
    """A port that is open to others answers at 127.0.0.2; ours do not."""
    with socket.create_server(("0.0.0.0", 0)) as open_to_all:  # noqa: S104  to see the check fail
        port = open_to_all.getsockname()[1]
        if not listens(f"postgresql://:{port}", "127.0.0.2"):
            pytest.skip("This system has no 127.0.0.2.")
    with running(INSTALLED) as started:
        for url in started.urls.values():
            assert listens(url)
            assert not listens(url, "127.0.0.2")
            assert not listens(url, "::1")


@installed
@pytest.mark.usefixtures("heard_signals")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_servers_end_with_their_owner(number: str, temporary: Path) -> None:
    """Whatever ends the owner ends the servers and removes their data."""
    with owner(INSTALLED) as (process, urls):
        assert all(map(listens, urls.values()))
        process.send_signal(signal.Signals[number])
        process.wait(10)
        assert eventually(lambda: not any(map(listens, urls.values())))
        assert eventually(lambda: list(temporary.iterdir()) == [])


@pytest.mark.skipif("postgresql" not in INSTALLED, reason="Not installed.")
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="No Linux.")
async def test_memory_that_is_shared_goes_with_the_folder() -> None:
    """A PostgreSQL server that is killed leaves nothing elsewhere."""
    with running(["postgresql"]) as started:
        engine = create_async_engine(started.urls["postgresql"])
        async with engine.connect() as connection:
            pid = await connection.scalar(text("SELECT pg_backend_pid()"))
            mapped = await asyncio.to_thread(maps_of, pid)
        await engine.dispose()
    assert "/pg_dynshmem/" in mapped
    assert "shm/PostgreSQL." not in mapped


def maps_of(pid: int) -> str:
    """Read which files a process has in its memory."""
    return Path(f"/proc/{pid}/maps").read_text()


@installed
def test_next_run_reaps_what_a_killed_keeper_left(temporary: Path) -> None:
    """With the keeper killed too, the servers last until the next run."""
    with owner(INSTALLED) as (process, urls):
        # The keeper first: it would use a moment's notice to stop them.
        os.kill(keeper_of(process), signal.SIGKILL)
        process.kill()
        process.wait(10)
    [left] = temporary.iterdir()
    assert all(map(listens, urls.values()))
    with running(INSTALLED[:1]):
        assert not left.exists()
        assert not any(map(listens, urls.values()))
    assert list(temporary.iterdir()) == []


@installed
def test_two_runs_do_not_collide() -> None:
    """Runs side by side have servers of their own, and one's end is its."""
    with owner(INSTALLED) as (_, theirs):
        with running(INSTALLED) as started:
            ours = started.urls
            assert not set(theirs.values()) & set(ours.values())
            assert all(map(listens, [*theirs.values(), *ours.values()]))
        assert all(map(listens, theirs.values()))
        assert not any(map(listens, ours.values()))


def test_newest_version_outside_path_is_found(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 10 is newer than version 9, and PATH wins over both."""
    for folder in ("9", "10", "path"):
        fake(temporary / folder, "postgres", "")
        fake(temporary / folder, "initdb", "")
    places = f"{temporary}/[0-9]*".removeprefix("/")
    monkeypatch.setattr(servers, "PLACES", (places,))
    monkeypatch.setenv("PATH", "")
    assert find("postgresql") == [
        temporary / "10" / program for program in ("postgres", "initdb")
    ]
    monkeypatch.setenv("PATH", f"{temporary}/path")
    assert find("postgresql") == [
        temporary / "path" / program for program in ("postgres", "initdb")
    ]


@pytest.mark.parametrize("name", NAMES)
def test_missing_program_is_a_sentence(
    name: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not installed is named with the ways to get it."""
    monkeypatch.setattr(servers, "PLACES", ())
    monkeypatch.setenv("PATH", str(temporary))
    with running([name]) as started:
        assert started.urls == {}
        assert "install" in started.missing[name]
        assert f"TEST_{name.upper()}_URL" in started.missing[name]


def test_given_servers_are_used_and_none_is_started(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TEST_POSTGRESQL_URL and TEST_MYSQL_URL win over what is installed."""
    monkeypatch.setenv("TEST_POSTGRESQL_URL", "postgresql+asyncpg://a/b")
    monkeypatch.setenv("TEST_MYSQL_URL", "mysql+aiomysql://c/d")
    with running() as started:
        assert started.urls == {
            "postgresql": "postgresql+asyncpg://a/b",
            "mysql": "mysql+aiomysql://c/d",
        }
        assert started.missing == {}
        assert list(temporary.iterdir()) == []


def fake(folder: Path, name: str, script: str) -> None:
    """Put a program of a few shell lines in a folder."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def path(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a folder for fake programs in front of the real ones."""
    monkeypatch.setenv("PATH", f"{temporary}/bin:{os.environ['PATH']}")  # noqa: TID251  to be extended
    return temporary / "bin"


def test_killed_start_leaves_nothing(path: Path) -> None:
    """An owner that is killed while its servers start leaves nothing."""
    fake(path, "postgres", "")
    fake(path, "initdb", "touch started; exec sleep 600")
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, '["postgresql"]']
    ) as process:
        started = "press-servers-*/postgresql/started"
        assert eventually(lambda: any(path.parent.glob(started)))
        process.kill()
    assert eventually(lambda: list(path.parent.iterdir()) == [path])


def test_program_that_fails_is_named_with_its_log(path: Path) -> None:
    """An installed server that does not start is an error, never a skip."""
    fake(path, "postgres", "")
    fake(path, "initdb", "echo no room on the disk; exit 1")
    with (
        pytest.raises(ServerError, match=r"bin/initdb .*\n.*no room"),
        running(["postgresql"]),
    ):
        pass


def test_program_that_cannot_be_run_is_named(path: Path) -> None:
    """A program whose interpreter is missing cannot be run at all."""
    fake(path, "postgres", "")
    fake(path, "initdb", "")
    (path / "initdb").write_text("#!/nowhere/sh\n")
    with (
        pytest.raises(ServerError, match="bin/initdb cannot be run"),
        running(["postgresql"]),
    ):
        pass


@pytest.mark.usefixtures("heard_signals")
def test_taken_port_is_replaced(path: Path) -> None:
    """A server whose port was taken meanwhile is started on another."""
    fake(path, "initdb", "")
    fake(
        path,
        "postgres",
        """
        for last; do :; done
        echo "$last" >> ports
        if [ "$(wc -l < ports)" = 1 ]; then
            echo 'could not bind: Address already in use'; exit 1
        fi
        echo 'database system is ready to accept connections'
        exec sleep 600
        """,
    )
    with running(["postgresql"]) as started:
        [ports] = path.parent.glob("press-servers-*/postgresql/ports")
        first, second = ports.read_text().split()
        assert first != second
        assert (
            f":{second.removeprefix('--port=')}/"
            in (started.urls["postgresql"])
        )


def test_mysql_makes_its_own_data_folder(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no MariaDB, MySQL's one program does both steps."""
    fake(
        path,
        "mysqld",
        """
        echo "$@" >> calls
        case "$*" in *--initialize-insecure*) exit 0;; esac
        echo 'ready for connections'
        exec sleep 600
        """,
    )
    monkeypatch.setattr(servers, "PLACES", ())
    monkeypatch.setenv("PATH", str(path))
    with running(["mysql"]) as started:
        [calls] = path.parent.glob("press-servers-*/mysql/calls")
        make, serve = calls.read_text().splitlines()
    data = f"--no-defaults --datadir={calls.parent}/data"
    assert make == f"{data} --initialize-insecure"
    assert serve.startswith(f"{data} ")
    port = make_url(started.urls["mysql"]).port
    assert "--bind-address=127.0.0.1 " in serve
    assert serve.endswith(f" --port={port}")


def test_server_that_ends_by_itself_is_reported(path: Path) -> None:
    """A server that died under the tests makes the run end with an error."""
    fake(path, "initdb", "")
    fake(
        path,
        "postgres",
        """
        echo 'database system is ready to accept connections'
        sleep 0.2
        echo 'out of memory'
        """,
    )
    with (
        pytest.raises(ServerError, match="out of memory"),
        running(["postgresql"]),
    ):
        time.sleep(1)
