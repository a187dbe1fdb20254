"""Sessions, the one place that commits, and the one that tries again."""

import asyncio
import inspect
import logging
import random
import time
from contextlib import nullcontext
from unittest.mock import Mock

import pytest
from sqlalchemy import event, func, make_url, select, text
from sqlalchemy.exc import InvalidRequestError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from bank.db.engine import LOCK_TIMEOUT, make_engine
from bank.db.errors import (
    Disconnected,
    Retryable,
    StaleRow,
    TimedOut,
    UniqueViolated,
    error_code,
)
from bank.db.session import make_session_factory, retry, transaction
from bank.models import User
from tests.bank.stand_in import stand_in


def user(name):
    """Make a user of that name."""
    return User(email=f"{name}@example.org", name=name)


async def count_users(factory):
    """Count the users that are really stored."""
    async with factory() as session:
        return await session.scalar(select(func.count()).select_from(User))


async def test_objects_stay_readable_after_the_commit(factory):
    """Attributes are not expired by the commit."""
    async with factory() as session:
        ada = user("ada")
        session.add(ada)
        await session.commit()
        assert ada.name == "ada"
        assert ada.id is not None


async def test_transaction_commits(factory):
    """The end of the block commits what was done, and seen, in it."""
    async with transaction(factory) as session:
        session.add(user("ada"))
        assert await session.scalar(select(User.name)) == "ada"
    assert await count_users(factory) == 1


async def test_transaction_rolls_back(factory):
    """An error in the block rolls everything back and is raised."""
    with pytest.raises(LookupError, match="on purpose"):
        async with transaction(factory) as session:
            session.add(user("ada"))
            await session.flush()
            raise LookupError("on purpose")
    assert await count_users(factory) == 0


async def test_transaction_rolls_back_when_cancelled(factory):
    """A cancelled task leaves neither rows nor a connection behind."""
    inside = asyncio.Event()

    async def work():
        async with transaction(factory) as session:
            session.add(user("ada"))
            await session.flush()
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await count_users(factory) == 0
    assert factory.kw["bind"].pool.checkedout() == 0


@pytest.mark.parametrize(
    "error",
    [
        Retryable("Another node was first."),
        OperationalError("ROLLBACK", {}, Exception(1213, "Deadlock")),
    ],
)
async def test_cancelled_work_is_not_tried_again(
    committing_engine, factory, error
):
    """A rollback that fails, as on a cluster, does not hide a time-out.

    The error is ours, or SQLAlchemy's where somebody else made the engine.
    """
    tries = []

    def refuse(_connection):
        raise error

    async def work(session):
        tries.append(await count_users(lambda: nullcontext(session)))
        await asyncio.sleep(60)

    event.listen(committing_engine.sync_engine, "rollback", refuse)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await retry(factory, work)
    event.remove(committing_engine.sync_engine, "rollback", refuse)
    assert tries == [0]


async def test_transaction_translates_errors(factory):
    """A driver's error leaves the block as one of ours, with its cause."""
    with pytest.raises(UniqueViolated) as violation:
        async with transaction(factory) as session:
            session.add_all([user("ada"), user("ada")])
    assert error_code(violation.value.__cause__)
    assert await count_users(factory) == 0


