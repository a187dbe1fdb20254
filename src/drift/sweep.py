"""Drop the databases that killed notebooks left on a server of the run's own.

Only the keeper's servers are swept, which hold nothing else: on a server that
somebody has named, `lab` drops in time what is its own.
"""

import asyncio
from collections.abc import Collection

LIST = {
    "postgresql": "SELECT datname FROM pg_database WHERE NOT datistemplate",
    "mysql": "SHOW DATABASES",
}
DROP = {
    "postgresql": 'DROP DATABASE IF EXISTS "{}" WITH (FORCE)',
    "mysql": "DROP DATABASE IF EXISTS `{}`",
}


def databases(url: str) -> list[str]:
    """List a server's databases.

    Args:
        url: SQLAlchemy's asynchronous URL of the server.

    Returns:
        Their names.
    """
    return asyncio.run(_databases(url, None))


def sweep(url: str, keep: Collection[str]) -> list[str]:
    """Drop all databases but some.

    Args:
        url: SQLAlchemy's asynchronous URL of the server.
        keep: The names of those that stay.

    Returns:
        The names of those that are gone.
    """
    return asyncio.run(_databases(url, keep))


async def _databases(url: str, keep: Collection[str] | None) -> list[str]:
    """List the databases, and drop all but some where these are told."""
    # Here, since a book need not have SQLAlchemy.
    from sqlalchemy import text  # noqa: PLC0415
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    name = engine.dialect.name
    try:
        async with engine.connect() as connection:
            names = list(await connection.scalars(text(LIST[name])))
            if keep is None:
                return names
            gone = [each for each in names if each not in keep]
            for each in gone:
                await connection.execute(text(DROP[name].format(each)))
            return gone
    finally:
        await engine.dispose()
