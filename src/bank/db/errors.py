"""One family of database errors; no other module knows a driver's codes.

Catch ``DatabaseError`` to catch them all::

    DatabaseError
    ├── DatabaseURLError          the URL cannot work
    ├── DatabaseUnavailable       the server cannot be reached or refuses
    ├── ConstraintViolated
    │   ├── UniqueViolated
    │   ├── ExclusionViolated     it overlaps another row
    │   ├── ForeignKeyViolated
    │   ├── CheckViolated         a rule, a length or a range
    │   └── NotNullViolated
    ├── StaleRow                  somebody else changed the row meanwhile
    ├── Retryable                 deadlock, lost race, lock timeout
    ├── TimedOut                  a statement or the pool took too long
    ├── OutOfSpace                the disk or the file is full
    └── Disconnected              the connection was lost, or not opened
        └── ReadOnly              this server accepts no more writes
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sqlalchemy.engine import ExceptionContext, Transaction
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError


class DatabaseError(Exception):
    """The base of every error that comes from a database.

    Its ``__cause__`` is the driver's own error, where there is one, or
    SQLAlchemy's, whose ``orig`` is the driver's.
    """


class DatabaseURLError(DatabaseError, ValueError):
    """The database URL cannot work; the message says how to fix it."""


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached, or refuses the login."""


