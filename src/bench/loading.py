"""Millions of rows in seconds: the database makes them up itself."""

from collections.abc import Sequence

from sqlalchemy import make_url

from bank.models import Base
from bench.databases import engine_for

OFFSET = 10_000_000
"""What is added to an id, so that two kinds of rows share a table."""

OWNER = OFFSET
"""A user with very many accounts."""

BUSY = OFFSET + 1
"""An account of that user, with very many entries."""

_NUMBERS = (
    "WITH RECURSIVE numbers (n) AS (SELECT {first} UNION ALL"
    " SELECT n + 1 FROM numbers WHERE n < {last})"
)
_USERS = "INSERT INTO users (id, email, name, created_at)"
_ACCOUNTS = "INSERT INTO accounts (id, owner_id, name, balance, version)"
_TRANSFERS = "INSERT INTO transfers (id, reference, created_at)"
_ENTRIES = "INSERT INTO entries (id, transfer_id, account_id, amount)"

# Every user owns one account, and every transfer has two entries.
_GROW = (
    (_USERS, "n, CAST(n AS {text}), 'User', CURRENT_TIMESTAMP"),
    (_ACCOUNTS, "n + 1, n, 'Account', 0, 1"),
    (_TRANSFERS, "n, CAST(n AS {text}), CURRENT_TIMESTAMP"),
    (_ENTRIES, "n, n, n + 1, 1"),
    (
        _ENTRIES,
        f"n + {OFFSET}, n, CASE WHEN n > 1 THEN n ELSE {{last}} + 1 END, -1",
    ),
)
_OWNER = ((_ACCOUNTS, f"n + {OFFSET}, {OWNER}, 'Account', 0, 1"),)
_BUSY = ((_ENTRIES, f"n + 2 * {OFFSET}, n, {BUSY}, 1"),)

_TEXT = {"sqlite": "TEXT", "postgresql": "TEXT", "mysql": "CHAR(20)"}
# Foreign keys are right by construction, and are not checked row by row.
_BEFORE = {
    "sqlite": ["PRAGMA foreign_keys = OFF"],
    "postgresql": ["SET session_replication_role = replica"],
    "mysql": ["SET foreign_key_checks = 0", "SET unique_checks = 0"],
}
_AFTER = {
    "sqlite": [],
    "postgresql": ["VACUUM ANALYZE"],
    "mysql": [f"ANALYZE TABLE {table}" for table in Base.metadata.tables],
}
_DEPTH = {
    "MariaDB": "SET max_recursive_iterations = 4000000000",
    "MySQL": "SET cte_max_recursion_depth = 4000000000",
}


async def grow(url: str, kind: str, before: int, rows: int) -> None:
    """Make the tables longer.

    Args:
        url: The URL of a bank without other customers.
        kind: The database's name, as in ``MariaDB 10.11``.
        before: How many rows there are.
        rows: How many there will be, of users, accounts and transfers, and
            twice as many entries.
    """
    await _load(url, kind, _GROW, before + 1, rows)


async def crowd(url: str, kind: str, accounts: int, entries: int) -> None:
    """Give one user many accounts, and one of them many entries.

    Args:
        url: The URL of a bank with at least as many transfers as entries.
        kind: The database's name, as in ``MariaDB 10.11``.
        accounts: How many accounts.
        entries: How many entries.
    """
    owner = (_USERS, f"{OWNER}, 'owner', 'Owner', CURRENT_TIMESTAMP")
    await _load(url, kind, [owner], 1, 1)
    await _load(url, kind, _OWNER, 1, accounts)
    await _load(url, kind, _BUSY, 1, entries)


async def _load(
    url: str,
    kind: str,
    inserts: Sequence[tuple[str, str]],
    first: int,
    last: int,
) -> None:
    """Insert rows on one connection, without checks of keys."""
    backend = make_url(url).get_backend_name()
    depth = _DEPTH.get(kind.partition(" ")[0])
    made = [
        f"{table} {_NUMBERS} SELECT {values} FROM numbers".format(  # noqa: S608 - our own tables
            first=first, last=last, text=_TEXT[backend]
        )
        for table, values in inserts
    ]
    before = [*([depth] if depth else []), *_BEFORE[backend]]
    async with (
        engine_for(url, isolation_level="AUTOCOMMIT") as engine,
        engine.connect() as connection,
    ):
        for each in (*before, *made, *_AFTER[backend]):
            await connection.exec_driver_sql(each)
