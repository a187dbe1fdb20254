"""PgBouncer in front of a PostgreSQL: ``python -m servers.pgbouncer``.

The settings are ``url``, SQLAlchemy's URL of the PostgreSQL behind it, and
any of PgBouncer's own, such as ``pool_mode`` or ``default_pool_size``.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, make_url

from servers import ServerError
from servers.companion import Facts
from servers.keeper import keep
from servers.recipes import HOST, Server
from servers.starting import fill, listening

MISSING = (
    "PgBouncer is not installed: install it (Debian and Ubuntu: 'apt-get "
    "install pgbouncer'; Homebrew: 'brew install pgbouncer')."
)


def find() -> str | None:
    """Find the program: in PATH, or where Debian puts it."""
    path = os.pathsep.join([*os.get_exec_path(), "/usr/sbin"])
    return shutil.which("pgbouncer", path=path)


def version() -> tuple[int, int] | None:
    """Ask which PgBouncer is installed; ``None`` if there is none."""
    if not (found := find()):
        return None
    said = subprocess.run(  # noqa: S603  a program that find found
        [found, "--version"], capture_output=True, text=True, check=True
    ).stdout
    major, minor = re.findall(r"\d+", said)[:2]
    return int(major), int(minor)


def ini(behind: URL, folder: Path, settings: Facts) -> str:
    """Write PgBouncer's configuration, but for the port.

    Its folder has a file with the user of the PostgreSQL behind it.
    """
    words = {
        "listen_addr": HOST,
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": folder / "users.txt",
        **settings,
    }
    lines = [f"{name} = {value}" for name, value in words.items()]
    server = f"* = host={behind.host} port={behind.port or 5432}"
    return "\n".join(["[databases]", server, "[pgbouncer]", *lines, ""])


@asynccontextmanager
async def run(settings: Facts, folder: Path) -> AsyncIterator[Facts]:
    """Run PgBouncer, with its data in a folder, while the context lasts.

    Yields:
        ``url``: the same database, through PgBouncer.
    """
    if not (found := find()):
        raise ServerError(MISSING)
    behind = make_url(settings.pop("url"))
    home = folder / "pgbouncer"
    file = home / "pgbouncer.ini"
    text = ini(behind, home, settings)
    user = f'"{behind.username}" "{behind.password}"\n'
    server = Server(
        folder=home,
        account="postgres",
        scheme=behind.drivername,
        user=str(behind.username),
        password=str(behind.password),
        database=str(behind.database),
        make=[],
        start=[found, str(file)],
        ready=("process up",),
        stop=signal.SIGTERM,  # at once, whoever is connected
        files={"users.txt": user, file.name: text},
    )
    await fill(server)

    def on(port: int) -> list[str]:
        file.write_text(f"{text}listen_port = {port}\n")
        return []

    async with listening(server, on) as (port, _):
        yield {"url": server.url(port)}


if __name__ == "__main__":
    keep(run)
