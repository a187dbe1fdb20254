"""What each version of each database did, kept in files."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from bank.db.url import ASYNC_DRIVERS

FOLDER = Path(__file__).parent / "records"
DATABASES = ("SQLite", "PostgreSQL", "MariaDB", "MySQL")

RAISES = "raises "
"""How the result of what an error ended begins."""

Difference = Literal["same", "differs", "silent"]


@dataclass
class Record:
    """What one version of a database did.

    Attributes:
        database: One of :data:`DATABASES`.
        version: The server's, as far as it tells records apart: PostgreSQL's
            first number, the first two of the others.
        driver: The driver that was used.
        recorded: The day of the first result, as in ``2026-11-22``.
        versions: The whole version of the server, the driver and SQLAlchemy.
        results: For each group, what each probe and cure gave, by its id.
    """

    database: str
    version: str
    driver: str
    recorded: str
    versions: dict[str, str]
    results: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What people call it: ``MariaDB 10.11``."""
        return f"{self.database} {self.version}"

    @property
    def path(self) -> Path:
        """The file that it is kept in."""
        words = (self.database.lower(), self.version, self.driver)
        return FOLDER / f"{'-'.join(words)}.json"

    def save(self) -> None:
        """Write the file, whole or not at all."""
        content = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        draft = self.path.with_suffix(".draft")
        draft.write_text(f"{content}\n", encoding="utf-8")
        draft.replace(self.path)


async def begin(engine: AsyncEngine) -> Record:
    """Ask a database who it is.

    Args:
        engine: The database.

    Returns:
        A record of today, without results.
    """
    async with engine.connect():
        dialect = engine.dialect
    numbers = [
        str(part)
        for part in dialect.server_version_info or ()
        if isinstance(part, int)
    ]
    is_mariadb = getattr(dialect, "is_mariadb", False)
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    mysql = "MariaDB" if is_mariadb else "MySQL"
    database = names.get(dialect.name, mysql)
    significant = 1 if database == "PostgreSQL" else 2
    return Record(
        database,
        ".".join(numbers[:significant]),
        dialect.driver,
        datetime.now(UTC).date().isoformat(),
        {
            database: ".".join(numbers),
            dialect.driver: version(dialect.driver),
            "SQLAlchemy": version("SQLAlchemy"),
        },
    )


def load(path: Path) -> Record | None:
    """Read a record.

    Args:
        path: Its file.

    Returns:
        The record; None if there is no such file.
    """
    if not path.exists():
        return None
    return Record(**json.loads(path.read_text("utf-8")))


def newest() -> dict[str, Record]:
    """Read the record of each database's highest version.

    Returns:
        The records by the databases' names, in the order of
        :data:`DATABASES`; those of the book's own drivers alone.
    """
    found = [
        record
        for path in FOLDER.glob("*.json")
        if (record := load(path)) and record.driver in ASYNC_DRIVERS.values()
    ]
    found.sort(key=lambda r: [int(part) for part in r.version.split(".")])
    by_name = {record.database: record for record in found}
    return {name: by_name[name] for name in DATABASES if name in by_name}


def difference(results: Iterable[str]) -> Difference:
    """Tell how what several databases did differs.

    Args:
        results: What each did.

    Returns:
        ``"silent"`` where two continued without an error, and differently: no
        test fails then, unless it looks at the value.
    """
    all_of_them = set(results)
    quiet = {each for each in all_of_them if not each.startswith(RAISES)}
    if len(quiet) > 1:
        return "silent"
    return "differs" if len(all_of_them) > 1 else "same"


def compare(
    old: dict[str, str], new: dict[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Find what is not as it was.

    Args:
        old: What was recorded, by ids.
        new: What happened now.

    Yields:
        An id, what was recorded, and what happened now.
    """
    for name in sorted(old.keys() | new.keys()):
        before = old.get(name, "nothing: there was no such probe")
        now = new.get(name, "nothing: there is no such probe any more")
        if before != now:
            yield name, before, now
