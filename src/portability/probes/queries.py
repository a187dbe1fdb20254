"""SELECT: what is allowed, in which order rows come, and parameters."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    String,
    Table,
    bindparam,
    case,
    func,
    insert,
    lateral,
    literal,
    nulls_last,
    select,
    text,
    tuple_,
    union,
    values,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from portability.registry import probe
from portability.tables import counted, queried, selected, shown, temporary


async def two_people(connection: AsyncConnection, people: Table) -> None:
    """Store Ada, of no age, and Bob, who is 1."""
    rows: list[dict[str, Any]] = [
        {"name": "Ada", "age": None},
        {"name": "Bob", "age": 1},
    ]
    await connection.execute(insert(people), rows)


async def names(engine: AsyncEngine, query: Any) -> str:
    """Ask for the names of two people."""
    async with temporary(
        engine, Column("name", String(9)), Column("age", Integer)
    ) as (connection, people):
        await two_people(connection, people)
        found = await connection.scalars(query(people))
        return ", ".join(map(str, found))


# Order and groups


@probe
async def null_order(engine: AsyncEngine) -> str:
    """Where does ORDER BY age put Ada, whose age is NULL?"""
    return await names(engine, lambda p: select(p.c.name).order_by(p.c.age))


@null_order.cured_by
async def null_order_said(engine: AsyncEngine) -> str:
    """Sort by age.is_(None) first."""
    return await names(
        engine,
        lambda p: select(p.c.name).order_by(p.c.age.is_(None), p.c.age),
    )


@probe
async def null_order_descending(engine: AsyncEngine) -> str:
    """Where does ORDER BY age DESC put Ada, whose age is NULL?"""
    return await names(
        engine, lambda p: select(p.c.name).order_by(p.c.age.desc())
    )


@probe
async def nulls_last_function(engine: AsyncEngine) -> str:
    """Does nulls_last() put Ada, whose age is NULL, last?"""
    return await names(
        engine, lambda p: select(p.c.name).order_by(nulls_last(p.c.age))
    )


@probe
async def loose_group(engine: AsyncEngine) -> str:
    """May GROUP BY leave out a column that is selected?"""
    return await names(
        engine, lambda p: select(p.c.name).group_by(p.c.age).order_by(p.c.id)
    )


@loose_group.cured_by
async def strict_group(engine: AsyncEngine) -> str:
    """Group by each column, or select min() of the others."""
    return await names(
        engine,
        lambda p: (
            select(func.min(p.c.name))
            .group_by(p.c.age)
            .order_by(func.min(p.c.id))
        ),
    )


@probe
async def distinct_ordered_by_another(engine: AsyncEngine) -> str:
    """May DISTINCT be sorted by a column that is not selected?"""
    return await names(
        engine, lambda p: select(p.c.name).distinct().order_by(p.c.id)
    )


@distinct_ordered_by_another.cured_by
async def distinct_by_group(engine: AsyncEngine) -> str:
    """Write GROUP BY name, ordered by min(id)."""
    return await names(
        engine,
        lambda p: (
            select(p.c.name).group_by(p.c.name).order_by(func.min(p.c.id))
        ),
    )


async def newest_of_each(engine: AsyncEngine, query: Any) -> str:
    """Ask for one row for each name, of three."""
    async with temporary(
        engine, Column("name", String(9)), Column("age", Integer)
    ) as (connection, people):
        rows = [("Ada", 1), ("Ada", 2), ("Bob", 3)]
        people_rows = [{"name": name, "age": age} for name, age in rows]
        await connection.execute(insert(people), people_rows)
        found = await connection.scalars(query(people))
        return counted(len(found.all()), "row")


@probe
async def distinct_on(engine: AsyncEngine) -> str:
    """How many rows does distinct(name) give: 3 rows, 2 names?"""
    return await newest_of_each(
        engine, lambda p: select(p.c.age).distinct(p.c.name)
    )


@distinct_on.cured_by
async def distinct_on_by_window(engine: AsyncEngine) -> str:
    """Number the rows with row_number() OVER (PARTITION BY name)."""

    def query(people: Table) -> Any:
        number = func.row_number().over(
            partition_by=people.c.name, order_by=people.c.age
        )
        numbered = select(people.c.age, number.label("number")).subquery()
        return select(numbered.c.age).where(numbered.c.number == 1)

    return await newest_of_each(engine, query)


@probe
async def alias_in_where(engine: AsyncEngine) -> str:
    """May WHERE use an alias of the SELECT list?"""
    sql = "SELECT n * 2 AS m FROM (SELECT 1 AS n) AS t WHERE m > 1"
    return shown(await queried(engine, sql))


@alias_in_where.cured_by
async def alias_in_subquery(engine: AsyncEngine) -> str:
    """Select from a subquery that has the alias."""
    sql = (
        "SELECT m FROM (SELECT n * 2 AS m FROM (SELECT 1 AS n) AS t) AS u"
        " WHERE m > 1"
    )
    return shown(await queried(engine, sql))


@probe
async def alias_in_having(engine: AsyncEngine) -> str:
    """May HAVING use an alias of the SELECT list?"""
    sql = "SELECT count(*) AS m FROM (SELECT 1 AS n) AS t HAVING m > 0"
    return shown(await queried(engine, sql))


@alias_in_having.cured_by
async def expression_in_having(engine: AsyncEngine) -> str:
    """Write the expression again."""
    sql = "SELECT count(*) AS m FROM (SELECT 1 AS n) AS t HAVING count(*) > 0"
    return shown(await queried(engine, sql))


@probe
async def filtered_aggregate(engine: AsyncEngine) -> str:
    """Does count().filter(...) count only some of the rows?"""
    return await names(
        engine, lambda p: select(func.count().filter(p.c.age > 0))
    )


@filtered_aggregate.cured_by
async def aggregate_of_case(engine: AsyncEngine) -> str:
    """Count a CASE that is NULL for the other rows."""
    return await names(
        engine, lambda p: select(func.count(case((p.c.age > 0, 1))))
    )


@probe
async def rows_without_from(engine: AsyncEngine) -> str:
    """May a SELECT have a WHERE without a FROM?"""
    return shown(await queried(engine, "SELECT 1 WHERE 1 = 1"))


# Joins and subqueries


async def joined(engine: AsyncEngine, query: Any) -> str:
    """Store two people, and count the rows of a query."""
    async with temporary(
        engine, Column("name", String(9)), Column("age", Integer)
    ) as (connection, people):
        await two_people(connection, people)
        found = await connection.execute(query(people))
        return counted(len(found.all()), "row")


@probe
async def full_join(engine: AsyncEngine) -> str:
    """Is there a FULL JOIN?"""
    sql = (
        "SELECT * FROM (SELECT 1 AS a) AS one"
        " FULL JOIN (SELECT 2 AS b) AS two ON a = b"
    )
    async with engine.connect() as connection:
        found = await connection.execute(text(sql))
        return counted(len(found.all()), "row")


@full_join.cured_by
async def two_left_joins(engine: AsyncEngine) -> str:
    """Use a LEFT JOIN, and add the rest of the right with UNION ALL."""
    sql = (
        "SELECT a, b FROM (SELECT 1 AS a) AS one"
        " LEFT JOIN (SELECT 2 AS b) AS two ON a = b"
        " UNION ALL SELECT a, b FROM (SELECT 2 AS b) AS two"
        " LEFT JOIN (SELECT 1 AS a) AS one ON a = b WHERE a IS NULL"
    )
    async with engine.connect() as connection:
        found = await connection.execute(text(sql))
        return counted(len(found.all()), "row")


@probe
async def lateral_join(engine: AsyncEngine) -> str:
    """Is there a LATERAL join?"""
    async with engine.connect() as connection:
        one = select(literal(1).label("n")).subquery()
        beside = lateral(select((one.c.n + 1).label("m")))
        query = select(beside.c.m).select_from(one).join(beside, one.c.n == 1)
        return shown(await connection.scalar(query))


@lateral_join.cured_by
async def scalar_subquery(engine: AsyncEngine) -> str:
    """Write a correlated subquery for one value, or a window function."""
    async with engine.connect() as connection:
        one = select(literal(1).label("n")).subquery()
        two = select(one.c.n + 1).correlate(one).scalar_subquery()
        return shown(await connection.scalar(select(two).select_from(one)))


@probe
async def subquery_with_limit(engine: AsyncEngine) -> str:
    """May IN (SELECT ...) have a LIMIT?"""
    async with temporary(engine, Column("age", Integer)) as (
        connection,
        things,
    ):
        await connection.execute(insert(things).values(age=1))
        other = select(literal(1).label("n")).limit(1)
        query = select(things.c.age).where(things.c.age.in_(other))
        return shown(await connection.scalar(query))


@subquery_with_limit.cured_by
async def subquery_with_nested_limit(engine: AsyncEngine) -> str:
    """Nest it: IN (SELECT n FROM (SELECT ... LIMIT 1) AS t)."""
    async with temporary(engine, Column("age", Integer)) as (
        connection,
        things,
    ):
        await connection.execute(insert(things).values(age=1))
        nested = select(literal(1).label("n")).limit(1).subquery()
        other = select(nested.c.n)
        query = select(things.c.age).where(things.c.age.in_(other))
        return shown(await connection.scalar(query))


@probe
async def union_of_limited(engine: AsyncEngine) -> str:
    """May each part of a UNION have its own LIMIT?"""
    one, two = select(literal(1)).limit(1), select(literal(2)).limit(1)
    async with engine.connect() as connection:
        found = await connection.scalars(union(one, two))
        return counted(len(found.all()), "row")


@union_of_limited.cured_by
async def union_of_subqueries(engine: AsyncEngine) -> str:
    """Select from each part as a subquery."""
    parts = [
        select(select(literal(n).label("n")).limit(1).subquery().c.n)
        for n in (1, 2)
    ]
    async with engine.connect() as connection:
        found = await connection.scalars(union(*parts))
        return counted(len(found.all()), "row")


@probe
async def intersect_all(engine: AsyncEngine) -> str:
    """Is there INTERSECT ALL?"""
    sql = "SELECT 1 AS n INTERSECT ALL SELECT 1"
    return shown(await queried(engine, sql))


@probe
async def recursive_query(engine: AsyncEngine) -> str:
    """Does a recursive common table expression count to 3?"""
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(
        select(numbers.c.n + 1).where(numbers.c.n < literal(3))
    )
    return shown(
        await selected(engine, select(func.max(numbers.c.n)).scalar_subquery())
    )


@probe
async def window_function(engine: AsyncEngine) -> str:
    """Does row_number() number rows?"""
    return await names(
        engine, lambda p: select(func.row_number().over(order_by=p.c.id))
    )


@probe
async def rows_of_values(engine: AsyncEngine) -> str:
    """May a query select from values()?"""
    rows = values(Column("n", Integer), name="t").data([(1,), (2,)])
    async with engine.connect() as connection:
        found = await connection.scalars(select(rows.c.n))
        return counted(len(found.all()), "row")


@probe
async def pair_in_pairs(engine: AsyncEngine) -> str:
    """Does tuple_(a, b).in_([...]) find pairs?"""
    return await joined(
        engine,
        lambda p: select(p).where(tuple_(p.c.name, p.c.age).in_([("Bob", 1)])),
    )


@probe
async def in_empty_list(engine: AsyncEngine) -> str:
    """Does in_([]) find nothing?"""
    return await joined(engine, lambda p: select(p).where(p.c.age.in_([])))


@probe
async def distinct_from_null(engine: AsyncEngine) -> str:
    """Does is_distinct_from(1) find NULL?"""
    return await joined(
        engine, lambda p: select(p).where(p.c.age.is_distinct_from(1))
    )


@probe
async def writable_cte(engine: AsyncEngine) -> str:
    """Can a common table expression insert?"""
    async with temporary(engine, Column("age", Integer)) as (
        connection,
        things,
    ):
        added = insert(things).values(age=1).returning(things.c.age)
        return shown(await connection.scalar(select(added.cte("added"))))


# Types in a query


@probe
async def case_of_mixed_types(engine: AsyncEngine) -> str:
    """May a CASE return a number in one branch and a text in another?"""
    sql = "SELECT CASE WHEN 1 = 1 THEN 1 ELSE 'a' END"
    return shown(await queried(engine, sql))


@case_of_mixed_types.cured_by
async def case_of_one_type(engine: AsyncEngine) -> str:
    """Give each branch the same type."""
    sql = "SELECT CASE WHEN 1 = 1 THEN '1' ELSE 'a' END"
    return shown(await queried(engine, sql))


@probe
async def union_of_mixed_types(engine: AsyncEngine) -> str:
    """What does 1 become in a UNION of 1 and 'a'?"""
    sql = "SELECT 1 AS n UNION ALL SELECT 'a'"
    return shown(await queried(engine, sql))


@probe
async def interval_literal(engine: AsyncEngine) -> str:
    """Is INTERVAL '1 day' a value?"""
    return shown(await queried(engine, "SELECT INTERVAL '1 day'"))


@interval_literal.cured_by
async def interval_in_python(engine: AsyncEngine) -> str:
    """Use timedelta, and compute in Python."""
    return shown(await selected(engine, literal(1)) * timedelta(days=1))


# Parameters


@probe
async def number_as_parameter(engine: AsyncEngine) -> str:
    """Does text("SELECT :a") take a number?"""
    return shown(await queried(engine, "SELECT :a", a=1))


@number_as_parameter.cured_by
async def number_as_typed_parameter(engine: AsyncEngine) -> str:
    """State the type: bindparam("a", type_=Integer), or CAST(:a AS ...)."""
    sql = text("SELECT :a").bindparams(bindparam("a", 1, Integer))
    async with engine.connect() as connection:
        return shown(await connection.scalar(sql))


@probe
async def parameter_that_may_be_null(engine: AsyncEngine) -> str:
    """Does text("... :n IS NULL OR age = :n") take None?"""
    sql = "SELECT 1 FROM (SELECT 1 AS age) AS t WHERE :n IS NULL OR age = :n"
    return shown(await queried(engine, sql, n=None))


@parameter_that_may_be_null.cured_by
async def condition_left_out(engine: AsyncEngine) -> str:
    """Leave the condition out in Python when there is no value."""
    wanted: dict[str, int] = {}
    one = select(literal(1).label("age")).subquery()
    query = select(one.c.age).filter_by(**wanted)
    async with engine.connect() as connection:
        return shown(await connection.scalar(query))


@probe
async def list_as_parameter(engine: AsyncEngine) -> str:
    """Does text("... IN :ids") take a tuple?"""
    sql = "SELECT 1 FROM (SELECT 2 AS id) AS t WHERE id IN :ids"
    return shown(await queried(engine, sql, ids=(1, 2)))


@list_as_parameter.cured_by
async def list_as_expanding_parameter(engine: AsyncEngine) -> str:
    """Write bindparam("ids", expanding=True)."""
    sql = text("SELECT 1 FROM (SELECT 2 AS id) AS t WHERE id IN :numbers")
    sql = sql.bindparams(bindparam("numbers", [1, 2], expanding=True))
    async with engine.connect() as connection:
        return shown(await connection.scalar(sql))


@probe
async def cast_with_colons(engine: AsyncEngine) -> str:
    """Does '7'::integer make a number?"""
    return shown(await queried(engine, r"SELECT '7'\:\:integer"))


@cast_with_colons.cured_by
async def cast_in_words(engine: AsyncEngine) -> str:
    """Write SQLAlchemy's cast(), which renders CAST(... AS ...)."""
    return shown(await selected(engine, literal("7").cast(Integer)))


@probe
async def two_statements(engine: AsyncEngine) -> str:
    """Does one execute() run two statements with ; between?"""
    return shown(await queried(engine, "SELECT 1; SELECT 2"))


@two_statements.cured_by
async def one_statement_each(engine: AsyncEngine) -> str:
    """Execute one statement at a time."""
    async with engine.connect() as connection:
        first = await connection.scalar(text("SELECT 1"))
        await connection.scalar(text("SELECT 2"))
        return shown(first)


@probe
async def many_in_a_list(engine: AsyncEngine) -> str:
    """May one statement have 33 000 parameters, as in_() of a list has?"""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things).values(id=1))
        many = select(things.c.id).where(things.c.id.in_(range(33_000)))
        return shown(await connection.scalar(many))


@many_in_a_list.cured_by
async def many_in_batches(engine: AsyncEngine) -> str:
    """Ask in batches of a few thousand values."""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things).values(id=1))
        found: list[int] = []
        for first in range(0, 33_000, 11_000):
            batch = range(first, first + 11_000)
            some = select(things.c.id).where(things.c.id.in_(batch))
            found += await connection.scalars(some)
        return shown(found[0])
