"""Which database a lesson runs on."""

import pytest

from bank.db.engine import make_engine
from lab import dialect


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite+aiosqlite:///bank.db", "sqlite"),
        ("postgresql+asyncpg://host/bank", "postgresql"),
        ("mysql+aiomysql://host/bank", "mysql"),
        ("mariadb+aiomysql://host/bank", "mysql"),
    ],
)
def test_url(url, name):
    """A URL tells the database; MariaDB counts as MySQL."""
    assert dialect(url) == name


def test_engine():
    """An engine tells it too."""
    assert dialect(make_engine("mariadb+aiomysql://host/bank")) == "mysql"


def test_unknown_database_is_refused():
    """Another database is named in a sentence, not guessed at."""
    with pytest.raises(ValueError, match="not on oracle"):
        dialect("oracle+oracledb://host/bank")
