"""Tables, keys, defaults, indexes and DDL."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Sequence,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    delete,
    func,
    insert,
    inspect,
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import AddConstraint, CreateIndex

from bank.db.errors import ForeignKeyViolated
from portability.registry import probe
from portability.tables import (
    bank_engine,
    counted,
    created,
    shown,
    stored,
    temporary,
)


async def orphan(engine: AsyncEngine) -> str:
    """Insert a child without its parent."""
    parents, children = parent_and_child()
    async with created(engine, parents, children), engine.connect() as one:
        await one.execute(insert(children).values(parent_id=9))
    return "taken"


def parent_and_child(**options: Any) -> tuple[Table, Table]:
    """Describe two tables, of which one refers to the other."""
    metadata = MetaData()
    parents = Table(
        "parents", metadata, Column("id", Integer, primary_key=True)
    )
    children = Table(
        "children",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("parent_id", ForeignKey("parents.id", **options)),
    )
    return parents, children


@probe
async def string_without_length(engine: AsyncEngine) -> str:
    """May a String column have no length?"""
    return shown(await stored(engine, String(), "Ada"))


@string_without_length.cured_by
async def string_with_length(engine: AsyncEngine) -> str:
    """Give every String a length."""
    return shown(await stored(engine, String(50), "Ada"))


@probe
async def index_on_long_text(engine: AsyncEngine) -> str:
    """May a Text column have an index?"""
    column = Column("body", Text, index=True)
    async with temporary(engine, column):
        return "made"


@index_on_long_text.cured_by
async def index_on_string(engine: AsyncEngine) -> str:
    """Index a String: MariaDB indexes a Text's beginning, MySQL refuses."""
    column = Column("body", String(200), index=True)
    async with temporary(engine, column):
        return "made"


@probe
async def big_integer_key(engine: AsyncEngine) -> str:
    """Does a BigInteger primary key number its rows?"""
    key = Column("id", BigInteger, primary_key=True)
    async with temporary(engine, key, Column("name", String(9))) as (
        connection,
        things,
    ):
        await connection.execute(insert(things).values(name="Ada"))
        return shown(await connection.scalar(select(things.c.id)))


@big_integer_key.cured_by
async def big_integer_key_with_variant(engine: AsyncEngine) -> str:
    """Use Integer on SQLite: it numbers such a key, and has 64 bits."""
    type_ = BigInteger().with_variant(Integer, "sqlite")
    key = Column("id", type_, primary_key=True)
    async with temporary(engine, key, Column("name", String(9))) as (
        connection,
        things,
    ):
        await connection.execute(insert(things).values(name="Ada"))
        return shown(await connection.scalar(select(things.c.id)))


@probe
async def composite_key_that_counts(engine: AsyncEngine) -> str:
    """Can one column of a composite primary key number its rows?"""
    async with temporary(
        engine,
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("shop", Integer, primary_key=True),
    ) as (connection, things):
        await connection.execute(insert(things).values(shop=7))
        return shown((await connection.execute(select(things))).one())


@composite_key_that_counts.cured_by
async def single_key_that_counts(engine: AsyncEngine) -> str:
    """Number the rows by a one-column key, and make the pair unique."""
    async with temporary(
        engine,
        Column("id", Integer, primary_key=True),
        Column("shop", Integer),
        UniqueConstraint("id", "shop"),
    ) as (connection, things):
        await connection.execute(insert(things).values(shop=7))
        return shown((await connection.execute(select(things))).one())


@probe
async def identity_start(engine: AsyncEngine) -> str:
    """Which id comes first with Identity(start=100)?"""
    key = Column("id", Integer, Identity(start=100), primary_key=True)
    async with temporary(engine, key, Column("name", String(9))) as (
        connection,
        things,
    ):
        await connection.execute(insert(things).values(name="Ada"))
        return shown(await connection.scalar(select(things.c.id)))


@probe
async def sequence(engine: AsyncEngine) -> str:
    """Is there a Sequence?"""
    numbers = Sequence("numbers", metadata=MetaData())
    async with engine.begin() as connection:
        await connection.run_sync(numbers.create, checkfirst=False)
        number = await connection.scalar(select(numbers.next_value()))
        await connection.run_sync(numbers.drop, checkfirst=False)
    return shown(number)


