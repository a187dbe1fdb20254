"""Every error that the bank raises, and the one place that names a driver's.

Catch ``BankError`` to catch them all::

    BankError
    ├── DatabaseURLError          the URL cannot work
    ├── DatabaseUnavailable       the server cannot be reached or refuses
    ├── DatabaseError             the database refused a statement
    │   ├── ConstraintViolated
    │   │   ├── UniqueViolated
    │   │   ├── ForeignKeyViolated
    │   │   ├── CheckViolated
    │   │   └── NotNullViolated
    │   ├── Retryable             deadlock, lost race, altered schema
    │   ├── TimedOut              a statement or the pool took too long
    │   └── Disconnected          the connection was lost, or not to be had
    ├── NotFound                  no such user, account or transfer
    ├── InvalidTransfer           an amount or accounts that make no sense
    └── Conflict                  the request contradicts what is stored
        ├── EmailTaken
        ├── EditConflict          somebody else changed it meanwhile
        ├── InsufficientFunds
        └── ReferenceReused       one reference, two different transfers
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError


class BankError(Exception):
    """The base of every error that the bank raises on purpose."""


class DatabaseURLError(BankError, ValueError):
    """The database URL cannot work; the message names the mend."""


class DatabaseUnavailable(BankError):
    """The database cannot be reached, or refuses to let us in."""


class DatabaseError(BankError):
    """The database refused a statement.

    The driver's own error is its ``__cause__``.
    """


class ConstraintViolated(DatabaseError):
    """A constraint refused a row.

    Attributes:
        constraint: The constraint's name, or ``None`` where the driver does
            not tell it: SQLite names columns for unique, foreign key and
            not null.
    """

    def __init__(self, message: str, constraint: str | None = None) -> None:
        """Keep the message and the constraint's name.

        Args:
            message: What the database said.
            constraint: The constraint's name, where it is known.
        """
        super().__init__(message)
        self.constraint = constraint


class UniqueViolated(ConstraintViolated):
    """A row with this unique value exists already."""


class ForeignKeyViolated(ConstraintViolated):
    """A row refers to one that does not exist, or is referred to."""


class CheckViolated(ConstraintViolated):
    """A value is outside what a CHECK constraint or a text's length allows."""


class NotNullViolated(ConstraintViolated):
    """A value that must be there is missing."""


class Retryable(DatabaseError):
    """The same work, done again in a new transaction, may well succeed."""


class TimedOut(DatabaseError):
    """A statement, or the wait for a pooled connection, took too long."""


class Disconnected(DatabaseError):
    """The connection to the database was lost, or could not be had."""


class NotFound(BankError):
    """There is no such user, account or transfer."""


class InvalidTransfer(BankError, ValueError):
    """The amount is not positive or too large, or the accounts are one."""


class Conflict(BankError):
    """The request contradicts what is stored."""


class EmailTaken(Conflict):
    """Another user has this e-mail address."""


class EditConflict(Conflict):
    """Somebody else changed the row since it was read."""


class InsufficientFunds(Conflict):
    """The account holds less than the transfer would take."""


class ReferenceReused(Conflict):
    """The reference belongs to a transfer with other content."""


