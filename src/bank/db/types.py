"""Column types that mean the same on each database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, String, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeEngine


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in time, aware, in UTC, with microseconds, on each database.

    PostgreSQL keeps the moment. SQLite and MySQL drop the offset and return
    a naive time, and MySQL cuts off the microseconds unless the column asks
    for them: https://dev.mysql.com/doc/refman/8.4/en/fractional-seconds.html.

    Adding a ``timedelta`` in SQL works where it works with SQLAlchemy's own
    ``DateTime``: on PostgreSQL.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Ask MySQL for microseconds."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return super().load_dialect_impl(dialect)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """Take a datetime for a moment, and a timedelta for an interval."""
        impl = self.impl_instance
        coerced = impl.coerce_compared_value(op, value)
        return self if coerced is impl else coerced

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Refuse a naive time, and store any other as UTC.

        Raises:
            ValueError: The time is naive: nobody knows which moment it is.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(
                f"{value!r} has no time zone: write datetime.now(UTC)."
            )
        value = value.astimezone(UTC)
        return (
            value
            if dialect.name == "postgresql"
            else value.replace(tzinfo=None)
        )

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """Take asyncpg's times as they are: aware, and in UTC."""
        if dialect.driver == "asyncpg":
            return self.impl_instance.result_processor(dialect, coltype)
        return super().result_processor(dialect, coltype)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - the interface's
    ) -> datetime | None:
        """Mark a stored time as UTC."""
        if value is None:
            return None
        return (
            value.replace(tzinfo=UTC)
            if value.tzinfo is None
            else value.astimezone(UTC)
        )

    def __repr__(self) -> str:
        """Write the type as migrations do."""
        return "UTCDateTime()"


class ExactText(String):
    """Text of limited length that means the same on each database.

    It distinguishes A from a, e from é, and "a" from "a ". MySQL and MariaDB
    do not, unless the collation says so:
    https://dev.mysql.com/doc/refman/8.4/en/charset-unicode-sets.html,
    https://mariadb.com/kb/en/supported-character-sets-and-collations/.

    Text that is too long is refused. SQLite refuses it through a CHECK that
    comes with the column, as its own types have no length:
    https://www.sqlite.org/faq.html#q9. PostgreSQL, MySQL and MariaDB cut off
    blanks at the end that do not fit, as the SQL standard says:
    https://www.postgresql.org/docs/current/datatype-character.html.
    """

    def __init__(self, length: int) -> None:
        """Make the type.

        Args:
            length: The longest text, in characters.
        """
        super().__init__(length)


@compiles(ExactText, "mysql")
@compiles(ExactText, "mariadb")
def _collated(text: ExactText, compiler: Any, **_: Any) -> str:
    """Name the exact collation, which differs between the two."""
    exact = (
        "utf8mb4_nopad_bin"
        if compiler.dialect.is_mariadb
        else "utf8mb4_0900_bin"
    )
    return f"VARCHAR({text.length}) CHARACTER SET utf8mb4 COLLATE {exact}"


@compiles(ExactText, "sqlite")
def _checked(text: ExactText, compiler: Any, **options: Any) -> str:
    """Use a CHECK on SQLite for what the length does elsewhere."""
    plain = str(compiler.visit_string(text, **options))
    column = options.get("type_expression")
    if not isinstance(column, Column):
        return plain  # it is in a CAST
    quote = compiler.dialect.identifier_preparer.quote
    name = quote(f"ck_{column.table.name}_{column.name}_length")
    return (
        f"{plain} CONSTRAINT {name}"
        f" CHECK (length({quote(column.name)}) <= {text.length})"
    )