@probe
async def array_column(engine: AsyncEngine) -> str:
    """Is there an ARRAY of numbers?"""
    return shown(await stored(engine, ARRAY(Integer), [1, 2]))


@array_column.cured_by
async def list_as_json(engine: AsyncEngine) -> str:
    """Store a list as JSON, or give it a table."""
    return shown(await stored(engine, JSON(), [1, 2]))


@probe
async def partial_unique_index(engine: AsyncEngine) -> str:
    """May two closed accounts share a name that is unique among open ones?"""
    is_open = text("closed = 0")
    async with temporary(
        engine, Column("name", String(9)), Column("closed", Integer)
    ) as (connection, things):
        index = Index(
            "one_open",
            things.c.name,
            unique=True,
            sqlite_where=is_open,
            postgresql_where=is_open,
        )
        await connection.execute(CreateIndex(index))
        closed = insert(things).values(name="Main", closed=1)
        await connection.execute(closed)
        await connection.execute(closed)
        return "yes"


@partial_unique_index.cured_by
async def unique_except_null(engine: AsyncEngine) -> str:
    """Put the constraint on a column that is NULL in the other rows."""
    async with temporary(
        engine,
        Column("name", String(9)),
        Column("open_name", String(9), unique=True),
    ) as (connection, things):
        closed = insert(things).values(name="Main", open_name=None)
        await connection.execute(closed)
        await connection.execute(closed)
        return "yes"


@probe
async def nulls_in_unique_column(engine: AsyncEngine) -> str:
    """May a unique column hold NULL twice?"""
    column = Column("name", String(9), unique=True)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(name=None))
        await connection.execute(insert(things).values(name=None))
        return "yes"


@probe
async def unique_long_string(engine: AsyncEngine) -> str:
    """May a String(1000) be unique?"""
    column = Column("name", String(1000), unique=True)
    async with temporary(engine, column):
        return "yes"


@probe
async def server_default_now_as_text(engine: AsyncEngine) -> str:
    """May a default be text("now()")?"""
    column = Column("made", DateTime, server_default=text("now()"))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things))
        return "yes"


@server_default_now_as_text.cured_by
async def server_default_now(engine: AsyncEngine) -> str:
    """Write func.now(), which SQLAlchemy renders for each database."""
    column = Column("made", DateTime, server_default=func.now())
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things))
        return "yes"


@probe
async def server_default_expression(engine: AsyncEngine) -> str:
    """May a default be text("lower('A')")?"""
    column = Column("name", String(9), server_default=text("lower('A')"))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things))
        return shown(await connection.scalar(select(things.c.name)))


@server_default_expression.cured_by
async def server_default_in_parentheses(engine: AsyncEngine) -> str:
    """Put the expression into parentheses."""
    column = Column("name", String(9), server_default=text("(lower('A'))"))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things))
        return shown(await connection.scalar(select(things.c.name)))


@probe
async def server_default_boolean(engine: AsyncEngine) -> str:
    """May a Boolean's default be text("1")?"""
    column = Column("ready", Boolean, server_default=text("1"))
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things))
        return shown(await connection.scalar(select(things.c.ready)))


@server_default_boolean.cured_by
async def server_default_true(engine: AsyncEngine) -> str:
    """Write true(), which SQLAlchemy renders for each database."""
    column = Column("ready", Boolean, server_default=true())
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things))
        return shown(await connection.scalar(select(things.c.ready)))


@probe
async def computed_virtual(engine: AsyncEngine) -> str:
    """Is there a computed column that is not stored?"""
    async with temporary(
        engine,
        Column("price", Integer),
        Column("twice", Integer, Computed("price * 2", persisted=False)),
    ) as (connection, things):
        await connection.execute(insert(things).values(price=4))
        return shown(await connection.scalar(select(things.c.twice)))


@computed_virtual.cured_by
async def computed_stored(engine: AsyncEngine) -> str:
    """Store it, with persisted=True."""
    async with temporary(
        engine,
        Column("price", Integer),
        Column("twice", Integer, Computed("price * 2", persisted=True)),
    ) as (connection, things):
        await connection.execute(insert(things).values(price=4))
        return shown(await connection.scalar(select(things.c.twice)))


@probe
async def index_on_expression(engine: AsyncEngine) -> str:
    """May an index be on lower(name)?"""
    column = Column("name", String(9))
    async with temporary(engine, column) as (connection, things):
        index = Index("by_lower", func.lower(things.c.name))
        await connection.execute(CreateIndex(index))
        return "yes"


