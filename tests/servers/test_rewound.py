"""A primary that comes back as a replica of the one that replaced it."""

import pytest

from servers import companion
from tests.faults.load import until
from tests.servers.test_replica import ask, engine_of, installed, pair

__all__ = ["pair"]  # a fixture


@installed
@pytest.mark.long  # the page on a replica shows the same
async def test_old_primary_follows_the_new_one(
    pair: companion.Companion,
) -> None:
    """It loses the row that only it had, and gets those of its successor."""
    async with (
        engine_of(pair, "primary") as old,
        engine_of(pair, "replica") as new,
    ):
        await ask(old, "CREATE TABLE rows (id int)")
        await ask(old, "INSERT INTO rows VALUES (1)")
        [written] = await ask(old, "SELECT pg_current_wal_lsn()::text")
        reached = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"

        async def has_the_row() -> bool:
            return await ask(new, reached) == [True]

        await until(has_the_row)
        await ask(new, "SELECT pg_promote()")
        await ask(old, "INSERT INTO rows VALUES (2)")
        await ask(new, "INSERT INTO rows VALUES (3)")
        await ask(new, "CHECKPOINT")

        again = companion.start(
            "servers.rewound",
            old=pair.facts["primary"],
            new=pair.facts["replica"],
        )
        await old.dispose()

        async def is_alike() -> bool:
            return await ask(old, "SELECT id FROM rows ORDER BY id") == [1, 3]

        await until(is_alike)
        assert await ask(old, "SELECT pg_is_in_recovery()") == [True]
        again.stop()
