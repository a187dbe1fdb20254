"""Which texts are equal, how they match, and what is done with them."""

import hashlib
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Float,
    Integer,
    String,
    and_,
    case,
    cast,
    collate,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from portability.registry import probe
from portability.tables import (
    counted,
    queried,
    selected,
    shown,
    stored,
    temporary,
)

# Case, accents and emoji count in this one, on MySQL and MariaDB too.
EXACT = String(20).with_variant(
    mysql.VARCHAR(20, charset="utf8mb4", collation="utf8mb4_bin"),
    "mysql",
)


async def equal(
    engine: AsyncEngine, one: str, other: str, type_: Any = None
) -> str:
    """Store a text, and look for another."""
    column = Column("name", type_ or String(20))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(name=one))
        found = select(func.count()).where(things.c.name == other)
        return "yes" if await connection.scalar(found) else "no"


async def both_unique(
    engine: AsyncEngine, one: str, other: str, type_: Any = None
) -> str:
    """Store two texts in a unique column."""
    column = Column("name", type_ or String(20), unique=True)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(name=one))
        await connection.execute(insert(things).values(name=other))
    return "both are stored"


async def matches(
    engine: AsyncEngine, name: str, condition: Any, type_: Any = None
) -> str:
    """Store a text, and tell whether a condition finds it."""
    column = Column("name", type_ or String(20))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(name=name))
        found = select(func.count()).where(condition(column))
        return "yes" if await connection.scalar(found) else "no"


async def word(engine: AsyncEngine, expression: ColumnElement[Any]) -> str:
    """Compute an expression, and show it."""
    return shown(await selected(engine, expression))


# Equality


@probe
async def equal_in_other_case(engine: AsyncEngine) -> str:
    """Does 'Bob' equal 'bob'?"""
    return await equal(engine, "Bob", "bob")


@equal_in_other_case.cured_by
async def exact_in_other_case(engine: AsyncEngine) -> str:
    """Give the column a binary collation on MySQL."""
    return await equal(engine, "Bob", "bob", EXACT)


@probe
async def equal_with_accent(engine: AsyncEngine) -> str:
    """Does 'resume' equal 'résumé'?"""
    return await equal(engine, "resume", "résumé")


@equal_with_accent.cured_by
async def exact_with_accent(engine: AsyncEngine) -> str:
    """Give the column a binary collation on MySQL, for accents."""
    return await equal(engine, "resume", "résumé", EXACT)


@probe
async def equal_with_trailing_blank(engine: AsyncEngine) -> str:
    """Does 'a' equal 'a ', with a blank at the end?"""
    return await equal(engine, "a", "a ")


@equal_with_trailing_blank.cured_by
async def equal_in_length_too(engine: AsyncEngine) -> str:
    """Compare char_length() as well, or strip the blanks before you store."""
    wanted = "a "
    return await matches(
        engine,
        "a",
        lambda name: and_(
            name == wanted, func.char_length(name) == len(wanted)
        ),
    )


@probe
async def empty_equals_blank(engine: AsyncEngine) -> str:
    """Does '' equal ' ', a blank?"""
    return await equal(engine, "", " ")


@probe
async def equal_emoji(engine: AsyncEngine) -> str:
    """Does '😀' equal '🚀'?"""
    return await equal(engine, "😀", "🚀")


@equal_emoji.cured_by
async def exact_emoji(engine: AsyncEngine) -> str:
    """Give the column a binary collation on MySQL, for emoji."""
    return await equal(engine, "😀", "🚀", EXACT)


@probe
async def equal_composed(engine: AsyncEngine) -> str:
    """Does 'é' as one character equal 'é' as two?"""
    return await equal(engine, "\u00e9", "e\u0301")


@probe
async def text_equals_number(engine: AsyncEngine) -> str:
    """Does 'abc' equal 0, in raw SQL?"""
    found = await queried(engine, "SELECT 'abc' = 0")
    return "yes" if found else "no"


@text_equals_number.cured_by
async def text_equals_text(engine: AsyncEngine) -> str:
    """Compare text only with text."""
    return await equal(engine, "abc", "0")


@probe
async def unique_in_other_case(engine: AsyncEngine) -> str:
    """May 'A@x' and 'a@x' both be in a unique column?"""
    return await both_unique(engine, "A@x", "a@x")


