"""Numbers, times, enumerations, JSON and bytes: what comes back."""

import enum
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Enum,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    Time,
    Uuid,
    cast,
    extract,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bank.db.types import UTCDateTime
from portability.registry import probe
from portability.tables import (
    counted,
    queried,
    selected,
    session_on,
    shown,
    stored,
    temporary,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=2)))
"""Noon, two hours ahead of UTC."""

JUNE = datetime(2026, 6, 1, 12)  # noqa: DTZ001 - for columns without a zone
"""Noon of the first of June, naive."""


class Light(enum.Enum):
    """A traffic light, not in the order of the alphabet."""

    red = 1
    amber = 2
    green = 3


# Numbers


@probe
async def number_too_large(engine: AsyncEngine) -> str:
    """Does an Integer take 3 000 000 000?"""
    return shown(await stored(engine, Integer(), 3_000_000_000))


@number_too_large.cured_by
async def number_as_big_integer(engine: AsyncEngine) -> str:
    """Use BigInteger for what may grow."""
    return shown(await stored(engine, BigInteger(), 3_000_000_000))


@probe
async def small_number_too_large(engine: AsyncEngine) -> str:
    """Does a SmallInteger take 40 000?"""
    return shown(await stored(engine, SmallInteger(), 40_000))


@probe
async def letters_in_integer(engine: AsyncEngine) -> str:
    """Does an Integer take 'abc'?"""
    return shown(await stored(engine, Integer(), "abc"))


@probe
async def digits_in_integer(engine: AsyncEngine) -> str:
    """Does an Integer take the text '7'?"""
    return shown(await stored(engine, Integer(), "7"))


@digits_in_integer.cured_by
async def integer_from_digits(engine: AsyncEngine) -> str:
    """Convert with int() first, as Pydantic does for a request."""
    return shown(await stored(engine, Integer(), int("7")))


@probe
async def fraction_in_integer(engine: AsyncEngine) -> str:
    """What does an Integer make of 2.7?"""
    return shown(await stored(engine, Integer(), 2.7))


@fraction_in_integer.cured_by
async def rounded_in_integer(engine: AsyncEngine) -> str:
    """Round in Python first."""
    return shown(await stored(engine, Integer(), round(2.7)))


@probe
async def integer_in_string(engine: AsyncEngine) -> str:
    """Does a String take the number 7?"""
    return shown(await stored(engine, String(9), 7))


@integer_in_string.cured_by
async def string_from_integer(engine: AsyncEngine) -> str:
    """Convert with str() first."""
    return shown(await stored(engine, String(9), str(7)))


@probe
async def integer_equals_text(engine: AsyncEngine) -> str:
    """Does a column with 1 equal the text '1'?"""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things).values(id=1))
        found = select(things.c.id).where(things.c.id == "1")
        return shown(await connection.scalar(found))


@probe
async def get_by_text(engine: AsyncEngine) -> str:
    """Does session.get() find id 1 by the text '1'?"""
    return await name_by_key(engine, "1")


@get_by_text.cured_by
async def get_by_number(engine: AsyncEngine) -> str:
    """Convert the key with int(), or declare it as int in the path."""
    return await name_by_key(engine, int("1"))


async def name_by_key(engine: AsyncEngine, key: object) -> str:
    """Store a thing, and get it by its key."""

    class Base(DeclarativeBase):
        """The base of one table."""

    class Thing(Base):
        """A thing with a name."""

        __tablename__ = "named_things"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(9))

    async with session_on(engine, Base.metadata) as session:
        session.add(Thing(id=1, name="Ada"))
        await session.flush()
        session.expunge_all()
        found = await session.get(Thing, key)
        return shown(found and found.name)


@probe
async def decimal_too_large(engine: AsyncEngine) -> str:
    """Does a Numeric(5, 2) take 12345.67?"""
    return shown(await stored(engine, Numeric(5, 2), Decimal("12345.67")))


@probe
async def decimal_of_18_digits(engine: AsyncEngine) -> str:
    """Does a Numeric(18, 2) keep 1234567890123456.78?"""
    value = Decimal("1234567890123456.78")
    return shown(await stored(engine, Numeric(18, 2), value))


