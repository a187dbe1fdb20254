"""How the bank's tables change from one version to the next, with Alembic."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bank.tables import alone, create_tables, has_tables


def config(connection: Connection | None = None) -> Config:
    """Make Alembic's configuration.

    Args:
        connection: A connection for the migrations to use, or ``None`` to
            let them open one to ``DATABASE_URL``.

    Returns:
        The configuration, for ``alembic.command``.
    """
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", "bank:migrations")
    return made


async def migrate(engine: AsyncEngine, revision: str = "head") -> None:
    """Bring the tables to a revision, or create them if there are none.

    Any number of processes may call it at once.

    Args:
        engine: The engine of the database.
        revision: Alembic's name of the revision, such as ``head``, ``0001``,
            ``-1`` or ``base``.

    Raises:
        WrongTables: The database has tables that the bank did not make.
    """
    if not await has_tables(engine):
        await create_tables(engine)
    async with engine.connect() as connection, alone(connection):
        await connection.run_sync(_run, revision)
        await connection.commit()


def _run(connection: Connection, revision: str) -> None:
    """Run Alembic up, or down if the revision says so."""
    down = revision == "base" or revision.startswith("-")
    run = command.downgrade if down else command.upgrade
    run(config(connection), revision)