@unique_in_other_case.cured_by
async def unique_exact(engine: AsyncEngine) -> str:
    """Give the unique column a binary collation on MySQL."""
    return await both_unique(engine, "A@x", "a@x", EXACT)


@probe
async def unique_with_accent(engine: AsyncEngine) -> str:
    """May 'resume' and 'résumé' both be in a unique column?"""
    return await both_unique(engine, "resume", "résumé")


@probe
async def unique_with_trailing_blank(engine: AsyncEngine) -> str:
    """May 'a' and 'a ' both be in a unique column?"""
    return await both_unique(engine, "a", "a ")


@unique_with_trailing_blank.cured_by
async def unique_stripped(engine: AsyncEngine) -> str:
    """Strip what users type before you store it: then they are equal."""
    try:
        return await both_unique(engine, "a", "a ".strip())
    except IntegrityError:
        return "the second is refused"


async def distinct_names(engine: AsyncEngine, type_: Any) -> str:
    """Store 'a' and 'A', and count what DISTINCT gives."""
    column = Column("name", type_)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things), [{"name": n} for n in "aA"])
        found = await connection.scalars(select(things.c.name).distinct())
        return f"{len(found.all())} of 2"


@probe
async def distinct_in_other_case(engine: AsyncEngine) -> str:
    """How many values does DISTINCT give for 'a' and 'A'?"""
    return await distinct_names(engine, String(20))


@distinct_in_other_case.cured_by
async def distinct_exact(engine: AsyncEngine) -> str:
    """Give the column a binary collation on MySQL, for DISTINCT."""
    return await distinct_names(engine, EXACT)


@probe
async def group_in_other_case(engine: AsyncEngine) -> str:
    """How many groups does GROUP BY make of 'a' and 'A'?"""
    column = Column("name", String(20))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things), [{"name": n} for n in "aA"])
        query = select(func.count(things.c.id)).group_by(things.c.name)
        found = await connection.scalars(query)
        return counted(len(found.all()), "group")


@probe
async def collation_by_name(engine: AsyncEngine) -> str:
    """May a query sort by the collation "C"?"""
    column = Column("name", String(20))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things), [{"name": n} for n in "aB"])
        query = select(things.c.name).order_by(collate(things.c.name, "C"))
        return ", ".join(await connection.scalars(query))


@collation_by_name.cured_by
async def order_in_python(engine: AsyncEngine) -> str:
    """Sort in Python where the order of letters matters."""
    column = Column("name", String(20))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things), [{"name": n} for n in "aB"])
        found = await connection.scalars(select(things.c.name))
        return ", ".join(sorted(found, key=str.casefold))


# Matching


@probe
async def like_in_other_case(engine: AsyncEngine) -> str:
    """Does like('bob%') find 'Bob'?"""
    return await matches(engine, "Bob", lambda name: name.like("bob%"))


@like_in_other_case.cured_by
async def ilike_in_other_case(engine: AsyncEngine) -> str:
    """Write ilike() where case must not matter."""
    return await matches(engine, "Bob", lambda name: name.ilike("bob%"))


@probe
async def ilike_with_accent(engine: AsyncEngine) -> str:
    """Does ilike('élan') find 'ÉLAN'?"""
    return await matches(engine, "ÉLAN", lambda name: name.ilike("élan"))


@ilike_with_accent.cured_by
async def folded_in_python(engine: AsyncEngine) -> str:
    """Also store casefold() of the text, and search in that."""
    folded = "ÉLAN".casefold()
    wanted = "Élan".casefold()
    return await matches(engine, folded, lambda name: name == wanted)


@probe
async def ilike_without_accent(engine: AsyncEngine) -> str:
    """Does ilike('elan') find 'Élan'?"""
    return await matches(engine, "Élan", lambda name: name.ilike("elan"))


@probe
async def like_backslash(engine: AsyncEngine) -> str:
    r"""Does like('50\%') find '50%'?"""
    return await matches(engine, "50%", lambda name: name.like(r"50\%"))


@like_backslash.cured_by
async def like_with_escape(engine: AsyncEngine) -> str:
    """Name the escape: like("50!%", escape="!"), or autoescape=True."""
    return await matches(
        engine, "50%", lambda name: name.like("50!%", escape="!")
    )


@probe
async def contains_percent(engine: AsyncEngine) -> str:
    """Does contains('50%', autoescape=True) take '500' for '50%'?"""
    return await matches(
        engine, "500", lambda name: name.contains("50%", autoescape=True)
    )


