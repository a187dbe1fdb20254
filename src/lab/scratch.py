"""Scratch databases: a lesson touches no table that it did not create."""

import asyncio
import atexit
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from bank.db.engine import make_engine, ping
from bank.db.errors import DatabaseError, error_code
from bank.db.url import parse_url
from bank.settings import Settings
from lab.dialects import dialect

PREFIX = "bank_scratch_"
"""How the name of every scratch database begins."""

STALE_AFTER = timedelta(days=1)
"""The age at which one that nobody is connected to counts as forgotten."""

_CREATED = "%Y%m%d_%H%M%S"
_NAME = re.compile(rf"{PREFIX}(?P<created>\d{{8}}_\d{{6}})_[0-9a-f]{{8}}")

_CREATE = {
    "postgresql": "CREATE DATABASE {} TEMPLATE template0",
    "mysql": "CREATE DATABASE {} CHARACTER SET utf8mb4",
}
_LIST = {
    "postgresql": "SELECT datname FROM pg_database",
    "mysql": "SHOW DATABASES",
}
_CONNECTED = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = :name",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = :name",
}

_GRANT = {
    "postgresql": "say 'ALTER ROLE {} CREATEDB' as its administrator",
    "mysql": f"GRANT {{}} ALL ON `{PREFIX}%`.* as its administrator",
}

_REFUSED = {"42501", 1044, 1227}
_IN_USE = {"55006"}
_GONE = {"3D000", "XX000", 1008}  # XX000: a second drop won by a hair
_NO_SUCH_THREAD = {1094}


class ScratchDatabaseError(Exception):
    """A scratch database cannot be made or dropped; the message says why."""


class ScratchURL(str):
    """The URL of a scratch database, with its password, for ``make_engine``.

    A cell that ends with it shows it without the password; ``masked`` is the
    same for ``print``.

    Attributes:
        server: The URL that the server was reached by.
    """

    __slots__ = ("server",)

    server: str

    def __new__(cls, url: URL, server: URL) -> Self:
        """Keep both URLs.

        Args:
            url: The scratch database's own.
            server: The one that the server was reached by.

        Returns:
            The string.
        """
        self = super().__new__(cls, url.render_as_string(hide_password=False))
        self.server = server.render_as_string(hide_password=False)
        return self

    @property
    def masked(self) -> str:
        """The URL with ``***`` for the password."""
        return make_url(self).render_as_string(hide_password=True)

    def __repr__(self) -> str:
        """Show the URL without its password."""
        return repr(self.masked)


async def scratch_database(server: str | None = None) -> ScratchURL:
    """Make an empty database for one lesson.

    On SQLite it is a file in a new temporary folder, whatever file the
    server's URL names. On a server it is a new database, for which the URL's
    user needs the right to create one. It is dropped when the interpreter
    ends, or earlier by :func:`drop_database`. What a killed process left
    behind is dropped as well: our databases that are over a day old and
    that nobody is connected to.

    Args:
        server: A database URL that reaches the server; by default
            ``DATABASE_URL``.

    Returns:
        The new database's URL, with the password.

    Raises:
        DatabaseURLError: The server's URL cannot work.
        DatabaseUnavailable: The server does not answer, or not to this user.
        ScratchDatabaseError: The user may not create a database.
    """
    url = parse_url(server or Settings().database_url)
    name = f"{PREFIX}{datetime.now(UTC):{_CREATED}}_{secrets.token_hex(4)}"
    if dialect(url) == "sqlite":
        file = await asyncio.to_thread(_make_folder, name)
        return ScratchURL(url.set(database=str(file), query={}), url)
    async with _connected(url) as connection:
        await _drop_stale(connection)
        await _create(connection, name)
    made = ScratchURL(url.set(database=name), url)
    atexit.register(_drop_at_exit, made)
    return made


