"""The raw drivers: SQL as text, in autocommit where it only reads.

A read is one round trip to a server, where SQLAlchemy takes three: there is
no BEGIN and no ROLLBACK around it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiomysql
import aiosqlite
import asyncpg
from sqlalchemy import make_url

from bank.models import normalise_email, now
from bench.layers.shared import (
    require_customers,
    require_funds,
    require_same,
    sides,
)
from bench.work import AccountRow, Move, TransferRow, UserRow

_USERS = "SELECT id, email, name, created_at FROM users"
_SQL = {
    "by_id": f"{_USERS} WHERE id = {{0}}",
    "by_email": f"{_USERS} WHERE email = {{0}}",
    "page": f"{_USERS} WHERE id > {{0}} ORDER BY id LIMIT {{1}}",
    "accounts": (
        "SELECT u.id, email, u.name, created_at,"
        " a.id, owner_id, a.name, balance, version"
        " FROM users u LEFT JOIN accounts a ON a.owner_id = u.id"
        " WHERE u.id = {0} ORDER BY a.id"
    ),
    "add_user": (
        "INSERT INTO users (email, name, created_at) VALUES ({0}, {1}, {2})"
    ),
    "lock": (
        "SELECT id, owner_id, balance FROM accounts WHERE id IN ({0}, {1})"
        " ORDER BY id"
    ),
    "by_reference": (
        "SELECT t.id, created_at, account_id, amount FROM transfers t"
        " JOIN entries ON transfer_id = t.id WHERE reference = {0}"
    ),
    "add_transfer": (
        "INSERT INTO transfers (reference, created_at) VALUES ({0}, {1})"
    ),
    "change": "UPDATE accounts SET balance = balance + {0} WHERE id = {1}",
    "add_entries": (
        "INSERT INTO entries (transfer_id, account_id, amount)"
        " VALUES ({0}, {1}, {2}), ({3}, {4}, {5})"
    ),
    "begin": "BEGIN",
}
_MARKS = {"sqlite": "?", "postgresql": "${}", "mysql": "%s"}
_ADDED = {
    "sqlite": {"begin": " IMMEDIATE", "add_": " RETURNING id"},
    "postgresql": {"lock": " FOR NO KEY UPDATE", "add_": " RETURNING id"},
    "mysql": {"lock": " FOR UPDATE"},  # MySQL 8 has no RETURNING
}


def statements(backend: str) -> dict[str, str]:
    """Write all statements as a database's driver wants them.

    Args:
        backend: The database's name.

    Returns:
        The statements by name.
    """
    marks = [_MARKS[backend].format(number) for number in range(1, 7)]
    return {
        name: sql.format(*marks)
        + "".join(
            more
            for prefix, more in _ADDED[backend].items()
            if name.startswith(prefix)
        )
        for name, sql in _SQL.items()
    }


class Raw:
    """Statements as text, on a small pool of the driver's connections."""

    def __init__(self, url: str, connections: int) -> None:
        """Note where to connect to.

        Args:
            url: The database URL.
            connections: How many connections there are at most.
        """
        self.url = make_url(url)
        self.backend = self.url.get_backend_name()
        self.sql = statements(self.backend)
        self._free = asyncio.Semaphore(connections)
        self._idle: list[Any] = []

    async def get_by_id(self, user_id: int) -> UserRow:
        async with self.connection() as fetch:
            [row] = await fetch(self.sql["by_id"], user_id)
            return _user(row)

    async def get_by_email(self, email: str) -> UserRow:
        async with self.connection() as fetch:
            [row] = await fetch(self.sql["by_email"], normalise_email(email))
            return _user(row)

    async def list_page(self, after_id: int, limit: int) -> list[UserRow]:
        async with self.connection() as fetch:
            rows = await fetch(self.sql["page"], after_id, limit)
            return [_user(row) for row in rows]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserRow, list[AccountRow]]:
        async with self.connection() as fetch:
            rows = await fetch(self.sql["accounts"], user_id)
        accounts = [AccountRow(*row[4:]) for row in rows if row[4]]
        return _user(rows[0]), accounts

    async def insert(self, email: str, name: str) -> UserRow:
        email, moment = normalise_email(email), now()
        async with self.connection() as fetch:
            [[number]] = await fetch(
                self.sql["add_user"], email, name, self.stored(moment)
            )
        return UserRow(number, email, name, moment)

    async def transfer(self, move: Move) -> TransferRow:
        async with self.connection() as fetch:
            await fetch(self.sql["begin"])
            try:
                made = await self._move(fetch, move)
            except BaseException:
                await fetch("ROLLBACK")
                raise
            await fetch("COMMIT")
            return made

    async def _move(self, fetch: Any, move: Move) -> TransferRow:
        reference, source_id, target_id, amount = move
        rows = await fetch(self.sql["lock"], source_id, target_id)
        locked = {row[0]: (row[1], row[2]) for row in rows}
        require_customers(move, locked)
        if earlier := await fetch(self.sql["by_reference"], reference):
            entries = [(row[2], row[3]) for row in earlier]
            number, moment = earlier[0][0], _aware(earlier[0][1])
            return require_same(
                move, TransferRow(number, reference, *sides(entries), moment)
            )
        require_funds(move, locked)
        moment = now()
        [[number]] = await fetch(
            self.sql["add_transfer"], reference, self.stored(moment)
        )
        await fetch(self.sql["change"], -amount, source_id)
        await fetch(self.sql["change"], amount, target_id)
        first, second = (number, source_id, -amount), (number, target_id)
        await fetch(self.sql["add_entries"], *first, *second, amount)
        return TransferRow(number, *move, moment)

    def stored(self, moment: datetime) -> datetime | str:
        """Write a time as SQLAlchemy stores it where there are no zones."""
        if self.backend == "postgresql":
            return moment
        return f"{moment:%Y-%m-%d %H:%M:%S.%f}"

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Take a connection, as a function that runs SQL for its rows."""
        async with self._free:
            taken = self._idle.pop() if self._idle else await self._connect()
            try:
                yield taken[1]
            finally:
                self._idle.append(taken)

    async def close(self) -> None:
        """Close all connections."""
        while self._idle:
            driver, _ = self._idle.pop()
            if closing := driver.close():
                await closing

    async def _connect(self) -> tuple[Any, Any]:
        """Connect as the bank's engine does."""
        name = str(self.url.database)
        if self.backend == "sqlite":
            lite = await aiosqlite.connect(name, isolation_level=None)
            for pragma in ("foreign_keys = ON", "synchronous = NORMAL"):
                await lite.execute(f"PRAGMA {pragma}")

            async def ask(sql: str, *values: Any) -> Sequence[Any]:
                return list(await lite.execute_fetchall(sql, values))

            return lite, ask
        where = {
            "host": self.url.host,
            "port": self.url.port,
            "user": self.url.username,
            "password": self.url.password,
        }
        if self.backend == "postgresql":
            postgres = await asyncpg.connect(database=name, **where)
            return postgres, postgres.fetch
        mysql = await aiomysql.connect(db=name, autocommit=True, **where)

        async def fetch(sql: str, *values: Any) -> Sequence[Any]:
            async with mysql.cursor() as cursor:
                await cursor.execute(sql, values or None)
                if cursor.description is None:
                    return [(cursor.lastrowid,)]
                rows: Sequence[Any] = await cursor.fetchall()
                return rows

        return mysql, fetch


def _user(row: Sequence[Any]) -> UserRow:
    return UserRow(row[0], row[1], row[2], _aware(row[3]))


def _aware(value: datetime | str) -> datetime:
    """Read a time as the driver gives it: aware, naive, or text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
