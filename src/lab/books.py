"""The bank's books, checked as an auditor would: by what is stored."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.models import Account, Entry, Transfer


async def broken_rules(session: AsyncSession) -> list[str]:
    """Tell which of the bank's rules about money are broken.

    Args:
        session: The session to ask in. What it has sent and not committed
            counts as well.

    Returns:
        The rules that are broken, in words; empty where the books are right.
    """
    booked = func.coalesce(func.sum(Entry.amount), 0)
    own = select(booked).where(Entry.account_id == Account.id)
    money = func.sum(Account.balance)
    breaches = {
        "all balances sum to zero": select(money).having(money != 0),
        "each balance is the sum of its entries": select(Account.id).where(
            Account.balance != own.scalar_subquery()
        ),
        "each transfer has two entries that sum to zero": select(Transfer.id)
        .join(Transfer.entries, isouter=True)
        .group_by(Transfer.id)
        .having((func.count(Entry.id) != 2) | (booked != 0)),  # noqa: PLR2004 - the rule says two
    }
    return [
        rule
        for rule, breach in breaches.items()
        if (await session.scalars(breach)).first() is not None
    ]