async def drop_database(url: str) -> None:
    """Drop a scratch database, whoever is still connected to it.

    Dropping one that is gone already does nothing.

    Args:
        url: What :func:`scratch_database` returned.

    Raises:
        ScratchDatabaseError: The URL names no scratch database of ours.
        DatabaseUnavailable: The server does not answer any more.
    """
    if not isinstance(url, ScratchURL) or not _NAME.fullmatch(_name(url)):
        raise ScratchDatabaseError(
            "This drops only what scratch_database() made: pass the URL that"
            " it returned."
        )
    if dialect(url) == "sqlite":
        folder = Path(str(make_url(url).database)).parent
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return
    async with _connected(make_url(url.server)) as connection:
        await _drop(connection, _name(url))


def _drop_at_exit(url: ScratchURL) -> None:
    """Drop a server's scratch database when the interpreter ends.

    A server that has gone away, or a database that was dropped before, is no
    reason to complain at that point.
    """
    with suppress(DatabaseError, OSError):
        asyncio.run(drop_database(url))


def _name(url: str) -> str:
    """Get the scratch name: the database's, or that of the file's folder."""
    database = str(make_url(url).database)
    return Path(database).parent.name if dialect(url) == "sqlite" else database


def _age(name: str) -> timedelta | None:
    """Tell the age of a scratch database, or None if it is none of ours."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    created = datetime.strptime(found["created"], _CREATED).replace(tzinfo=UTC)
    return datetime.now(UTC) - created


def _make_folder(name: str) -> Path:
    """Make a folder for one SQLite file, and see to it that it goes."""
    parent = Path(tempfile.gettempdir())
    for other in parent.glob(f"{PREFIX}*"):
        if _is_forgotten(other):
            shutil.rmtree(other, ignore_errors=True)
    folder = parent / name
    folder.mkdir(mode=0o700)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "bank.db"


def _is_forgotten(folder: Path) -> bool:
    """Tell whether a folder is ours, and nobody wrote there for long."""
    if not _NAME.fullmatch(folder.name):
        return False
    try:
        files = [folder, *folder.iterdir()]
        newest = max(file.stat().st_mtime for file in files)
    except OSError:  # another kernel is removing it, or it is not ours
        return False
    return time.time() - newest > STALE_AFTER.total_seconds()


@asynccontextmanager
async def _connected(server: URL) -> AsyncIterator[AsyncConnection]:
    """Open one connection outside any transaction, as CREATE DATABASE asks."""
    engine = make_engine(
        server, isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    try:
        await ping(engine)
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _create(connection: AsyncConnection, name: str) -> None:
    """Create a database on a server."""
    url = connection.engine.url
    try:
        await connection.execute(text(_CREATE[dialect(url)].format(name)))
    except DBAPIError as error:
        if error_code(error.orig) not in _REFUSED:
            raise
        raise ScratchDatabaseError(
            f"User '{url.username}' may not create a database at {url.host}:"
            f" {_GRANT[dialect(url)].format(url.username)}, or unset"
            " DATABASE_URL to work on SQLite."
        ) from error


async def _drop_stale(connection: AsyncConnection) -> None:
    """Drop what is ours, over-age, and used by nobody."""
    names = await connection.scalars(
        text(_LIST[dialect(connection.engine.url)])
    )
    for name in names.all():
        age = _age(name)
        if age is None or age < STALE_AFTER:
            continue
        if await _connections(connection, name):
            continue
        try:
            await connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        except DBAPIError as error:
            # Another kernel came first, or it is another user's.
            if error_code(error.orig) not in _REFUSED | _IN_USE | _GONE:
                raise


async def _drop(connection: AsyncConnection, name: str) -> None:
    """Drop a database on a server, and close all connections to it."""
    if dialect(connection.engine.url) == "postgresql":
        await connection.execute(
            text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        )
        return
    # MySQL would wait for the open transactions of others, a day or more.
    for number in await _connections(connection, name):
        try:
            await connection.execute(text(f"KILL {number}"))
        except DBAPIError as error:
            if error_code(error.orig) not in _NO_SUCH_THREAD:
                raise
    await connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))


async def _connections(connection: AsyncConnection, name: str) -> list[int]:
    """List the numbers of the connections to a database."""
    query = text(_CONNECTED[dialect(connection.engine.url)])
    return list(await connection.scalars(query, {"name": name}))