@decimal_of_18_digits.cured_by
async def cents_of_18_digits(engine: AsyncEngine) -> str:
    """Store whole cents in a BigInteger."""
    cents = await stored(engine, BigInteger(), 123456789012345678)
    return shown(Decimal(cents).scaleb(-2))


@probe
async def decimal_rounded(engine: AsyncEngine) -> str:
    """What does a Numeric(10, 2) make of 1.005?"""
    return shown(await stored(engine, Numeric(10, 2), Decimal("1.005")))


@decimal_rounded.cured_by
async def decimal_rounded_before(engine: AsyncEngine) -> str:
    """Round in Python first, and state which way."""
    cent = Decimal("0.01")
    value = Decimal("1.005").quantize(cent, ROUND_HALF_UP)
    return shown(await stored(engine, Numeric(10, 2), value))


async def three_dimes(engine: AsyncEngine, type_: Any, dime: Any) -> str:
    """Store a tenth three times, and compare the sum in SQL."""
    column = Column("price", type_)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things), [{"price": dime}] * 3)
        total = func.sum(things.c.price)
        return shown(bool(await connection.scalar(select(total == dime * 3))))


@probe
async def decimal_sum_equal(engine: AsyncEngine) -> str:
    """Is the sum of three Numeric 0.10 equal to 0.30?"""
    return await three_dimes(engine, Numeric(10, 2), Decimal("0.10"))


@decimal_sum_equal.cured_by
async def cents_sum_equal(engine: AsyncEngine) -> str:
    """Store whole cents."""
    return await three_dimes(engine, Integer(), 10)


@probe
async def decimal_average(engine: AsyncEngine) -> str:
    """What type does avg() of a Numeric return, in raw SQL?"""
    column = Column("price", Numeric(10, 2))
    async with temporary(engine, column) as (connection, things):
        prices = [{"price": Decimal(1)}, {"price": Decimal(2)}]
        await connection.execute(insert(things), prices)
        found = await connection.scalar(
            text("SELECT avg(price) FROM " + things.name)
        )
        return type(found).__name__


@probe
async def average_of_integers(engine: AsyncEngine) -> str:
    """What type does avg() of an Integer return?"""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things), [{"id": 6}, {"id": 8}])
        found = await connection.scalar(select(func.avg(things.c.id)))
        return type(found).__name__


@decimal_average.cured_by
@average_of_integers.cured_by
async def average_as_float(engine: AsyncEngine) -> str:
    """State which type you want, as in func.avg(x, type_=Float())."""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things), [{"id": 6}, {"id": 8}])
        average = func.avg(things.c.id, type_=Float())
        found = await connection.scalar(select(average))
        return type(found).__name__


@probe
async def sum_of_integers(engine: AsyncEngine) -> str:
    """What type does sum() of an Integer return, in raw SQL?"""
    found = await queried(engine, "SELECT sum(n) FROM (SELECT 1 AS n) AS t")
    return type(found).__name__


@probe
async def sum_of_booleans(engine: AsyncEngine) -> str:
    """Does sum() count true values?"""
    column = Column("ready", Boolean)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(ready=True))
        found = await connection.scalar(select(func.sum(things.c.ready)))
        return shown(int(found or 0))


@sum_of_booleans.cured_by
async def sum_of_cast_booleans(engine: AsyncEngine) -> str:
    """Cast to Integer first."""
    column = Column("ready", Boolean)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(ready=True))
        number = cast(things.c.ready, Integer)
        found = await connection.scalar(select(func.sum(number)))
        return shown(int(found or 0))


@probe
async def float_of_nine_digits(engine: AsyncEngine) -> str:
    """Does a Float keep 123456.789?"""
    return shown(await stored(engine, Float(), 123456.789))


@float_of_nine_digits.cured_by
async def double_of_nine_digits(engine: AsyncEngine) -> str:
    """Use Double."""
    return shown(await stored(engine, Double(), 123456.789))


