"""From a URL to an engine that is right for its database."""

import socket
import sqlite3
import ssl
import time
from contextlib import asynccontextmanager, closing
from unittest.mock import Mock

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import bank.db.engine
from bank.db.engine import engine_options, make_engine, ping
from bank.db.errors import (
    DatabaseUnavailable,
    Disconnected,
    Retryable,
    TimedOut,
)
from bank.db.session import make_session_factory, transaction

SERVER_URLS = [
    "postgresql+asyncpg://u:p@h/d",
    "mysql+aiomysql://u:p@h/d",
    "mariadb+aiomysql://u:p@h/d",
]


@pytest.mark.parametrize("url", SERVER_URLS)
def test_options_for_servers(url):
    """A server's connections are kept, and renewed after half an hour."""
    options = engine_options(url)
    assert options["pool_size"] == 10
    assert options["max_overflow"] == 0
    assert options["pool_recycle"] == 1800
    [(name, seconds)] = options["connect_args"].items()
    assert name in {"timeout", "connect_timeout"}
    assert seconds == 10


def test_options_for_sqlite(tmp_path):
    """SQLite waits for its lock, and leaves transactions to our hook."""
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    options = engine_options(url, lock_timeout=7)
    assert options["connect_args"] == {"timeout": 7, "isolation_level": None}


def test_overrides_win(tmp_path):
    """Overrides win over the options."""
    engine = make_engine("postgresql+asyncpg://h/d", pool_pre_ping=True)
    assert engine.pool._pre_ping is True  # noqa: SLF001 - no public way
    assert engine.pool._recycle == 1800  # noqa: SLF001 - no public way
    url = f"sqlite+aiosqlite:///{tmp_path}/bank.db"
    engine = make_engine(url, pool_size=2)
    assert engine.pool.size() == 2


def test_connect_args_are_merged_with_the_defaults(database_url, monkeypatch):
    """The driver gets a caller's own arguments beside the defaults."""
    create = Mock(wraps=bank.db.engine.create_async_engine)
    monkeypatch.setattr(bank.db.engine, "create_async_engine", create)
    make_engine(database_url, connect_args={"own": 1})
    defaults = engine_options(database_url)["connect_args"]
    assert create.call_args.kwargs["connect_args"] == defaults | {"own": 1}


async def test_ping_keeps_the_cause():
    """What the driver said is the cause of the sentence."""
    engine = make_engine("postgresql+asyncpg://a:b@127.0.0.1:1/c")
    with pytest.raises(DatabaseUnavailable) as unavailable:
        await ping(engine)
    await engine.dispose()
    assert isinstance(unavailable.value.__cause__, Disconnected)