async def test_transaction_on_any_engine(factory):
    """On an engine that is not made here, a transaction's errors are ours."""
    plain = create_async_engine(
        factory.kw["bind"].url, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    twice = text("INSERT INTO pair VALUES (1), (1)")
    with pytest.raises(UniqueViolated) as violation:
        async with transaction(make_session_factory(plain)) as session:
            await session.execute(
                text("CREATE TEMPORARY TABLE pair (n INT PRIMARY KEY)")
            )
            await session.execute(twice)
    assert error_code(violation.value.__cause__.orig)
    async with plain.connect():
        with pytest.raises(TimedOut, match="QueuePool limit"):
            async with transaction(make_session_factory(plain)):
                pytest.fail("there was a connection")
    await plain.dispose()


async def test_transaction_leaves_other_errors_alone(factory):
    """An OSError or TimeoutError of the block's own stays what it is."""
    for error in (OSError("disk"), TimeoutError("elsewhere")):
        with pytest.raises(type(error)) as caught:
            async with transaction(factory):
                raise error
        assert caught.value is error


async def test_transaction_without_a_server(database_url):
    """A server that is away is a lost connection, on each driver."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        url = url.set(database="/proc/no-file-can-be-made-here")
    else:
        url = url.set(host="127.0.0.1", port=1)
    engine = make_engine(url)
    factory = make_session_factory(engine)
    with pytest.raises(Disconnected):
        async with transaction(factory):
            pytest.fail("nothing may be done without a connection")
    with pytest.raises(Disconnected):
        async with factory() as session:
            await session.execute(text("SELECT 1"))
    await engine.dispose()


async def test_writers_queue_on_sqlite_and_elsewhere(factory):
    """Ten transactions that read, wait and write lose no update."""
    async with transaction(factory) as session:
        session.add(user("0"))

    async def increment(session):
        counter = await session.scalar(select(User).with_for_update())
        await asyncio.sleep(0.005)
        counter.name = str(int(counter.name) + 1)

    await asyncio.gather(*(retry(factory, increment) for _ in range(10)))
    async with factory() as session:
        assert await session.scalar(select(User.name)) == "10"


async def test_retry_returns_the_result(factory):
    """A unit of work that succeeds runs once and is committed."""
    calls = []

    async def work(session):
        calls.append(session)
        session.add(user("ada"))
        return "done"

    assert await retry(factory, work) == "done"
    assert len(calls) == 1
    assert await count_users(factory) == 1


async def test_retry_begins_anew(factory, caplog):
    """A retryable error runs the work again, in a new session, logged."""
    caplog.set_level(logging.INFO, logger="bank.db.session")
    sessions: list[object] = []

    async def work(session):
        session.add(user(f"try{len(sessions)}"))
        await session.flush()
        sessions.append(session)
        if len(sessions) < 3:
            raise Retryable("deadlock, say")

    await retry(factory, work)
    assert len({id(session) for session in sessions}) == 3
    assert await count_users(factory) == 1
    levels = [
        record.levelno
        for record in caplog.records
        if "deadlock, say" in record.getMessage()
    ]
    assert levels == [logging.INFO, logging.INFO]


async def test_retry_gives_up(factory):
    """After the last try its own error is raised."""
    calls = []

    async def work(_session):
        calls.append(1)
        raise Retryable(f"try {len(calls)}") from LookupError("a code")

    with pytest.raises(Retryable, match="try 3") as last:
        await retry(factory, work, attempts=3)
    assert len(calls) == 3
    assert isinstance(last.value.__cause__, LookupError)


@pytest.mark.usefixtures("unlucky")
async def test_retry_gives_up_in_time(factory, monkeypatch):
    """When the time is up, or will be after the pause, no try begins."""
    clock = Mock(return_value=100.0)
    begun = []

    async def sleep(seconds):
        clock.return_value += seconds

    async def work(_session):
        begun.append(clock.return_value)
        clock.return_value += 1
        raise Retryable("again")

    stand_in(monkeypatch, time, monotonic=clock)
    stand_in(monkeypatch, asyncio, sleep=sleep)
    with pytest.raises(Retryable):
        await retry(factory, work, attempts=50, seconds=10)
    assert 108 < begun[-1] <= 110


async def test_retry_of_a_commit(committing_engine, factory):
    """A commit that has lost a race is worth another try as well."""
    tries: list[int] = []

    def refuse(_connection):
        if len(tries) == 1:
            raise Retryable("Another one was first.")

    async def work(session):
        tries.append(1)
        session.add(user("ada"))

    event.listen(committing_engine.sync_engine, "commit", refuse)
    await retry(factory, work)
    event.remove(committing_engine.sync_engine, "commit", refuse)
    assert len(tries) == 2
    assert await count_users(factory) == 1


async def test_retry_does_not_repeat_other_errors(factory):
    """An error that a new try would meet again is raised at once."""
    calls = []

    async def work(session):
        calls.append(1)
        session.add_all([user("ada"), user("ada")])

    with pytest.raises(UniqueViolated):
        await retry(factory, work)
    assert len(calls) == 1


async def test_retry_survives_a_real_deadlock(factory):
    """Two transactions that lock in opposite orders both end well.

    SQLite cannot deadlock: the second waits at BEGIN IMMEDIATE.
    """
    async with transaction(factory) as session:
        session.add_all([user("0"), user("100")])
    tries = []
    both_hold_one = asyncio.Barrier(2)

    def locking(first, second):
        async def work(session):
            tries.append(first)
            await increment(session, first)
            if is_first_round():
                await both_hold_one.wait()
            await increment(session, second)

        return work

    def is_first_round():
        sqlite = factory.kw["bind"].dialect.name == "sqlite"
        return len(tries) <= 2 and not sqlite

    async def increment(session, user_id):
        found = await session.get(User, user_id, with_for_update=True)
        found.name = str(int(found.name) + 1)
        await session.flush()

    async with factory() as session:
        one, two = (
            await session.scalars(select(User.id).order_by(User.id))
        ).all()
    await asyncio.gather(
        retry(factory, locking(one, two)), retry(factory, locking(two, one))
    )
    async with factory() as session:
        names = await session.scalars(select(User.name).order_by(User.id))
        assert names.all() == ["2", "102"]
    sqlite = factory.kw["bind"].dialect.name == "sqlite"
    assert len(tries) == 2 if sqlite else len(tries) > 2


@pytest.mark.parametrize("server_url", ["postgresql", "mysql"], indirect=True)
async def test_retry_survives_a_migration(factory):
    """Another process changes a column's type under a prepared statement."""
    here = factory.kw["bind"]
    kind = {"postgresql": "ALTER word TYPE TEXT"}
    change = kind.get(here.dialect.name, "MODIFY word TEXT")

    async def read(session):
        return await session.scalar(text("SELECT word FROM pond"))

    async with transaction(factory) as session:
        await session.execute(text("CREATE TABLE pond (word VARCHAR(9))"))
        await session.execute(text("INSERT INTO pond VALUES ('deep')"))
    async with factory() as session:
        for _ in range(6):  # psycopg prepares what it ran five times
            await read(session)
            await session.commit()  # and a rollback makes it forget
    there = make_engine(here.url)
    async with there.begin() as connection:
        await connection.execute(text(f"ALTER TABLE pond {change}"))
    await there.dispose()
    assert await retry(factory, read) == "deep"


async def test_failed_commit_is_raised(factory):
    """An error that only the commit meets leaves the block as an error."""
    engine = factory.kw["bind"]
    if engine.dialect.name == "mysql":
        # It checks all its constraints at once, so break the connection.
        with pytest.raises(Disconnected):
            async with transaction(factory) as session:
                session.add(user("ada"))
                await session.flush()
                raw = await (await session.connection()).get_raw_connection()
                raw.driver_connection.close()
        return
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "CREATE TABLE later (id INT REFERENCES users (id)"
                " DEFERRABLE INITIALLY DEFERRED)"
            )
        )
    with pytest.raises(Exception, match=r"(?i)foreign key") as violation:
        async with transaction(factory) as session:
            await session.execute(text("INSERT INTO later VALUES (999)"))
    assert type(violation.value).__name__ == "ForeignKeyViolated"