@index_on_expression.cured_by
async def index_on_computed(engine: AsyncEngine) -> str:
    """Index a computed column."""
    lower = Computed("lower(name)", persisted=True)
    async with temporary(
        engine, Column("name", String(9)), Column("lower", String(9), lower)
    ) as (connection, things):
        await connection.execute(
            CreateIndex(Index("by_lower", things.c.lower))
        )
        return "yes"


@probe
async def same_index_name_twice(engine: AsyncEngine) -> str:
    """May two tables have an index of the same name?"""
    metadata = MetaData()
    key = Column("id", Integer, primary_key=True)
    one = Table("one", metadata, key, Index("by_id", "id"))
    two = Table("two", metadata, key.copy(), Index("by_id", "id"))
    async with created(engine, one, two):
        return "yes"


@same_index_name_twice.cured_by
async def index_named_by_convention(engine: AsyncEngine) -> str:
    """Use a naming convention that puts the table's name first."""
    metadata = MetaData(naming_convention={"ix": "ix_%(column_0_label)s"})
    one = Table("one", metadata, Column("id", Integer, primary_key=True))
    two = Table("two", metadata, Column("id", Integer, primary_key=True))
    for table in (one, two):
        Index(None, table.c.id)
    async with created(engine, one, two):
        return "yes"


@probe
async def long_index_name(engine: AsyncEngine) -> str:
    """May an index have a name of 73 characters?"""
    async with temporary(engine) as (connection, things):
        await connection.execute(CreateIndex(Index("i" * 73, things.c.id)))
        return "yes"


@long_index_name.cured_by
async def short_index_name(engine: AsyncEngine) -> str:
    """Keep names to 63 characters."""
    async with temporary(engine) as (connection, things):
        await connection.execute(CreateIndex(Index("i" * 63, things.c.id)))
        return "yes"


@probe
async def reserved_name(engine: AsyncEngine) -> str:
    """May a column be called "order"?"""
    column = Column("order", Integer)
    async with temporary(engine, column) as (connection, things):
        await connection.execute(insert(things).values(order=1))
        return shown(await connection.scalar(select(things.c.order)))


@probe
async def foreign_key_enforced(engine: AsyncEngine) -> str:
    """Is a child without a parent refused?"""
    return await orphan(engine)


@foreign_key_enforced.cured_by
async def foreign_key_with_pragma(engine: AsyncEngine) -> str:
    """Switch foreign keys on for each SQLite connection (make_engine does)."""
    async with bank_engine(engine) as enforcing:
        try:
            return await orphan(enforcing)
        except ForeignKeyViolated:
            return "refused"


async def children_left(engine: AsyncEngine) -> str:
    """Delete a parent, and count its children."""
    parents, children = parent_and_child(ondelete="CASCADE")
    async with created(engine, parents, children), engine.connect() as one:
        await one.execute(insert(parents).values(id=1))
        await one.execute(insert(children).values(parent_id=1))
        await one.execute(delete(parents))
        counted = await one.scalar(select(func.count(children.c.id)))
    return f"{counted} left"


@probe
async def cascade_executed(engine: AsyncEngine) -> str:
    """How many children are left with ondelete="CASCADE"?"""
    return await children_left(engine)


@cascade_executed.cured_by
async def cascade_with_pragma(engine: AsyncEngine) -> str:
    """Let make_engine switch on SQLite's foreign keys."""
    async with bank_engine(engine) as enforcing:
        return await children_left(enforcing)


@probe
async def deferrable_foreign_key(engine: AsyncEngine) -> str:
    """May a foreign key wait until COMMIT?"""
    parents, children = parent_and_child(deferrable=True, initially="DEFERRED")
    async with created(engine, parents, children), engine.connect() as one:
        await one.execute(insert(children).values(id=1, parent_id=1))
        await one.execute(insert(parents).values(id=1))
        await one.commit()
        return "yes"


@deferrable_foreign_key.cured_by
async def parent_first(engine: AsyncEngine) -> str:
    """Insert the parent first, as a session's flush does by itself."""
    parents, children = parent_and_child()
    async with created(engine, parents, children), engine.connect() as one:
        await one.execute(insert(parents).values(id=1))
        await one.execute(insert(children).values(id=1, parent_id=1))
        await one.commit()
        return "yes"


