"""A transfer that breaks off before its commit, and what must be left."""

from bank.dependencies import transfer_service
from tests.bank.build import move, read

REFERENCE = "broken off"


async def transfer_in(session, pair):
    """Do all of a transfer but its commit."""
    one, two = pair
    await transfer_service(session).transfer(
        reference=REFERENCE, source_id=one, target_id=two, amount=100
    )


async def assert_nothing_moved(factory, pair):
    """Check that the pool is whole, that nothing moved, and that it can."""
    assert factory.kw["bind"].pool.checkedout() == 0
    stored = await read(factory)
    assert [stored[account] for account in pair] == [1_000, 1_000]
    await move(factory, REFERENCE, 100, *pair)
    assert (await read(factory))[pair[0]] == 900