async def test_transaction_inside_another(factory):
    """A task that has a transaction open is refused a second one at once."""
    async with transaction(factory) as session:
        session.add(user("ada"))
        for again in (factory, session):
            with pytest.raises(RuntimeError, match="pass its session on"):
                async with transaction(again):
                    pytest.fail("it was let in")
        with pytest.raises(RuntimeError, match="pass its session on"):
            await retry(factory, count_users)
    assert await count_users(factory) == 1
    async with transaction(factory) as session:  # the next one may
        session.add(user("eve"))
    assert await count_users(factory) == 2


async def test_transactions_on_two_databases(factory, tmp_path):
    """A task may have a transaction open on each of several databases."""
    beside = make_engine(f"sqlite+aiosqlite:///{tmp_path}/beside.db")
    async with transaction(factory) as session:
        session.add(user("ada"))
        async with transaction(make_session_factory(beside)) as other:
            assert await other.scalar(text("SELECT 1")) == 1
    assert await count_users(factory) == 1
    await beside.dispose()


async def test_transactions_of_two_tasks(factory):
    """Tasks that a transaction has started may have their own.

    Names of tasks need not differ.
    """

    async def other():
        async with transaction(factory) as session:
            session.add(user("eve"))

    async with transaction(factory) as session:
        session.add(user("ada"))
        name = asyncio.current_task().get_name()
        task = asyncio.create_task(other(), name=name)
        await asyncio.sleep(0)
    await task
    assert await count_users(factory) == 2