@probe
async def foreign_key_of_other_type(engine: AsyncEngine) -> str:
    """May an Integer refer to a BigInteger?"""
    metadata = MetaData()
    parents = Table(
        "parents", metadata, Column("id", BigInteger, primary_key=True)
    )
    children = Table(
        "children",
        metadata,
        Column("parent_id", Integer, ForeignKey("parents.id")),
    )
    async with created(engine, parents, children):
        return "yes"


@foreign_key_of_other_type.cured_by
async def foreign_key_of_same_type(engine: AsyncEngine) -> str:
    """Leave the type out: SQLAlchemy takes the other column's."""
    metadata = MetaData()
    parents = Table(
        "parents", metadata, Column("id", BigInteger, primary_key=True)
    )
    children = Table(
        "children", metadata, Column("parent_id", ForeignKey("parents.id"))
    )
    async with created(engine, parents, children):
        return "yes"


@probe
async def foreign_key_makes_an_index(engine: AsyncEngine) -> str:
    """Does a foreign key create an index?"""
    parents, children = parent_and_child()
    async with created(engine, parents, children), engine.connect() as one:
        indexes = await one.run_sync(
            lambda sync: inspect(sync).get_indexes("children")
        )
    return "yes" if indexes else "no"


@foreign_key_makes_an_index.cured_by
async def foreign_key_with_an_index(engine: AsyncEngine) -> str:
    """Ask for it, with index=True."""
    parents, children = parent_and_child()
    Index("by_parent", children.c.parent_id)
    async with created(engine, parents, children), engine.connect() as one:
        indexes = await one.run_sync(
            lambda sync: inspect(sync).get_indexes("children")
        )
    return "yes" if indexes else "no"


@probe
async def drop_table_referred_to(engine: AsyncEngine) -> str:
    """Can you drop a table that others refer to?"""
    parents, children = parent_and_child()
    async with created(engine, parents, children), engine.begin() as one:
        await one.run_sync(parents.drop)
        return "yes"


@drop_table_referred_to.cured_by
async def drop_children_first(engine: AsyncEngine) -> str:
    """Drop the children first, as MetaData.drop_all does by itself."""
    parents, children = parent_and_child()
    async with created(engine, parents, children), engine.begin() as one:
        await one.run_sync(parents.metadata.drop_all)
        return "yes"


@probe
async def add_constraint(engine: AsyncEngine) -> str:
    """Can ALTER TABLE add a constraint?"""
    column = Column("name", String(9))
    async with temporary(engine, column) as (connection, things):
        constraint = UniqueConstraint(things.c.name, name="one_name")
        await connection.execute(AddConstraint(constraint))
        return "yes"


@add_constraint.cured_by
async def unique_index_later(engine: AsyncEngine) -> str:
    """Create a unique index; for other constraints recreate the table."""
    column = Column("name", String(9))
    async with temporary(engine, column) as (connection, things):
        index = Index("one_name", things.c.name, unique=True)
        await connection.execute(CreateIndex(index))
        return "yes"


@probe
async def add_column_that_must_not_be_null(engine: AsyncEngine) -> str:
    """What does an old row get from a new NOT NULL column, no default?"""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things))
        sql = f"ALTER TABLE {things.name} ADD COLUMN points INTEGER NOT NULL"
        await connection.execute(text(sql))
        points = select(literal_column("points", Integer)).select_from(things)
        return shown(await connection.scalar(points))


@add_column_that_must_not_be_null.cured_by
async def add_column_with_default(engine: AsyncEngine) -> str:
    """Give the column a server default."""
    async with temporary(engine) as (connection, things):
        await connection.execute(insert(things))
        sql = f"ALTER TABLE {things.name} ADD COLUMN points INTEGER"
        await connection.execute(text(f"{sql} DEFAULT 0 NOT NULL"))
        points = select(literal_column("points", Integer)).select_from(things)
        return shown(await connection.scalar(points))


@probe
async def alter_column_type(engine: AsyncEngine) -> str:
    """Does ALTER COLUMN ... TYPE change a column's type?"""
    column = Column("number", Integer)
    async with temporary(engine, column) as (connection, things):
        sql = f"ALTER TABLE {things.name} ALTER COLUMN number TYPE BIGINT"
        await connection.execute(text(sql))
        return "yes"


