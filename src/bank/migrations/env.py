"""Alembic's entry: with the connection that it is given, or with its own."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from bank.db.engine import make_engine
from bank.models import Base
from bank.settings import Settings
from bank.tables import alone


def run_migrations(connection: Connection) -> None:
    """Run the migrations that were asked for.

    SQLite changes a table by making it anew (``render_as_batch``), and rolls
    back such changes like any other, which Alembic does not expect of it.

    Args:
        connection: The connection.
    """
    on_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=on_sqlite,
        transactional_ddl=True if on_sqlite else None,
        user_module_prefix="types.",
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_with_own_connection() -> None:
    """Connect by ``DATABASE_URL``, as the ``alembic`` command does."""
    engine = make_engine(Settings().database_url)
    try:
        async with engine.connect() as connection, alone(connection):
            await connection.run_sync(run_migrations)
            await connection.commit()
    finally:
        await engine.dispose()


if context.is_offline_mode():
    raise SystemExit(
        "These migrations look at the database: run them without --sql."
    )
given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(run_with_own_connection())
else:
    run_migrations(given)