async def test_session_that_read_before(factory):
    """It commits what was read and changed, and holds one connection."""
    async with transaction(factory) as session:
        session.add(user("ada"))
    pool = factory.kw["bind"].pool
    async with factory() as session:
        ada = await session.scalar(select(User))
        assert pool.checkedout() == 1
        async with transaction(session) as unit_of_work:
            assert unit_of_work is session
            assert pool.checkedout() == 1
            assert ada.name == "ada"
            ada.name = "grace"
        assert ada.name == "grace"
        assert await session.scalar(select(User.name)) == "grace"
    assert pool.checkedout() == 0


async def test_what_was_sent_before_is_not_committed(factory):
    """A transaction commits nothing that was flushed outside of it."""
    async with factory() as session:
        session.add(user("ada"))
        await session.flush()
        async with transaction(session):
            pass
    assert await count_users(factory) == 0


@pytest.mark.parametrize("server_url", ["postgresql", "mysql"], indirect=True)
async def test_reading_on_a_lost_connection(factory):
    """Reading that cannot be ended leaves the task able to begin again."""
    async with factory() as session:
        await session.execute(select(User))
        raw = await (await session.connection()).get_raw_connection()
        driver = raw.driver_connection
        ended = getattr(driver, "terminate", driver.close)()
        if inspect.isawaitable(ended):
            await ended
        with pytest.raises(Disconnected):
            async with transaction(session):
                pytest.fail("it began")
        async with transaction(factory) as other:
            other.add(user("ada"))
    assert await count_users(factory) == 1


async def test_retry_in_a_session(factory):
    """Each try is empty, and what was read before stays readable."""
    async with transaction(factory) as session:
        session.add(user("ada"))
    tries = []
    async with factory() as session:
        ada = await session.scalar(select(User))

        async def work(unit_of_work):
            assert unit_of_work is session
            assert ada not in session
            found = await session.get(User, ada.id)
            tries.append(found)
            found.name = f"try {len(tries)}"
            await session.flush()
            if len(tries) < 3:
                raise Retryable("deadlock, say")
            return found

        assert (await retry(session, work)).name == "try 3"
        assert ada.name == "ada"
    assert factory.kw["bind"].pool.checkedout() == 0


async def test_closed_session_stays_closed(factory):
    """A session that is used after its end takes no connection."""
    async with factory() as session:
        await session.execute(select(1))
    with pytest.raises(InvalidRequestError, match="permanently closed"):
        await session.execute(select(1))
    assert factory.kw["bind"].pool.checkedout() == 0


async def test_writers_leave_connections_to_readers(database_url):
    """While writers wait for their turn, a reader gets a connection."""
    engine = make_engine(database_url, pool_size=2, max_overflow=0)
    factory = make_session_factory(engine, writers=1)
    go = asyncio.Event()

    async def write():
        async with transaction(factory):
            await go.wait()

    writers = [asyncio.create_task(write()) for _ in range(5)]
    async with asyncio.timeout(5), factory() as session:
        assert await session.scalar(select(1)) == 1
    go.set()
    await asyncio.gather(*writers)
    assert engine.pool.checkedout() == 0
    await engine.dispose()


