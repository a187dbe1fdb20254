"""Which database a lesson runs on, for the few cells that must know."""

from typing import Literal, cast

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

Dialect = Literal["sqlite", "postgresql", "mysql"]


def dialect(target: str | URL | AsyncEngine) -> Dialect:
    """Tell which database this is.

    Args:
        target: A database URL or an engine.

    Returns:
        ``"sqlite"``, ``"postgresql"`` or ``"mysql"``; MariaDB is
        ``"mysql"``, whichever name its URL has.

    Raises:
        ValueError: The lessons do not know this database.
    """
    url = target.url if isinstance(target, AsyncEngine) else make_url(target)
    name = url.get_backend_name().replace("mariadb", "mysql")
    if name not in {"sqlite", "postgresql", "mysql"}:
        raise ValueError(
            f"The lessons run on SQLite, PostgreSQL and MySQL, not on {name}."
        )
    return cast("Dialect", name)