async def found_by_a_tenth(engine: AsyncEngine, type_: Float[Any]) -> str:
    """Store 0.1, and look for it."""
    column = Column("value", type_)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(value=0.1))
        found = select(func.count()).where(things.c.value == literal(0.1))
        return counted(await connection.scalar(found), "row")


@probe
async def float_found_again(engine: AsyncEngine) -> str:
    """Does a search for 0.1 in a Float find it?"""
    return await found_by_a_tenth(engine, Float())


@float_found_again.cured_by
async def double_found_again(engine: AsyncEngine) -> str:
    """Search in a Double; better, do not compare floats for equality."""
    return await found_by_a_tenth(engine, Double())


@probe
async def infinity(engine: AsyncEngine) -> str:
    """Does a Double keep infinity?"""
    return shown(await stored(engine, Double(), math.inf))


@probe
async def not_a_number(engine: AsyncEngine) -> str:
    """Does a Double keep NaN?"""
    return shown(await stored(engine, Double(), math.nan))


@not_a_number.cured_by
async def null_for_nan(engine: AsyncEngine) -> str:
    """Store NULL in place of NaN."""
    return shown(await stored(engine, Double(), None))


@probe
async def true_division(engine: AsyncEngine) -> str:
    """What is 7 / 2 with SQLAlchemy's integers?"""
    found = await selected(engine, literal(7) / literal(2))
    return f"{float(found)}"


@probe
async def division_in_sql(engine: AsyncEngine) -> str:
    """What is 7 / 2 in raw SQL?"""
    return f"{float(await queried(engine, 'SELECT 7 / 2')):g}"


@division_in_sql.cured_by
async def division_of_columns(engine: AsyncEngine) -> str:
    """Divide with SQLAlchemy's /, which means what Python's does."""
    return f"{float(await selected(engine, literal(7) / literal(2))):g}"


@probe
async def floor_division(engine: AsyncEngine) -> str:
    """What is -7 // 2 with SQLAlchemy's integers?"""
    return shown(await selected(engine, literal(-7) // literal(2)))


@floor_division.cured_by
async def floor_division_in_python(engine: AsyncEngine) -> str:
    """Divide in Python, which gives -4, or avoid negative numbers."""
    return shown(await selected(engine, literal(-7)) // 2)


@probe
async def remainder(engine: AsyncEngine) -> str:
    """What is -7 % 3?"""
    return shown(await selected(engine, literal(-7) % literal(3)))


@probe
async def division_by_zero(engine: AsyncEngine) -> str:
    """What is 1 / 0?"""
    return shown(await queried(engine, "SELECT 1 / 0"))


@division_by_zero.cured_by
async def division_by_null(engine: AsyncEngine) -> str:
    """Divide by func.nullif(x, 0): NULL everywhere."""
    quotient = literal(1) / func.nullif(literal(0), 0, type_=Integer())
    return shown(await selected(engine, quotient))


@probe
async def round_float(engine: AsyncEngine) -> str:
    """Does round(x, 1) round a Double?"""
    column = Column("value", Double)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(value=2.75))
        rounded = func.round(things.c.value, 1)
        return shown(await connection.scalar(select(rounded)))


@round_float.cured_by
async def round_in_python(engine: AsyncEngine) -> str:
    """Round in Python."""
    return shown(round(await stored(engine, Double(), 2.75), 1))


# Truth


@probe
async def boolean_in_raw_sql(engine: AsyncEngine) -> str:
    """What does raw SQL give for a Boolean?"""
    column = Column("ready", Boolean)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(ready=True))
        sql = text("SELECT ready FROM " + things.name)
        return shown(await connection.scalar(sql))


@boolean_in_raw_sql.cured_by
async def boolean_of_typed_sql(engine: AsyncEngine) -> str:
    """State the types: text(...).columns(ready=Boolean)."""
    column = Column("ready", Boolean)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(ready=True))
        sql = text("SELECT ready FROM " + things.name).columns(ready=Boolean)
        return shown(await connection.scalar(sql))


@probe
async def number_as_condition(engine: AsyncEngine) -> str:
    """May a number be a condition, as in WHERE 1?"""
    return shown(await queried(engine, "SELECT 'yes' WHERE 1"))