@pytest.mark.parametrize(("writers", "allowed"), [(2, 2), (None, 7)])
async def test_as_many_writers_as_allowed(database_url, writers, allowed):
    """So many units of work have a connection, and the others have none.

    Unless told otherwise, each connection may be a writer's. The next one
    begins when one has committed, not before.
    """
    engine = make_engine(database_url, pool_size=7)
    factory = make_session_factory(engine, writers=writers)
    taken = asyncio.Semaphore(0)
    go = asyncio.Event()
    in_use = []

    @event.listens_for(engine.sync_engine, "checkout")
    def note(*_):
        in_use.append(engine.pool.checkedout())
        taken.release()

    async def write():
        async with transaction(factory):
            await go.wait()

    tasks = [asyncio.create_task(write()) for _ in range(allowed + 2)]
    async with asyncio.timeout(5):
        for _ in range(allowed):
            await taken.acquire()
    await asyncio.sleep(0.05)
    assert taken.locked()
    go.set()
    await asyncio.gather(*tasks)
    assert len(in_use) == allowed + 2
    assert max(in_use) == allowed
    await engine.dispose()


@pytest.mark.parametrize("error", [LookupError, asyncio.CancelledError])
async def test_turn_of_work_that_fails(database_url, error):
    """A unit of work that fails gives its turn to the next one."""
    engine = make_engine(database_url)
    factory = make_session_factory(engine, writers=1)
    with pytest.raises(error):
        async with transaction(factory):
            raise error
    async with asyncio.timeout(5), transaction(factory) as session:
        assert await session.scalar(select(1)) == 1
    await engine.dispose()


async def test_work_that_is_cancelled_in_the_queue(database_url):
    """Who is cancelled while waiting for a turn is so, and takes none."""
    engine = make_engine(database_url)
    factory = make_session_factory(engine, writers=1)

    async def write():
        async with transaction(factory):
            pytest.fail("it was not its turn")

    async with transaction(factory):
        writer = asyncio.create_task(write())
        await asyncio.sleep(0)
        writer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writer
    async with asyncio.timeout(5), transaction(factory) as session:
        assert await session.scalar(select(1)) == 1
    await engine.dispose()


async def test_session_that_read_waits_without_a_connection(database_url):
    """A session returns what it read with before it waits for its turn."""
    engine = make_engine(database_url)
    factory = make_session_factory(engine, writers=1)

    async def write(session):
        async with transaction(session):
            pass

    async with factory() as session:
        await session.execute(select(1))
        async with transaction(factory):
            assert engine.pool.checkedout() == 2
            writer = asyncio.create_task(write(session))
            await asyncio.sleep(0.05)
            assert engine.pool.checkedout() == 1
            assert not writer.done()
        await writer
    await engine.dispose()


async def test_turn_that_does_not_come(database_url, monkeypatch):
    """A writer whose turn does not come has timed out."""
    monkeypatch.setattr("bank.db.session.PATIENCE", 0.05)
    engine = make_engine(database_url)
    factory = make_session_factory(engine, writers=1)

    async def late(sessions):
        async with transaction(sessions):
            pytest.fail("it was not its turn")

    async with factory() as session:
        async with transaction(session):
            pass  # that was its turn, and it needs another one
        async with transaction(factory):
            for sessions in (factory, session, factory):
                with pytest.raises(TimedOut, match=r"write .* 0\.05 seconds"):
                    await asyncio.create_task(late(sessions))
    await engine.dispose()


async def test_waiting_for_a_lock_leaves_time_to_retry(committing_engine):
    """A row that is locked for longer than one waits is tried again."""
    factory = make_session_factory(committing_engine)
    async with transaction(factory) as session:
        session.add(user("0"))
    engine = make_engine(committing_engine.url, lock_timeout=1)
    held = asyncio.Event()
    tries = []

    async def hold():
        async with transaction(factory) as session:
            await session.scalar(select(User).with_for_update())
            held.set()
            await asyncio.sleep(1.5)

    async def work(session):
        tries.append(1)
        found = await session.scalar(select(User).with_for_update())
        found.name = "1"

    holder = asyncio.create_task(hold())
    await held.wait()
    began = time.monotonic()
    await retry(make_session_factory(engine), work)
    assert 1 <= time.monotonic() - began < 4
    await holder
    await engine.dispose()


