"""The questions that the bank's repositories answer, one by one."""

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from bank.repositories import (
    AccountRepository,
    TransferRepository,
    UserRepository,
)
from bench.growth.loading import BUSY, OFFSET, OWNER

Ask = Callable[[AsyncSession, int], Awaitable[object]]
"""Asks a question about the row with a number."""

LATE = 2 * OFFSET + 100
"""An entry near the beginning of the long statement."""

QUESTIONS: Mapping[str, Ask] = {
    "a user by id": lambda s, n: UserRepository(s).get_by_id(n),
    "a user by e-mail": lambda s, n: UserRepository(s).get_by_email(str(n)),
    "a user with accounts": (
        lambda s, n: UserRepository(s).get_with_accounts(n)
    ),
    "a user with the first accounts": (
        lambda s, n: UserRepository(s).get_with_first_accounts(n, limit=51)
    ),
    "a page of users": lambda s, n: UserRepository(s).list_page(after_id=n),
    "an account": lambda s, n: AccountRepository(s).get_by_id(n + 1),
    "a page of accounts": lambda s, n: AccountRepository(s).list_page(n),
    "the cash account": lambda s, _: AccountRepository(s).get_cash(),
    "two locked accounts": (
        lambda s, n: AccountRepository(s).lock(n + 1, n + 2)
    ),
    "a statement": lambda s, n: AccountRepository(s).statement(n + 1),
    "a transfer by id": lambda s, n: TransferRepository(s).get_by_id(n),
    "a transfer by reference": (
        lambda s, n: TransferRepository(s).get_by_reference(str(n))
    ),
}
"""Asked of tables of each length."""

CROWDED: Mapping[str, Ask] = {
    "a user with all accounts": (
        lambda s, _: UserRepository(s).get_with_accounts(OWNER)
    ),
    "a user with the first 51 accounts": (
        lambda s, _: UserRepository(s).get_with_first_accounts(OWNER, limit=51)
    ),
    "the first page of accounts": (
        lambda s, _: AccountRepository(s).list_page(OWNER)
    ),
    "the last page of accounts": (
        lambda s, _: AccountRepository(s).list_page(
            OWNER, after_id=OFFSET + 9_900
        )
    ),
    "the first page of the statement": (
        lambda s, _: AccountRepository(s).statement(BUSY)
    ),
    "the last page of the statement": (
        lambda s, _: AccountRepository(s).statement(BUSY, before_id=LATE)
    ),
}
"""Asked of the user with many accounts, and the account with many entries."""