@probe
async def boolean_as_text(engine: AsyncEngine) -> str:
    """What is true, cast to text?"""
    return shown(await selected(engine, cast(literal(True), String(9))))  # noqa: FBT003 - the value is the question


# Times


@probe
async def aware_time_in_aware_column(engine: AsyncEngine) -> str:
    """What does DateTime(timezone=True) make of 12:00+02:00?"""
    return shown(await stored(engine, DateTime(timezone=True), NOON))


@aware_time_in_aware_column.cured_by
async def aware_time_as_utc(engine: AsyncEngine) -> str:
    """Use a type that stores UTC, such as the bank's UTCDateTime."""
    return shown(await stored(engine, UTCDateTime(), NOON))


@probe
async def microseconds(engine: AsyncEngine) -> str:
    """Does a DateTime keep microseconds?"""
    moment = JUNE.replace(microsecond=999999)
    back = await stored(engine, DateTime(), moment)
    return f"{back.microsecond} µs"


@microseconds.cured_by
async def microseconds_in_utc(engine: AsyncEngine) -> str:
    """Use mysql.DATETIME(fsp=6) on MySQL, as UTCDateTime does."""
    moment = JUNE.replace(microsecond=999999, tzinfo=UTC)
    back = await stored(engine, UTCDateTime(), moment)
    return f"{back.microsecond} µs"


@probe
async def microseconds_of_time(engine: AsyncEngine) -> str:
    """Does a Time keep microseconds?"""
    back = await stored(engine, Time(), time(12, 0, 0, 999999))
    return f"{back.microsecond} µs"


@microseconds_of_time.cured_by
async def microseconds_of_time_with_variant(engine: AsyncEngine) -> str:
    """Add with_variant(mysql.TIME(fsp=6), "mysql")."""
    type_ = Time().with_variant(mysql.TIME(fsp=6), "mysql")
    back = await stored(engine, type_, time(12, 0, 0, 999999))
    return f"{back.microsecond} µs"


async def found_by_instant(engine: AsyncEngine, type_: Any) -> str:
    """Store a moment in one time zone, and look for it in another."""
    async with temporary(engine, Column("at", type_)) as (connection, things):
        await connection.execute(insert(things).values(at=NOON))
        same = things.c.at == NOON.astimezone(UTC)
        found = await connection.scalar(select(func.count()).where(same))
        return counted(found, "row")


@probe
async def instant_found_again(engine: AsyncEngine) -> str:
    """Does a search for 10:00+00:00 find 12:00+02:00?"""
    return await found_by_instant(engine, DateTime(timezone=True))


@instant_found_again.cured_by
async def utc_found_again(engine: AsyncEngine) -> str:
    """Search in a column that stores UTC."""
    return await found_by_instant(engine, UTCDateTime())


async def order_of_instants(engine: AsyncEngine, type_: Any) -> str:
    """Store two moments, and sort by time."""
    later = datetime(2026, 6, 1, 11, tzinfo=UTC)
    async with temporary(engine, Column("at", type_)) as (connection, things):
        moments = [{"id": 1, "at": NOON}, {"id": 2, "at": later}]
        await connection.execute(insert(things), moments)
        found = await connection.scalars(
            select(things.c.id).order_by(things.c.at)
        )
        return "right" if found.all() == [1, 2] else "wrong"


@probe
async def instants_in_order(engine: AsyncEngine) -> str:
    """Does 12:00+02:00 come before 11:00+00:00, as it should?"""
    return await order_of_instants(engine, DateTime(timezone=True))


@instants_in_order.cured_by
async def utc_in_order(engine: AsyncEngine) -> str:
    """Sort by a column that stores UTC."""
    return await order_of_instants(engine, UTCDateTime())


@probe
async def naive_time_in_aware_column(engine: AsyncEngine) -> str:
    """Is a naive time aware when DateTime(timezone=True) returns it?"""
    back = await stored(engine, DateTime(timezone=True), JUNE)
    return "aware" if back.tzinfo else "naive"