def test_retry_lasts_longer_than_the_wait_for_a_lock():
    """With the defaults, there is time for several tries."""
    seconds = inspect.signature(retry).parameters["seconds"].default
    assert seconds > 3 * LOCK_TIMEOUT


async def test_deadlock_inside_a_savepoint(factory):
    """A deadlock that takes the savepoint along is still worth a retry.

    SQLite cannot deadlock: the second waits at BEGIN IMMEDIATE.
    """
    async with transaction(factory) as session:
        session.add_all([user("0"), user("100")])
    both_hold_one = asyncio.Barrier(2)
    sqlite = factory.kw["bind"].dialect.name == "sqlite"
    tries = []

    async def increment(session, email):
        stmt = select(User).where(User.email == email).with_for_update()
        found = await session.scalar(stmt)
        found.name = str(int(found.name) + 1)
        await session.flush()

    def locking(first, second):
        async def work(session):
            tries.append(first)
            async with session.begin_nested():
                await increment(session, first)
                if len(tries) <= 2 and not sqlite:
                    await both_hold_one.wait()
                await increment(session, second)

        return work

    emails = "0@example.org", "100@example.org"
    await asyncio.gather(
        retry(factory, locking(*emails)),
        retry(factory, locking(*emails[::-1])),
    )
    async with factory() as session:
        names = await session.scalars(select(User.name).order_by(User.id))
        assert names.all() == ["2", "102"]
    assert len(tries) == 2 if sqlite else len(tries) > 2


@pytest.fixture
def pauses(monkeypatch):
    """Give the pauses between tries, none of which is waited for."""
    noted = []

    async def note(seconds):
        noted.append(seconds)

    stand_in(monkeypatch, asyncio, sleep=note)
    return noted


@pytest.fixture
def unlucky(monkeypatch):
    """Let each pause be as long as it can be."""
    stand_in(monkeypatch, random, uniform=max, random=lambda: 1)


async def deadlock(_session):
    """Fail as a unit of work does that meets another one."""
    raise Retryable("deadlock")


async def test_pauses_between_tries_differ(factory, pauses):
    """Two units of work that meet again and again do not pause alike."""
    for _ in range(2):
        with pytest.raises(Retryable):
            await retry(factory, deadlock, attempts=4)
    first, second = pauses[:3], pauses[3:]
    assert len(second) == 3
    assert first != second


@pytest.mark.usefixtures("unlucky")
async def test_pauses_grow_up_to_a_second(factory, pauses):
    """By default there are nine pauses, each twice as long, if need be."""
    with pytest.raises(Retryable):
        await retry(factory, deadlock)
    assert pauses == [0.04, 0.08, 0.16, 0.32, 0.64, 1, 1, 1, 1]
    with pytest.raises(Retryable):  # without a pause that leads to no try
        await retry(factory, deadlock, seconds=-1)
    assert len(pauses) == 9


async def test_retry_begins_with_an_empty_session(factory):
    """What was read before is not in the session of a try."""
    async with transaction(factory) as session:
        session.add(user("ada"))
    async with factory() as session:
        ada = (await session.scalars(select(User))).one()

        async def is_held(session):
            return ada in session

        assert not await retry(session, is_held)


async def test_a_task_that_ran_out_of_time_can_begin_again(factory):
    """A transaction that was cancelled is over for its task."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), transaction(factory) as session:
            session.add(user("ada"))
            await asyncio.sleep(10)
    async with transaction(factory) as session:
        session.add(user("bob"))
    assert await count_users(factory) == 1


@pytest.mark.parametrize("kind", [Disconnected, StaleRow, TimedOut])
async def test_what_is_not_tried_again(factory, kind):
    """The caller has to decide: has a lost commit arrived, say?"""
    tries = []

    async def fail(_session):
        tries.append(1)
        raise kind("lost")

    with pytest.raises(kind):
        await retry(factory, fail)
    assert len(tries) == 1
