"""SQL as it is sent: collected, counted and shown."""

import asyncio

import pytest
from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.exc import DBAPIError

from bank.db.session import make_session_factory, transaction
from bank.models import Account, User
from bank.repositories import AccountRepository, UserRepository
from lab import Statement, capture_sql


async def test_counts_are_the_same_on_every_database(engine):
    """A read and a locked read are statements; BEGIN and PRAGMA are not."""
    factory = make_session_factory(engine)
    with capture_sql(engine) as sql:
        async with transaction(factory) as session:
            await UserRepository(session).get_by_email("nobody@example.com")
            await AccountRepository(session).get_by_id(1)
    assert len(sql) == sql.count("SELECT") == sql.count("select") == 2
    assert sql.count("INSERT") == sql.count("SEL") == sql.count("FROM") == 0
    assert sql[0].parameters
    assert "FROM USERS" in sql
    assert "FROM transfers" not in sql


async def test_transactions_look_alike_on_every_database(engine):
    """Asked for, BEGIN, savepoints and the end are among the statements."""
    factory = make_session_factory(engine)
    with capture_sql(engine, transactions=True) as sql:
        async with transaction(factory) as session:
            async with session.begin_nested():
                await session.execute(text("SELECT 1"))
            async with session.begin_nested() as savepoint:
                await session.execute(text("SELECT 2"))
                await savepoint.rollback()
        async with factory() as session:
            await session.execute(text("SELECT 3"))
    assert [sent.partition(" sa_savepoint")[0] for sent in sql.statements] == [
        "BEGIN",
        "SAVEPOINT",
        "SELECT 1",
        "RELEASE SAVEPOINT",
        "SAVEPOINT",
        "SELECT 2",
        "ROLLBACK TO SAVEPOINT",
        "COMMIT",
        "BEGIN",
        "SELECT 3",
        "ROLLBACK",
    ]
    assert sql.verbs == [sent.split()[0] for sent in sql.statements]
    assert sql.verbs[:3] == ["BEGIN", "SAVEPOINT", "SELECT"]


async def test_a_statement_that_fails_is_there(engine):
    """What was sent is told, also when the database refused it."""
    with capture_sql(engine) as sql, pytest.raises(DBAPIError):
        async with engine.connect() as connection:
            await connection.execute(text("SELECT nonsense FROM nowhere"))
    assert sql.statements == ["SELECT nonsense FROM nowhere"]


async def test_concurrent_tasks_are_told_apart(engine):
    """All tasks' statements are collected, each with its task's name."""

    async def read(number):
        async with engine.connect() as connection:
            await connection.execute(text(f"SELECT {number}"))

    with capture_sql(engine) as sql:
        async with asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(read(number), name=f"reader {number}")
    assert len(sql) == 5
    assert {(each.text, each.task) for each in sql} == {
        (f"SELECT {number}", f"reader {number}") for number in range(5)
    }


async def test_listening_ends_with_the_block(engine):
    """Two blocks do not see each other's statements, nor what is between.

    A block that fails has ended, too.
    """
    async with engine.connect() as connection:
        with (
            pytest.raises(ValueError, match="wrong"),
            capture_sql(engine) as failed,
        ):
            raise ValueError("wrong")
        with capture_sql(engine, transactions=True) as first:
            await connection.execute(text("SELECT 1"))
        await connection.execute(text("SELECT 2"))
        with capture_sql(engine) as second:
            await connection.execute(text("SELECT 3"))
    assert failed.statements == []
    assert first.statements == ["BEGIN", "SELECT 1"]
    assert second.statements == ["SELECT 3"]


async def test_nested_blocks_both_collect(engine):
    """An outer block also has what an inner one has."""
    async with engine.connect() as connection:
        with capture_sql(engine) as outer:
            await connection.execute(text("SELECT 1"))
            with capture_sql(engine) as inner:
                await connection.execute(text("SELECT 2"))
    assert outer.statements == ["SELECT 1", "SELECT 2"]
    assert inner.statements == ["SELECT 2"]


async def test_a_page_shows_it_as_sql(engine, capsys):
    """Keywords are capitals, clauses begin lines, values follow."""
    with capture_sql(engine) as sql:
        async with engine.connect() as connection:
            await connection.execute(
                select(User.id)
                .join(Account, Account.owner_id == User.id)
                .where(User.name == "Ada")
            )
    shown = sql._repr_markdown_()
    assert shown.startswith("```postgresql\nSELECT users.id\nFROM users\n")
    assert "\nWHERE users.name = " in shown
    assert shown.endswith("Ada',)\n```")
    assert repr(sql) == shown.removeprefix("```postgresql\n").removesuffix(
        "\n```"
    )
    sql.show(parameters=False, tasks=True)
    printed = capsys.readouterr().out
    assert "Ada" not in printed
    assert printed.startswith("-- ")


async def test_a_row_lock_stays_in_one_line(engine):
    """FOR UPDATE is one clause, and so is FOR NO KEY UPDATE."""
    with capture_sql(engine) as sql:
        async with engine.connect() as connection:
            await connection.execute(select(Account.id).with_for_update())
    locks = "" if engine.dialect.name == "sqlite" else "\nFOR UPDATE"
    assert sql[0].formatted == f"SELECT accounts.id\nFROM accounts{locks}"
    weaker = "SELECT a FROM t ORDER BY a FOR NO KEY UPDATE"  # PostgreSQL's
    assert Statement(weaker, None, "").formatted.endswith(
        "a\nFOR NO KEY UPDATE"
    )


async def test_returning_has_a_line_of_its_own():
    """What a statement hands back stands below what it writes."""
    sql = "INSERT INTO t (a) VALUES ($1::VARCHAR) RETURNING t.id, t.b"
    assert Statement(sql, None, "").formatted.splitlines() == [
        "INSERT INTO t (a)",
        "VALUES ($1::VARCHAR)",
        "RETURNING t.id, t.b",
    ]
    plain = sql.partition(" RETURNING")[0]
    assert "RETURNING" not in Statement(plain, None, "").formatted


async def test_many_values_are_shortened(engine):
    """Thousands of rows do not drown the page, and stay readable in full."""
    rows = [{"id_": number} for number in range(1000)]
    with capture_sql(engine) as sql:
        async with engine.connect() as connection:
            await connection.execute(
                delete(User).where(User.id == bindparam("id_")), rows
            )
            await connection.rollback()
    assert len(sql) == 1
    assert len(sql[0].parameters) == 1000
    assert len(repr(sql)) < 400


def test_nothing_sent_is_said(engine):
    """An empty block shows that there was no statement."""
    with capture_sql(engine) as sql:
        pass
    assert len(sql) == 0
    assert repr(sql) == "-- no statement"


async def test_table_definitions_keep_their_lines(engine):
    """CREATE TABLE is shown as SQLAlchemy lays it out."""
    with capture_sql(engine) as sql:
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError):
                await connection.execute(
                    text(
                        "CREATE TABLE users (\n\tid INTEGER, \n\tb INTEGER\n)"
                    )
                )
    assert sql[0].formatted == (
        "CREATE TABLE users (\n    id INTEGER,\n    b INTEGER\n)"
    )