@probe
async def rename_column(engine: AsyncEngine) -> str:
    """Does RENAME COLUMN rename a column?"""
    column = Column("number", Integer)
    async with temporary(engine, column) as (connection, things):
        sql = f"ALTER TABLE {things.name} RENAME COLUMN number TO amount"
        await connection.execute(text(sql))
        return "yes"


@probe
async def create_or_replace_view(engine: AsyncEngine) -> str:
    """Is there CREATE OR REPLACE VIEW?"""
    async with engine.begin() as connection:
        await connection.execute(
            text("CREATE OR REPLACE VIEW one AS SELECT 1")
        )
        await connection.execute(text("DROP VIEW one"))
        return "yes"


@create_or_replace_view.cured_by
async def drop_and_create_view(engine: AsyncEngine) -> str:
    """Write DROP VIEW IF EXISTS, then CREATE VIEW."""
    async with engine.begin() as connection:
        await connection.execute(text("DROP VIEW IF EXISTS one"))
        await connection.execute(text("CREATE VIEW one AS SELECT 1"))
        await connection.execute(text("DROP VIEW one"))
        return "yes"


def jobs_table() -> Table:
    """Describe a table that is made in a transaction."""
    return Table("jobs", MetaData(), Column("id", Integer, primary_key=True))


@probe
async def create_table_then_roll_back(engine: AsyncEngine) -> str:
    """Does ROLLBACK undo a CREATE TABLE?"""
    jobs = jobs_table()
    async with engine.connect() as connection:
        await connection.run_sync(jobs.create)
        await connection.rollback()
        left = await connection.run_sync(
            lambda sync: inspect(sync).has_table("jobs")
        )
        await connection.run_sync(jobs.drop, checkfirst=True)
        await connection.commit()
    return "the table stays" if left else "the table is gone"


@probe
async def insert_create_table_roll_back(engine: AsyncEngine) -> str:
    """Does ROLLBACK undo an INSERT that came before a CREATE TABLE?"""
    metadata = MetaData()
    things = Table("kept", metadata, Column("id", Integer, primary_key=True))
    jobs = jobs_table()
    async with created(engine, things), engine.connect() as connection:
        await connection.execute(insert(things))
        await connection.run_sync(jobs.create)
        await connection.rollback()
        left = await connection.scalar(select(func.count(things.c.id)))
        await connection.run_sync(jobs.drop, checkfirst=True)
        await connection.commit()
    return counted(left, "row")


@insert_create_table_roll_back.cured_by
async def create_table_before(engine: AsyncEngine) -> str:
    """Change tables in a separate transaction, before the work."""
    metadata = MetaData()
    things = Table("kept", metadata, Column("id", Integer, primary_key=True))
    jobs = Table("jobs", metadata, Column("id", Integer, primary_key=True))
    async with created(engine, things, jobs), engine.connect() as connection:
        await connection.execute(insert(things))
        await connection.rollback()
        left = await connection.scalar(select(func.count(things.c.id)))
    return counted(left, "row")


async def reflected(engine: AsyncEngine, column: Column[object]) -> str:
    """Tell what type the database says that a column has."""
    table = Table("reflected", MetaData(), column)
    async with created(engine, table), engine.connect() as connection:
        [found] = await connection.run_sync(
            lambda sync: inspect(sync).get_columns("reflected")
        )
    return type(found["type"]).__name__


@probe
async def boolean_in_the_schema(engine: AsyncEngine) -> str:
    """What type does a Boolean column have in the database?"""
    return await reflected(engine, Column("value", Boolean))


@probe
async def json_in_the_schema(engine: AsyncEngine) -> str:
    """What type does a JSON column have in the database?"""
    return await reflected(engine, Column("value", JSON))


@probe
async def uuid_in_the_schema(engine: AsyncEngine) -> str:
    """What type does a Uuid column have in the database?"""
    return await reflected(engine, Column("value", Uuid))


@probe
async def column_comment(engine: AsyncEngine) -> str:
    """Does the database keep a column's comment?"""
    column = Column("value", Integer, comment="in cents")
    table = Table("commented", MetaData(), column)
    async with created(engine, table), engine.connect() as connection:
        [found] = await connection.run_sync(
            lambda sync: inspect(sync).get_columns("commented")
        )
    return shown(found.get("comment"))
