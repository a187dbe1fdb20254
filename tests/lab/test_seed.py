"""A bank with a few customers."""

from sqlalchemy import func, select

from bank.models import Account, Entry, User
from lab import seed


async def test_three_customers_with_money(factory):
    """Ada, Grace and Edsger have money in each account, by transfer."""
    users = await seed(factory, accounts=2)
    assert [user.name for user in users] == ["Ada", "Grace", "Edsger"]
    assert users[0].email == "ada@example.com"
    for user in users:
        assert {each.name: each.balance for each in user.accounts} == {
            "Account 1": 100_00,
            "Account 2": 100_00,
        }
    async with factory() as session:
        assert await session.scalar(select(func.sum(Entry.amount))) == 0
        assert await session.scalar(select(func.sum(Account.balance))) == 0


async def test_many_customers_have_names_of_their_own(factory):
    """Names get a number where they run out; accounts may be empty."""
    users = await seed(factory, users=21, accounts=2, balance=0)
    assert len({user.email for user in users}) == 21
    assert (users[10].name, users[20].name) == ("Ada 2", "Ada 3")
    assert {len(user.accounts) for user in users} == {2}
    async with factory() as session:
        assert await session.scalar(select(func.count(User.id))) == 21
        assert await session.scalar(select(func.count(Entry.id))) == 0
