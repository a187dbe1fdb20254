"""The drivers that the bank takes, and the pin that one of them needs."""

from importlib.metadata import requires, version

import aiomysql.connection
import pytest
from sqlalchemy import LargeBinary, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

PIN = "pymysql<1.2.1,>=1.1"
"""https://github.com/aio-libs/aiomysql/issues/1080"""

NOT_NEEDED = (
    f"This aiomysql does without what PyMySQL has taken away: drop '{PIN}'"
    " from pyproject.toml, lock anew, and correct what mentions the pin: this"
    " test and the lesson on drivers."
)


async def test_bytes_come_back(connection: AsyncConnection) -> None:
    """Bytes go to each database and come back as they were."""
    sent = bytes(range(256))
    assert await connection.scalar(select(literal(sent, LargeBinary))) == sent


def test_pymysql_is_pinned() -> None:
    """The bank asks for a PyMySQL that aiomysql works with, and has it."""
    assert PIN in (requires("async-sqlalchemy-cheat-sheet") or [])
    numbers = version("pymysql").split(".")
    assert tuple(map(int, numbers)) < (1, 2, 1)


async def test_pin_is_still_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What PyMySQL has put in a function's place still breaks aiomysql.

    From 1.2.3 on there is a string of that name. An aiomysql that takes no
    notice of it is one that needs no pin.
    """
    module = aiomysql.connection
    assert hasattr(module, "escape_bytes_prefixed"), NOT_NEEDED
    monkeypatch.setattr(module, "escape_bytes_prefixed", "DO NOT IMPORT THIS")
    try:
        module.Connection().escape(b"")
    except TypeError:
        return
    pytest.fail(NOT_NEEDED)