class ConstraintViolated(DatabaseError):
    """A constraint refused a row.

    Attributes:
        constraint: The constraint's name, or ``None`` if the database does
            not report it. SQLite reports only the names of CHECKs.
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


class ExclusionViolated(ConstraintViolated):
    """An exclusion constraint refused a row: it overlaps another one."""


class ForeignKeyViolated(ConstraintViolated):
    """A row refers to one that does not exist, or is referred to."""


class CheckViolated(ConstraintViolated):
    """A value breaks a rule: a CHECK, a trigger, a length or a range."""


class NotNullViolated(ConstraintViolated):
    """A value that must be there is missing."""


class StaleRow(DatabaseError):
    """Somebody else changed the row since it was read."""


class Retryable(DatabaseError):
    """The same work may succeed in a new transaction."""


class TimedOut(DatabaseError):
    """A statement, or the wait for a connection, took too long."""


class OutOfSpace(DatabaseError):
    """The database has no space left for the row."""


class Disconnected(DatabaseError):
    """The connection to the database was lost, or could not be opened."""


class ReadOnly(Disconnected):
    """The server takes no writes, as after a failover."""


# Codes, not classes: asyncpg raises a plain DBAPIError for a deadlock, where
# MySQL's drivers raise OperationalError, and MariaDB raises OperationalError
# for a failed CHECK, where the others raise IntegrityError.
_KIND_BY_CODE: dict[str | int, type[DatabaseError]] = {
    # PostgreSQL: https://www.postgresql.org/docs/current/errcodes-appendix.html
    "23505": UniqueViolated,
    "23P01": ExclusionViolated,
    "23503": ForeignKeyViolated,
    "23001": ForeignKeyViolated,
    "23514": CheckViolated,
    "22001": CheckViolated,
    "22003": CheckViolated,
    "22021": CheckViolated,
    "P0001": CheckViolated,
    "23502": NotNullViolated,
    "40001": Retryable,
    "40P01": Retryable,
    "55P03": Retryable,
    "57014": TimedOut,
    "25P04": TimedOut,
    "53100": OutOfSpace,
    "25P03": Disconnected,
    "53300": Disconnected,
    "57P01": Disconnected,
    "57P02": Disconnected,
    "57P03": Disconnected,
    "57P05": Disconnected,
    "25006": ReadOnly,
    # MySQL and MariaDB: https://mariadb.com/kb/en/mariadb-error-code-reference/
    1062: UniqueViolated,
    1169: UniqueViolated,
    1586: UniqueViolated,
    1216: ForeignKeyViolated,
    1217: ForeignKeyViolated,
    1451: ForeignKeyViolated,
    1452: ForeignKeyViolated,
    1264: CheckViolated,
    1366: CheckViolated,
    1406: CheckViolated,
    1644: CheckViolated,
    1690: CheckViolated,
    3819: CheckViolated,
    4025: CheckViolated,
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
    1021: OutOfSpace,
    1114: OutOfSpace,
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
    1047: ReadOnly,  # a Galera node that is outside of its cluster
    1792: ReadOnly,
    1836: ReadOnly,
    # SQLite: https://www.sqlite.org/rescode.html
    "SQLITE_CONSTRAINT_UNIQUE": UniqueViolated,
    "SQLITE_CONSTRAINT_PRIMARYKEY": UniqueViolated,
    "SQLITE_CONSTRAINT_ROWID": UniqueViolated,
    "SQLITE_CONSTRAINT_FOREIGNKEY": ForeignKeyViolated,
    "SQLITE_CONSTRAINT_CHECK": CheckViolated,
    "SQLITE_CONSTRAINT_TRIGGER": CheckViolated,
    "SQLITE_CONSTRAINT_DATATYPE": CheckViolated,
    "SQLITE_TOOBIG": CheckViolated,
    "SQLITE_CONSTRAINT_NOTNULL": NotNullViolated,
    "SQLITE_BUSY": Retryable,
    "SQLITE_LOCKED": Retryable,
    "SQLITE_INTERRUPT": TimedOut,
    "SQLITE_FULL": OutOfSpace,
    "SQLITE_CANTOPEN": Disconnected,
    "SQLITE_READONLY": ReadOnly,
}
# Where the code does not decide. PostgreSQL's 0A000 is everything that it does
# not support, and asyncpg gives no code; asyncpg checks values before it
# sends them, and refuses each with 22000, and psycopg does so without a code;
# SQLite runs the actions of a foreign key as triggers; MySQL's 1290 is about
# any option of the server, and 1030 about any error of the storage.
_KIND_BY_WORDS: tuple[tuple[re.Pattern[str], type[DatabaseError]], ...] = (
    (re.compile(r"cached (statement )?plan (is invalid|must not)"), Retryable),
    (re.compile(r"\(value out of int\d+ range\)$"), CheckViolated),
    (re.compile(r"surrogates not allowed\)$"), CheckViolated),
    (re.compile(r"text fields cannot contain NUL"), CheckViolated),
    (re.compile(r"^FOREIGN KEY constraint failed$"), ForeignKeyViolated),
    (re.compile(r"^\(1290, .*--(super-|innodb-)?read-only"), ReadOnly),
    (re.compile(r"^\((3|1026|1030), .*\b28\b"), OutOfSpace),
)
_AMBIGUOUS = {"0A000", "22000", "SQLITE_CONSTRAINT_TRIGGER", 3, 1026, 1030}
_AMBIGUOUS |= {1290, ""}
# Where a message names the constraint. Each pattern reads the name from a
# place that no value of a row can reach, since a user may type the same words.
_CONSTRAINT_BY_CODE: dict[str | int, re.Pattern[str]] = {
    1062: re.compile(r".* for key '(?:[^'.]+\.)?([^']+)'", re.DOTALL),
    1451: re.compile(r".*, CONSTRAINT `([^`]+)` FOREIGN KEY"),
    1452: re.compile(r".*, CONSTRAINT `([^`]+)` FOREIGN KEY"),
    3819: re.compile(r"Check constraint '([^']+)'"),
    4025: re.compile(r"CONSTRAINT `(?:[^`]+`\.`)?([^`]+)` failed"),
    "SQLITE_CONSTRAINT_CHECK": re.compile(r"CHECK constraint failed: (\w+)$"),
}

_ENDED_BY: WeakKeyDictionary[Transaction, tuple[type[DatabaseError], str]] = (
    WeakKeyDictionary()
)
"""The last error in each open transaction."""


def translate(error: BaseException) -> DatabaseError | None:
    """Turn an error of SQLAlchemy or of a driver into one of ours.

    The error's code decides, since classes differ between drivers:
    PostgreSQL's SQLSTATE, MySQL's and MariaDB's number, SQLite's extended
    name.

    Args:
        error: What was caught.

    Returns:
        Our error, not yet raised, or ``None`` to leave the error as it is:
        a mistake in the program or in its SQL should look like one.
    """
    match error:
        case DatabaseError():
            return error
        case StaleDataError():
            return StaleRow("Somebody else changed this row meanwhile.")
        case PoolTimeoutError():
            return TimedOut(str(error))
        case DBAPIError():
            return _translate_driver_error(error)
    return None


@contextmanager
def translated() -> Iterator[None]:
    """Translate the errors that a block raises.

    Engines and sessions of this package translate errors themselves; use this
    around your own.

    Yields:
        Nothing.

    Raises:
        DatabaseError: The database refused a statement.
    """
    try:
        yield
    except Exception as error:
        ours = translate(error)
        if ours is None or ours is error:
            raise
        raise ours from error


def translate_in_engine(context: ExceptionContext) -> DatabaseError | None:
    """Translate an error inside an engine, for everybody who uses the engine.

    A listener for SQLAlchemy's event ``handle_error``:
    https://docs.sqlalchemy.org/en/21/core/events.html#sqlalchemy.events.DialectEvents.handle_error.

    Args:
        context: What SQLAlchemy knows about the error.

    Returns:
        The error to raise in its place, or ``None`` to leave it.
    """
    if context.is_pre_ping:
        return None  # the pool opens another connection instead
    error, cause = context.sqlalchemy_exception, context.original_exception
    if (context.statement or "").startswith("ROLLBACK TO SAVEPOINT"):
        return _what_ended_it(context)
    if isinstance(cause, OverflowError | UnicodeEncodeError):
        # sqlite3 refuses some numbers, and drivers half a surrogate pair,
        # with Python's own errors.
        return CheckViolated(str(cause))
    ours = None if error is None else translate(error)
    if context.connection is None:
        if ours is None and error is not None:
            ours = Disconnected(driver_words(cause))  # from connecting
    elif ours and (transaction := context.connection.get_transaction()):
        _ENDED_BY[transaction] = type(ours), str(ours)
    if ours is not None and context.statement:
        ours.add_note(f"The statement was: {context.statement}")
    if isinstance(ours, ReadOnly):
        # All connections of the pool lead to the same, old server.
        context.is_disconnect = True
    return ours


def _what_ended_it(context: ExceptionContext) -> DatabaseError | None:
    """Find the error after which there is no savepoint to roll back to.

    A deadlock on MySQL and a full disk on SQLite roll back the whole
    transaction. The rollback to the savepoint then fails as well, and that
    error would hide the first one.
    """
    connection = context.connection
    transaction = connection.get_transaction() if connection else None
    if transaction is None:
        return None
    kind, words = _ENDED_BY.get(transaction, (None, ""))
    return kind(words) if kind else None


def error_code(error: BaseException | None) -> str | int:
    """Find the code of a driver's error, whichever attribute carries it.

    Args:
        error: The driver's error, as in ``DBAPIError.orig``.

    Returns:
        MySQL's number, PostgreSQL's SQLSTATE, or SQLite's extended name;
        an empty string if there is none.
    """
    if error is not None and error.args and isinstance(error.args[0], int):
        return error.args[0]
    for source in (error, getattr(error, "__cause__", None)):
        for name in ("sqlite_errorname", "sqlstate"):
            if code := getattr(source, name, None):
                return str(code)
    return ""


def driver_words(error: BaseException | None) -> str:
    """Write a driver's message in one form.

    Args:
        error: The driver's error.

    Returns:
        Its message, with MySQL's number at the end, or its class if it has
        no message.
    """
    if error is not None and isinstance(error_code(error), int):
        return f"{error.args[-1]} ({error.args[0]})"
    return str(error) or type(error).__name__


def _translate_driver_error(error: DBAPIError) -> DatabaseError | None:
    """Find the kind of a driver's error by its code."""
    cause = error.orig
    kind = _kind(cause)
    if kind is None and _is_lost(error):
        kind = Disconnected
    if kind is None:
        return None
    if issubclass(kind, ConstraintViolated):
        return kind(driver_words(cause), _constraint_name(cause))
    return kind(driver_words(cause))


