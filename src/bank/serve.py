"""The command ``python -m bank``: serve the bank, or upgrade its tables."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

import uvicorn

from bank.db.engine import make_engine, ping
from bank.db.errors import DatabaseError
from bank.errors import BankError
from bank.logs import configure_logging
from bank.migrations import migrate
from bank.settings import Settings, SettingsError, read_settings
from bank.tables import create_tables

KEEP_ALIVE = 5
"""Seconds that a connection may be idle between two requests."""

GRACE = 20
"""Seconds that running requests have to end after SIGTERM or Ctrl-C.

A stop can take all of them: uvicorn 0.54 closes the connections it knows, and
leaves one that it accepts at that very moment open until the time is over.
"""

BACKLOG = 1024
"""Connections that may wait to be accepted."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        arguments: The arguments, or ``None`` for those of the command line.

    Raises:
        SystemExit: With status 1 and one sentence, if it cannot start.
    """
    parsed = make_parser().parse_args(arguments)
    configure_logging()
    try:
        settings = read_settings()
        asyncio.run(_prepare(settings, upgrade=parsed.command == "migrate"))
    except (SettingsError, BankError, DatabaseError) as error:
        sys.exit(str(error))
    if parsed.command != "migrate":
        uvicorn.run(
            "bank.app:create_app",
            factory=True,
            host=parsed.host,
            port=parsed.port,
            workers=parsed.workers,
            backlog=BACKLOG,
            log_config=None,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )


async def _prepare(settings: Settings, *, upgrade: bool) -> None:
    """Make or check the tables before any worker starts."""
    engine = make_engine(settings.database_url)
    try:
        await ping(engine)
        await (migrate if upgrade else create_tables)(engine)
    finally:
        await engine.dispose()


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns:
        The parser of the command's arguments.
    """
    parser = argparse.ArgumentParser(
        "python -m bank",
        description="Serve the bank over HTTP. DATABASE_URL says where its"
        " database is.",
    )
    parser.add_argument(
        "command",
        nargs="?",
        choices=("serve", "migrate"),
        default="serve",
        help="'migrate' brings the tables to the newest revision and ends",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000)
    parser.add_argument(
        "--workers", type=_workers, default=1, help="processes that serve"
    )
    return parser


def _port(text: str) -> int:
    """Read a port."""
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _workers(text: str) -> int:
    """Read a number of processes."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("write how many processes, 1 or more")
    return int(text)