@naive_time_in_aware_column.cured_by
async def naive_time_refused(engine: AsyncEngine) -> str:
    """Refuse naive times, as UTCDateTime does."""
    try:
        await stored(engine, UTCDateTime(), JUNE)
    except StatementError as error:
        return f"refused: {type(error.orig).__name__}"
    return "taken"


@probe
async def aware_time_in_naive_column(engine: AsyncEngine) -> str:
    """What does a plain DateTime make of 12:00+02:00?"""
    return shown(await stored(engine, DateTime(), NOON))


@probe
async def text_in_datetime(engine: AsyncEngine) -> str:
    """Does a DateTime take the text '2026-06-01 12:00:00'?"""
    return shown(await stored(engine, DateTime(), "2026-06-01 12:00:00"))


@text_in_datetime.cured_by
async def parsed_text_in_datetime(engine: AsyncEngine) -> str:
    """Convert with datetime.fromisoformat() first."""
    moment = datetime.fromisoformat("2026-06-01 12:00:00")
    return shown(await stored(engine, DateTime(), moment))


@probe
async def date_in_datetime(engine: AsyncEngine) -> str:
    """Does a DateTime take a date?"""
    return shown(await stored(engine, DateTime(), date(2026, 6, 1)))


@probe
async def datetime_in_date(engine: AsyncEngine) -> str:
    """Does a Date take a datetime?"""
    return shown(await stored(engine, Date(), JUNE))


async def of_noon(
    engine: AsyncEngine,
    expression: Callable[[Column[datetime]], ColumnElement[Any]],
) -> Any:
    """Store noon on the first of June, and compute with the column."""
    at = Column("at", DateTime)
    async with temporary(engine, at) as (connection, things):
        await connection.execute(insert(things).values(at=JUNE))
        return await connection.scalar(select(expression(at)))


@probe
async def time_plus_timedelta(engine: AsyncEngine) -> str:
    """What is a DateTime column plus a day?"""
    day = timedelta(days=1)
    try:
        return shown(await of_noon(engine, lambda at: at + day))
    except TypeError:  # SQLAlchemy cannot read what SQLite computed
        return "raises TypeError"


@probe
async def time_minus_time(engine: AsyncEngine) -> str:
    """What is a DateTime column minus a datetime of the day before?"""
    day_before = JUNE - timedelta(days=1)
    try:
        return shown(await of_noon(engine, lambda at: at - day_before))
    except TypeError:  # SQLAlchemy cannot read what came back
        return "raises TypeError"


@time_minus_time.cured_by
@time_plus_timedelta.cured_by
async def compute_times_in_python(engine: AsyncEngine) -> str:
    """Read the times, and compute in Python."""
    back = await stored(engine, DateTime(), JUNE)
    return shown(back + timedelta(days=1))


@probe
async def extract_year(engine: AsyncEngine) -> str:
    """Does extract("year") give the year?"""
    year = await of_noon(engine, lambda at: extract("year", at))
    return shown(int(year))


@probe
async def extract_weekday(engine: AsyncEngine) -> str:
    """Does extract("dow") give the day of the week?"""
    weekday = await of_noon(engine, lambda at: extract("dow", at))
    return shown(int(weekday))


@extract_weekday.cured_by
async def weekday_in_python(engine: AsyncEngine) -> str:
    """Ask Python: isoweekday() counts from Monday, which is 1."""
    return shown((await stored(engine, DateTime(), JUNE)).isoweekday())


@probe
async def extract_epoch(engine: AsyncEngine) -> str:
    """Does extract("epoch") give seconds since 1970?"""
    seconds = await of_noon(engine, lambda at: extract("epoch", at))
    return shown(int(seconds))


@extract_epoch.cured_by
async def epoch_in_python(engine: AsyncEngine) -> str:
    """Ask Python: timestamp() of an aware time."""
    moment = await stored(engine, UTCDateTime(), JUNE.replace(tzinfo=UTC))
    return shown(int(moment.timestamp()))