def _kind(cause: BaseException | None) -> type[DatabaseError] | None:
    """Look up a driver's error by its code, or else by its words."""
    code = error_code(cause)
    if code in _AMBIGUOUS:
        for words, kind in _KIND_BY_WORDS:
            if words.search(str(cause)):
                return kind
    # Some of SQLite's codes have finer names, such as SQLITE_BUSY_SNAPSHOT.
    family = "_".join(str(code).split("_")[:2])
    return _KIND_BY_CODE.get(code) or _KIND_BY_CODE.get(family)


def _is_lost(error: DBAPIError) -> bool:
    """Tell whether the connection is what failed.

    An operational error with neither code nor statement comes from
    connecting, where psycopg and the operating system give no code. A COMMIT
    has no statement either, but its only errors without a code are mistakes
    in the use of the driver, and those are an ``InterfaceError``.
    """
    code = str(error_code(error.orig))
    return (
        error.connection_invalidated
        or code.startswith("08")
        or (
            not code
            and error.statement is None
            and isinstance(error, OperationalError)
        )
    )


def _constraint_name(cause: BaseException | None) -> str | None:
    """Find the violated constraint's name, where the driver reports it."""
    reported_by = (
        getattr(cause, "__cause__", None),  # asyncpg's own error
        getattr(cause, "diag", None),  # psycopg's diagnostics
    )
    for source in reported_by:
        name = getattr(source, "constraint_name", None)
        if name:
            return str(name)
    pattern = _CONSTRAINT_BY_CODE.get(error_code(cause))
    found = pattern.match(str(cause.args[-1])) if pattern and cause else None
    return found[1] if found else None