@probe
async def regexp_in_other_case(engine: AsyncEngine) -> str:
    """Does regexp_match('^b') find 'Bob'?"""
    return await matches(engine, "Bob", lambda name: name.regexp_match("^b"))


@regexp_in_other_case.cured_by
async def regexp_on_exact_text(engine: AsyncEngine) -> str:
    """Give the column a binary collation on MySQL, for patterns too."""
    return await matches(
        engine, "Bob", lambda name: name.regexp_match("^b"), EXACT
    )


@probe
async def regexp_replace(engine: AsyncEngine) -> str:
    """Does regexp_replace('o', '0') turn 'Bob' into 'B0b'?"""
    return await word(engine, literal("Bob").regexp_replace("o", "0"))


@probe
async def instr(engine: AsyncEngine) -> str:
    """Where does instr() find 'b' in 'Bob'?"""
    return await word(engine, func.instr("Bob", "b"))


# Functions


@probe
async def lower_with_accent(engine: AsyncEngine) -> str:
    """What is lower('ÉLAN')?"""
    return await word(engine, func.lower("ÉLAN"))


@lower_with_accent.cured_by
async def lower_in_python(engine: AsyncEngine) -> str:
    """Lower it in Python."""
    return shown(str(await stored(engine, String(20), "ÉLAN")).lower())


@probe
async def length_in_characters(engine: AsyncEngine) -> str:
    """What is length('é😀'), two characters?"""
    return await word(engine, func.length("é😀"))


@length_in_characters.cured_by
async def char_length(engine: AsyncEngine) -> str:
    """Write func.char_length(), which SQLAlchemy renders for each."""
    return await word(engine, func.char_length(literal("é😀")))


@probe
async def plus_joins(engine: AsyncEngine) -> str:
    """Does SQLAlchemy's + join two texts?"""
    return await word(engine, literal("a") + literal("b"))


@probe
async def bars_join(engine: AsyncEngine) -> str:
    """What is 'a' || 'b' in raw SQL?"""
    return shown(await queried(engine, "SELECT 'a' || 'b'"))


@bars_join.cured_by
async def plus_renders_bars(engine: AsyncEngine) -> str:
    """Write literal("a") + "b": SQLAlchemy renders it for each database."""
    return await word(engine, literal("a") + "b")


@probe
async def join_with_null(engine: AsyncEngine) -> str:
    """What is SQLAlchemy's 'a' + NULL?"""
    return await word(engine, literal("a") + literal(None, String()))


@probe
async def concat_with_null(engine: AsyncEngine) -> str:
    """What is concat('a', NULL, 'b')?"""
    return await word(engine, func.concat("a", None, "b"))


@concat_with_null.cured_by
async def plus_with_coalesce(engine: AsyncEngine) -> str:
    """Join with +, and state with coalesce() what NULL becomes."""
    gap = func.coalesce(literal(None, String()), "")
    return await word(engine, literal("a") + gap + "b")


@probe
async def greatest(engine: AsyncEngine) -> str:
    """What is greatest(1, 2)?"""
    return await word(engine, func.greatest(1, 2))


@greatest.cured_by
async def greatest_by_case(engine: AsyncEngine) -> str:
    """Write case((a > b, a), else_=b)."""
    one, two = literal(1), literal(2)
    return await word(engine, case((one > two, one), else_=two))


@probe
async def greatest_with_null(engine: AsyncEngine) -> str:
    """What is greatest(1, NULL)?"""
    return shown(await queried(engine, "SELECT greatest(1, NULL)"))


async def joined_names(engine: AsyncEngine, aggregate: Any) -> str:
    """Store two names, and join them."""
    column = Column("name", String(20))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things), [{"name": n} for n in "ab"])
        joined = aggregate(things.c.name)
        return shown(await connection.scalar(select(joined)))


@probe
async def string_agg(engine: AsyncEngine) -> str:
    """Does string_agg() join the texts of a group?"""
    return await joined_names(engine, lambda name: func.string_agg(name, "-"))


@string_agg.cured_by
async def aggregate_strings(engine: AsyncEngine) -> str:
    """Write func.aggregate_strings(), which SQLAlchemy renders for each."""
    return await joined_names(
        engine, lambda name: func.aggregate_strings(name, "-")
    )


@probe
async def group_concat(engine: AsyncEngine) -> str:
    """Does group_concat() join the texts of a group?"""
    return await joined_names(engine, func.group_concat)


