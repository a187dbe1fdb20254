"""SQL as it is sent: collected, counted and shown beside the Python."""

import asyncio
import re
import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlparse
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

_TRANSACTION_CONTROL = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")
_SAVEPOINTS = ("SAVEPOINT", "RELEASE", "ROLLBACK")
_LAID_OUT_ALREADY = ("CREATE", "ALTER", "DROP")
_WIDTH = 60


@dataclass(frozen=True)
class Statement:
    """One statement as the driver got it.

    Attributes:
        raw: The SQL as it was.
        parameters: The values that were passed with it; a list of them where
            the driver runs the statement once for each.
        task: The name of the asyncio task that sent it.
    """

    raw: str
    parameters: Any
    task: str

    @property
    def text(self) -> str:
        """The SQL in one line."""
        return " ".join(self.raw.split())

    @property
    def formatted(self) -> str:
        """The SQL over several lines, with keywords in capitals."""
        if self.text.upper().startswith(_LAID_OUT_ALREADY):
            lines = self.raw.strip().expandtabs(4).splitlines()
            return "\n".join(line.rstrip() for line in lines if line.strip())
        # sqlparse leaves RETURNING at the end of a line that is full.
        written, returning, columns = self.text.partition(" RETURNING ")
        laid_out = sqlparse.format(
            written, reindent=True, keyword_case="upper", wrap_after=_WIDTH
        )
        # sqlparse takes the UPDATE of FOR UPDATE for a new statement.
        laid_out = re.sub(
            r"\s+FOR\s+(NO\s+KEY\s+)?(UPDATE|SHARE)\b",
            lambda found: "\n" + " ".join(found[0].split()),
            laid_out,
        )
        return laid_out + (returning and f"\nRETURNING {columns}")


@dataclass(repr=False)
class Statements:
    """The statements of one block, in the order in which they were sent.

    ``len()`` counts them, ``in`` looks for a piece of SQL, and a cell that
    ends with it shows them.

    Attributes:
        records: Each statement with its parameters and its task.
    """

    records: list[Statement] = field(default_factory=list)

    @property
    def statements(self) -> list[str]:
        """The SQL alone."""
        return [record.text for record in self.records]

    @property
    def verbs(self) -> list[str]:
        """The first word of each, such as BEGIN, INSERT, COMMIT."""
        return [record.text.split()[0] for record in self.records]

    def count(self, keyword: str) -> int:
        """Count the statements that begin with a keyword.

        Args:
            keyword: For example ``"SELECT"`` or ``"INSERT"``, in any case.

        Returns:
            How many there are.
        """
        word = re.escape(keyword.upper())
        return sum(
            re.match(rf"{word}\b", statement.upper()) is not None
            for statement in self.statements
        )

    def show(self, *, parameters: bool = True, tasks: bool = False) -> None:
        """Print the statements, as plain text.

        Args:
            parameters: Whether to add the values, as a comment.
            tasks: Whether to add the name of the task that sent each.
        """
        print(self._text(parameters=parameters, tasks=tasks))  # noqa: T201 - the page shows it

    def _text(self, *, parameters: bool = True, tasks: bool = False) -> str:
        """Write the statements one below the other."""
        return "\n\n".join(
            _with_comments(record, parameters=parameters, tasks=tasks)
            for record in self.records
        )

    def _repr_markdown_(self) -> str:
        """Show them as SQL, highlighted by the lexer that knows ``$1``."""
        return f"```postgresql\n{self._text() or '-- no statement'}\n```"

    def __repr__(self) -> str:
        """Show them as plain text."""
        return self._text() or "-- no statement"

    def __len__(self) -> int:
        """Count all statements."""
        return len(self.records)

    def __iter__(self) -> Iterator[Statement]:
        """Go through the statements in order."""
        return iter(self.records)

    def __getitem__(self, index: int) -> Statement:
        """Get one statement by its place."""
        return self.records[index]

    def __contains__(self, piece: object) -> bool:
        """Tell whether a piece of SQL is in any statement, in any case."""
        return any(
            str(piece).upper() in sql.upper() for sql in self.statements
        )


@contextmanager
def capture_sql(
    engine: AsyncEngine, *, transactions: bool = False
) -> Iterator[Statements]:
    """Collect what an engine sends while a block runs, from whatever task.

    Transaction control is left out, so that counts are the same on every
    database: SQLite's BEGIN is a statement of ours, where other drivers send
    it unseen. PRAGMA, which only SQLite has, is left out too.

    Args:
        engine: The engine to listen to.
        transactions: Whether to add BEGIN, COMMIT, ROLLBACK and savepoints;
            they then look the same on every database.

    Yields:
        The statements; the list grows while the block runs.
    """
    found = Statements()

    def add(sql: str, parameters: Any = None) -> None:
        task = asyncio.current_task()
        name = task.get_name() if task else ""
        found.records.append(Statement(sql, parameters, name))

    def on_execute(
        _connection: Connection,
        _cursor: Any,
        statement: str,
        parameters: Any,
        _context: Any,
        _executemany: bool,  # noqa: FBT001 - the event's own signature
    ) -> None:
        keyword = re.sub(r"\W.*", "", statement.strip(), flags=re.DOTALL)
        if keyword.upper() not in _TRANSACTION_CONTROL:
            add(statement, parameters)
        elif transactions and keyword.upper() in _SAVEPOINTS:
            add(statement)

    listeners: dict[str, Any] = {"before_cursor_execute": on_execute}
    if transactions:
        listeners |= {
            "begin": lambda _connection: add("BEGIN"),
            "commit": lambda _connection: add("COMMIT"),
            "rollback": lambda _connection: add("ROLLBACK"),
        }
    for name, listener in listeners.items():
        event.listen(engine.sync_engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in listeners.items():
            event.remove(engine.sync_engine, name, listener)


def _with_comments(record: Statement, *, parameters: bool, tasks: bool) -> str:
    """Write one statement below the comments that go with it."""
    lines = []
    if tasks and record.task:
        lines.append(f"-- {record.task}")
    lines.append(record.formatted)
    if parameters and record.parameters:
        lines.append(f"-- {_shortened(record.parameters)}")
    return "\n".join(lines)


def _shortened(parameters: Any) -> str:
    """Write the values, and leave out most of a very long list of them."""
    short = reprlib.Repr()
    short.maxlist = short.maxdict = 4
    short.maxtuple = 12
    short.maxstring = short.maxother = 80
    return short.repr(parameters)