@probe
async def date_plus_one(engine: AsyncEngine) -> str:
    """What is a Date plus 1, in raw SQL?"""
    column = Column("day", Date)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(day=date(2026, 6, 30)))
        sql = text("SELECT day + 1 FROM " + things.name)
        return shown(await connection.scalar(sql))


@date_plus_one.cured_by
async def date_plus_one_in_python(engine: AsyncEngine) -> str:
    """Compute in Python."""
    back = await stored(engine, Date(), date(2026, 6, 30))
    return shown(back + timedelta(days=1))


@probe
async def now_is_aware(engine: AsyncEngine) -> str:
    """Is func.now() aware?"""
    found = await selected(engine, func.now())
    return "aware" if found.tzinfo else "naive"


@now_is_aware.cured_by
async def now_in_python(engine: AsyncEngine) -> str:
    """Get the time from Python: datetime.now(UTC)."""
    back = await stored(engine, UTCDateTime(), datetime.now(UTC))
    return "aware" if back.tzinfo else "naive"


@probe
async def interval(engine: AsyncEngine) -> str:
    """Does an Interval keep a timedelta?"""
    value = timedelta(days=1, seconds=30)
    return shown(await stored(engine, Interval(), value))


@probe
async def datetime_in_raw_sql(engine: AsyncEngine) -> str:
    """What does raw SQL give for a DateTime?"""
    column = Column("at", DateTime)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(at=JUNE))
        sql = text("SELECT at FROM " + things.name)
        return type(await connection.scalar(sql)).__name__


# Enumerations, JSON, bytes and the rest


@probe
async def order_of_enum(engine: AsyncEngine) -> str:
    """How does an Enum of red, amber and green sort?"""
    return await lights_in_order(engine, Enum(Light, name="light"))


@order_of_enum.cured_by
async def order_of_enum_as_text(engine: AsyncEngine) -> str:
    """Store the names as text (native_enum=False): all sort them as text."""
    type_ = Enum(Light, native_enum=False, create_constraint=True)
    return await lights_in_order(engine, type_)


async def lights_in_order(engine: AsyncEngine, type_: Enum) -> str:
    """Store three lights, and sort them."""
    column = Column[Light]("light", type_)
    async with temporary(engine, column) as (connection, things):
        lights = [{"light": light} for light in Light]
        await connection.execute(insert(things), lights)
        query = select(things.c.light).order_by(things.c.light)
        found = await connection.scalars(query)
        return ", ".join(light.name for light in found)


async def blue_light(engine: AsyncEngine, type_: Enum) -> str:
    """Store a light that there is not, by raw SQL."""
    column = Column[Light]("light", type_)
    async with temporary(engine, column) as (connection, things):
        sql = f"INSERT INTO {things.name} (id, light) VALUES (1, 'blue')"
        await connection.execute(text(sql))
        try:
            return shown(await connection.scalar(select(things.c.light)))
        except LookupError:
            return "stored, and a LookupError when it is read"


@probe
async def illegal_enum(engine: AsyncEngine) -> str:
    """Does an Enum column take a value that it does not have?"""
    return await blue_light(engine, Enum(Light, name="light"))


@illegal_enum.cured_by
async def illegal_enum_checked(engine: AsyncEngine) -> str:
    """Add a CHECK: create_constraint=True and native_enum=False."""
    type_ = Enum(
        Light, name="light", native_enum=False, create_constraint=True
    )
    try:
        return await blue_light(engine, type_)
    except DBAPIError:
        return "refused"


async def documents(engine: AsyncEngine, type_: Any) -> str:
    """Store a document twice, and count those that equal it."""
    column = Column[Any]("body", type_)
    async with temporary(engine, column) as (connection, things):
        body = {"a": 1}
        await connection.execute(insert(things), [{"body": body}] * 2)
        found = await connection.scalars(
            select(things.c.id).where(things.c.body == body)
        )
        return f"{len(found.all())} found"


@probe
async def json_equal(engine: AsyncEngine) -> str:
    """May a JSON column be compared with ==?"""
    return await documents(engine, JSON())