@probe
async def substring_from_zero(engine: AsyncEngine) -> str:
    """What is substr('abc', 0, 2)?"""
    return await word(engine, func.substr("abc", 0, 2))


@substring_from_zero.cured_by
async def substring_from_one(engine: AsyncEngine) -> str:
    """Count from 1."""
    return await word(engine, func.substr("abc", 1, 2))


@probe
async def substring_from_behind(engine: AsyncEngine) -> str:
    """What is substr('abc', -2)?"""
    return await word(engine, func.substr("abc", -2))


@substring_from_behind.cured_by
async def slice_in_python(engine: AsyncEngine) -> str:
    """Slice in Python."""
    return shown((await stored(engine, String(20), "abc"))[-2:])


@probe
async def left_function(engine: AsyncEngine) -> str:
    """What is left('abc', 2)?"""
    return await word(engine, func.left("abc", 2))


@left_function.cured_by
async def left_by_substring(engine: AsyncEngine) -> str:
    """Write substr(x, 1, 2)."""
    return await word(engine, func.substr("abc", 1, 2))


@probe
async def md5_function(engine: AsyncEngine) -> str:
    """Does md5('a') give a hash?"""
    found = await selected(engine, func.md5("a"))
    return f"{found[:6]}..."


@md5_function.cured_by
async def md5_in_python(engine: AsyncEngine) -> str:
    """Hash in Python, with hashlib."""
    read = await stored(engine, String(20), "a")
    hashed = hashlib.md5(read.encode(), usedforsecurity=False).hexdigest()
    return f"{hashed[:6]}..."


@probe
async def random_number(engine: AsyncEngine) -> str:
    """What type does random() return?"""
    return type(await selected(engine, func.random())).__name__


@probe
async def date_trunc(engine: AsyncEngine) -> str:
    """Is there date_trunc()?"""
    sql = "SELECT date_trunc('month', TIMESTAMP '2026-06-15')"
    return shown(await queried(engine, sql))


@date_trunc.cured_by
async def month_in_python(engine: AsyncEngine) -> str:
    """Truncate the date in Python; group by extract() of year and month."""
    day = await stored(engine, Date(), date(2026, 6, 15))
    return shown(day.replace(day=1))


@probe
async def text_plus_text(engine: AsyncEngine) -> str:
    """What is '5' + '5' in raw SQL?"""
    found = await queried(engine, "SELECT '5' + '5'")
    return f"{found:g}"


@probe
async def number_as_text(engine: AsyncEngine) -> str:
    """What is the Double 1.0, cast to text?"""
    column = Column("value", Float(53))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(value=1.0))
        words = cast(things.c.value, String(20))
        return shown(await connection.scalar(select(words)))


@number_as_text.cured_by
async def number_as_text_in_python(engine: AsyncEngine) -> str:
    """Format in Python."""
    return shown(f"{await stored(engine, Float(53), 1.0):g}")


@probe
async def text_as_number(engine: AsyncEngine) -> str:
    """What is '12abc', cast to Integer?"""
    return await word(engine, cast(literal("12abc"), Integer))


@probe
async def nul_character(engine: AsyncEngine) -> str:
    """May a text hold the NUL character?"""
    back = await stored(engine, String(20), "a\0b")
    return f"{len(back)} characters back"


@probe
async def emoji_back(engine: AsyncEngine) -> str:
    """Does a String keep an emoji?"""
    return shown(await stored(engine, String(20), "😀"))


@probe
async def text_too_long(engine: AsyncEngine) -> str:
    """Does a String(5) take 'abcdefgh'?"""
    return shown(await stored(engine, String(5), "abcdefgh"))


@text_too_long.cured_by
async def text_cut_in_python(engine: AsyncEngine) -> str:
    """Check the length first, in Pydantic or with validates(); or cut."""
    return shown(await stored(engine, String(5), "abcdefgh"[:5]))


@probe
async def text_in_double_quotes(engine: AsyncEngine) -> str:
    """What is "abc" in double quotes, in raw SQL?"""
    return shown(await queried(engine, 'SELECT "abc"'))


@text_in_double_quotes.cured_by
async def text_as_parameter(engine: AsyncEngine) -> str:
    """Send text as a parameter; if you quote by hand, use single quotes."""
    async with temporary(engine) as (connection, _):
        single = text("SELECT 'abc'")
        return shown(await connection.scalar(single))