# Codes, not classes: asyncpg raises a plain DBAPIError for a deadlock, where
# MySQL's drivers raise OperationalError, and MariaDB raises OperationalError
# for a failed CHECK, where the others raise IntegrityError.
_KIND_BY_CODE: dict[str | int, type[DatabaseError]] = {
    # PostgreSQL: https://www.postgresql.org/docs/current/errcodes-appendix.html
    "23505": UniqueViolated,
    "23503": ForeignKeyViolated,
    "23001": ForeignKeyViolated,
    "23514": CheckViolated,
    "22001": CheckViolated,
    "23502": NotNullViolated,
    "40001": Retryable,
    "40P01": Retryable,
    "55P03": Retryable,
    "57014": TimedOut,
    "25P03": Disconnected,
    "53300": Disconnected,
    "57P01": Disconnected,
    "57P02": Disconnected,
    "57P03": Disconnected,
    "57P05": Disconnected,
    # MySQL and MariaDB: https://mariadb.com/kb/en/mariadb-error-code-reference/
    1062: UniqueViolated,
    1451: ForeignKeyViolated,
    1452: ForeignKeyViolated,
    3819: CheckViolated,
    4025: CheckViolated,
    1406: CheckViolated,
    1048: NotNullViolated,
    1364: NotNullViolated,
    1020: Retryable,
    1205: Retryable,
    1213: Retryable,
    1412: Retryable,
    3572: Retryable,
    1317: TimedOut,
    1969: TimedOut,
    3024: TimedOut,
    1040: Disconnected,
    1053: Disconnected,
    1203: Disconnected,
    1226: Disconnected,
    1927: Disconnected,
    2003: Disconnected,
    2006: Disconnected,
    2013: Disconnected,
    2014: Disconnected,
    4031: Disconnected,
    # SQLite: https://www.sqlite.org/rescode.html
    "SQLITE_CONSTRAINT_UNIQUE": UniqueViolated,
    "SQLITE_CONSTRAINT_PRIMARYKEY": UniqueViolated,
    "SQLITE_CONSTRAINT_ROWID": UniqueViolated,
    "SQLITE_CONSTRAINT_FOREIGNKEY": ForeignKeyViolated,
    "SQLITE_CONSTRAINT_TRIGGER": ForeignKeyViolated,
    "SQLITE_CONSTRAINT_CHECK": CheckViolated,
    "SQLITE_CONSTRAINT_NOTNULL": NotNullViolated,
    "SQLITE_BUSY": Retryable,
    "SQLITE_BUSY_SNAPSHOT": Retryable,
    "SQLITE_BUSY_TIMEOUT": Retryable,
    "SQLITE_LOCKED": Retryable,
    "SQLITE_INTERRUPT": TimedOut,
    "SQLITE_CANTOPEN": Disconnected,
}
# PostgreSQL's code for it, 0A000, stands for all that it does not support,
# and asyncpg gives none.
_STALE_PLAN = re.compile(r"cached (statement )?plan")
# Where a message names the constraint: MySQL and MariaDB for each kind,
# SQLite for CHECK. MySQL 8 writes 'table.key'.
_CONSTRAINT_IN_MESSAGE = re.compile(
    r"for key '(?:\w+\.)?(?P<unique>\w+)'"
    r"|CONSTRAINT [`'](?:\w+`?\.)*`?(?P<quoted>\w+)[`'] "
    r"|Check constraint '(?P<mysql_check>\w+)'"
    r"|CHECK constraint failed: (?P<sqlite_check>\w+)$"
)


def translate(error: Exception) -> DatabaseError | Conflict | None:
    """Turn an error of SQLAlchemy or of a driver into one of ours.

    The kind is told by the error's code, since classes differ between
    drivers: PostgreSQL's SQLSTATE, MySQL's and MariaDB's number, SQLite's
    extended name.

    Args:
        error: What was caught.

    Returns:
        Our error, not yet raised, or ``None`` where the error is none of a
        database's: a mistake in the program should look like one.
    """
    match error:
        case StaleDataError():
            return EditConflict("Somebody else changed this row meanwhile.")
        case PoolTimeoutError():
            return TimedOut(str(error))
        case DBAPIError():
            return _translate_driver_error(error)
    return None


@contextmanager
def translated() -> Iterator[None]:
    """Raise what a block raises as one of our errors.

    Yields:
        Nothing.

    Raises:
        DatabaseError: The database refused a statement.
        EditConflict: A row was changed by somebody else meanwhile.
    """
    try:
        yield
    except Exception as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error


def error_code(error: BaseException | None) -> str | int:
    """Find the code of a driver's error, whichever attribute carries it.

    Args:
        error: The driver's error, as in ``DBAPIError.orig``.

    Returns:
        MySQL's number, PostgreSQL's SQLSTATE, or SQLite's extended name;
        an empty text where there is none.
    """
    if error is not None and error.args and isinstance(error.args[0], int):
        return error.args[0]
    sqlite_name = getattr(error, "sqlite_errorname", None)
    return str(sqlite_name or getattr(error, "sqlstate", None) or "")


def _translate_driver_error(error: DBAPIError) -> DatabaseError | None:
    """Tell the kind of a driver's error by its code."""
    cause = error.orig
    kind = _KIND_BY_CODE.get(error_code(cause))
    if kind is None and _STALE_PLAN.search(str(cause)):
        kind = Retryable
    if kind is None and _is_lost(error):
        kind = Disconnected
    if kind is None:
        return None
    if issubclass(kind, ConstraintViolated):
        return kind(str(cause), _constraint_name(cause))
    return kind(str(cause))


def _is_lost(error: DBAPIError) -> bool:
    """Tell whether the connection is what failed.

    What has neither code nor statement comes from connecting: psycopg and
    the operating system give no code there.
    """
    code = str(error_code(error.orig))
    return (
        error.connection_invalidated
        or code.startswith("08")
        or (not code and error.statement is None)
    )


def _constraint_name(cause: BaseException | None) -> str | None:
    """Find the violated constraint's name, where the driver tells it."""
    told_by = (
        getattr(cause, "__cause__", None),  # asyncpg's own error
        getattr(cause, "diag", None),  # psycopg's diagnostics
    )
    for source in told_by:
        name = getattr(source, "constraint_name", None)
        if name:
            return str(name)
    found = _CONSTRAINT_IN_MESSAGE.search(str(cause))
    return (
        next((name for name in found.groups() if name), None)
        if found
        else None
    )