@json_equal.cured_by
async def jsonb_equal(engine: AsyncEngine) -> str:
    """Use JSONB on PostgreSQL: JSON().with_variant(JSONB(), "postgresql")."""
    type_ = JSON().with_variant(postgresql.JSONB(), "postgresql")
    return await documents(engine, type_)


@probe
async def json_distinct(engine: AsyncEngine) -> str:
    """Does DISTINCT work on a JSON column?"""
    column = Column[Any]("body", JSON)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things), [{"body": {"a": 1}}] * 2)
        found = await connection.scalars(select(things.c.body).distinct())
        return f"{len(found.all())} found"


@probe
async def jsonb_other_order(engine: AsyncEngine) -> str:
    """Does a document equal one with its keys in another order?"""
    type_ = JSON().with_variant(postgresql.JSONB(), "postgresql")
    column = Column[Any]("body", type_)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(body={"a": 1, "b": 2}))
        same = things.c.body == {"b": 2, "a": 1}
        found = await connection.scalars(select(things.c.id).where(same))
        return f"{len(found.all())} found"


@probe
async def json_none(engine: AsyncEngine) -> str:
    """Is None in a JSON column NULL, or JSON's null?"""
    column = Column[Any]("body", JSON)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(body=None))
        null = select(func.count()).where(text("body IS NULL"))
        found = await connection.scalar(null.select_from(things))
        return "NULL" if found else "JSON's null"


@probe
async def json_path(engine: AsyncEngine) -> str:
    """Does a path into a JSON column give its number?"""
    column = Column[Any]("body", JSON)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(body={"a": {"b": 7}}))
        number = things.c.body["a", "b"].as_integer()
        return shown(await connection.scalar(select(number)))


@probe
async def json_in_raw_sql(engine: AsyncEngine) -> str:
    """What does raw SQL give for a JSON column?"""
    column = Column[Any]("body", JSON)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(body={"a": 1}))
        sql = text("SELECT body FROM " + things.name)
        return type(await connection.scalar(sql)).__name__


@json_in_raw_sql.cured_by
async def json_of_typed_sql(engine: AsyncEngine) -> str:
    """State the types: text(...).columns(body=JSON)."""
    column = Column[Any]("body", JSON)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(body={"a": 1}))
        sql = text("SELECT body FROM " + things.name).columns(body=JSON)
        return type(await connection.scalar(sql)).__name__


@probe
async def uuid_back(engine: AsyncEngine) -> str:
    """Does a Uuid come back as a UUID?"""
    return shown(await stored(engine, Uuid(), UUID(int=7)))


@probe
async def char_padded(engine: AsyncEngine) -> str:
    """Does a CHAR(5) give 'ab' back with blanks?"""
    return shown(await stored(engine, CHAR(5), "ab"))


@char_padded.cured_by
async def string_not_padded(engine: AsyncEngine) -> str:
    """Use String."""
    return shown(await stored(engine, String(5), "ab"))


@probe
async def long_text(engine: AsyncEngine) -> str:
    """Does a Text take 70 000 characters?"""
    return f"{len(await stored(engine, Text(), 'x' * 70_000))} back"


@long_text.cured_by
async def long_text_with_variant(engine: AsyncEngine) -> str:
    """Add with_variant(mysql.LONGTEXT(), "mysql")."""
    type_ = Text().with_variant(mysql.LONGTEXT(), "mysql")
    return f"{len(await stored(engine, type_, 'x' * 70_000))} back"


@probe
async def long_bytes(engine: AsyncEngine) -> str:
    """Does a LargeBinary take 70 000 bytes?"""
    return f"{len(await stored(engine, LargeBinary(), b'x' * 70_000))} back"


@long_bytes.cured_by
async def long_bytes_with_variant(engine: AsyncEngine) -> str:
    """Add with_variant(mysql.LONGBLOB(), "mysql")."""
    type_ = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")
    return f"{len(await stored(engine, type_, b'x' * 70_000))} back"


@probe
async def bytes_back(engine: AsyncEngine) -> str:
    """Does a LargeBinary keep every byte?"""
    every = bytes(range(256))
    back = await stored(engine, LargeBinary(), every)
    return "yes" if back == every else "no"
