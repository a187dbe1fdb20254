"""The boundary to the database: named questions, answered with models.

A repository takes the session that it is given, flushes so that constraints
are checked at once, and never commits.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction
from sqlalchemy.orm import joinedload, selectinload

from bank.models import (
    Account,
    Base,
    Entry,
    Transfer,
    User,
    normalise_email,
    now,
)

# Statements with joins, options and locks are built once, since building one
# costs about as much as running it; bindparam() stands for the values. The
# short ones stay in their methods, where they are easiest to read. What a
# transfer stores is sent as rows: the ORM's unit of work takes three times as
# many steps.
_TABLES = Base.metadata.tables
_USER_WITH_ACCOUNTS = (
    select(User)
    .where(User.id == bindparam("user_id"))
    .options(joinedload(User.accounts))
)
_USER_WITH_FIRST_ACCOUNTS = (
    select(User, Account)
    .join(User.accounts, isouter=True)
    .where(User.id == bindparam("user_id"))
    .order_by(Account.id)
    .limit(bindparam("limit"))
)
_TRANSFER_BY_ID = (
    select(Transfer)
    .where(Transfer.id == bindparam("transfer_id"))
    .options(selectinload(Transfer.entries))
)
_TRANSFER_BY_REFERENCE = (
    select(Transfer)
    .where(Transfer.reference == bindparam("reference"))
    .options(selectinload(Transfer.entries))
)
_LOCK = (
    select(Account.id, Account.owner_id, Account.balance)
    .where(Account.id.in_(bindparam("account_ids", expanding=True)))
    .order_by(Account.id)
    .with_for_update(key_share=True)
)
_CHANGE_BALANCE = (
    update(_TABLES["accounts"])
    .where(_TABLES["accounts"].c.id == bindparam("account_id"))
    .values(balance=_TABLES["accounts"].c.balance + bindparam("amount"))
)
_ADD_TRANSFER = insert(_TABLES["transfers"])
_ADD_ENTRY = insert(_TABLES["entries"])


class LockedAccount(NamedTuple):
    """The stored values of an account, read under its lock.

    Attributes:
        id: The account's id.
        owner_id: The user who owns it; ``None`` for the house's own.
        balance: The balance, in cents.
    """

    id: int
    owner_id: int | None
    balance: int


class UserRepository:
    """Users, by id, by e-mail address, and page by page."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in a session.

        Args:
            session: The unit of work that the caller owns.
        """
        self.session = session

    async def get_by_id(self, user_id: int) -> User | None:
        """Find a user by id.

        Args:
            user_id: The user's id.

        Returns:
            The user, or ``None``.
        """
        stmt = select(User).where(User.id == user_id)
        result = await self.session.execute(stmt)
        return result.scalar_one_or_none()

    async def get_by_email(self, email: str) -> User | None:
        """Find a user by e-mail address, in whatever case it is typed.

        Args:
            email: The address.

        Returns:
            The user, or ``None``.
        """
        stmt = select(User).where(User.email == normalise_email(email))
        result = await self.session.execute(stmt)
        return result.scalar_one_or_none()

    async def get_with_accounts(self, user_id: int) -> User | None:
        """Find a user, with the accounts loaded.

        Args:
            user_id: The user's id.

        Returns:
            The user, whose ``accounts`` can be read, or ``None``.
        """
        values = {"user_id": user_id}
        result = await self.session.execute(_USER_WITH_ACCOUNTS, values)
        return result.unique().scalar_one_or_none()

    async def get_with_first_accounts(
        self, user_id: int, *, limit: int
    ) -> tuple[User, Sequence[Account]] | None:
        """Find a user and the first accounts, in one statement.

        Args:
            user_id: The user's id.
            limit: How many accounts at most.

        Returns:
            The user, and the accounts in the order of their ids; or ``None``.
        """
        values = {"user_id": user_id, "limit": limit}
        result = await self.session.execute(_USER_WITH_FIRST_ACCOUNTS, values)
        rows = result.all()
        if not rows:
            return None
        accounts = [
            account
            for _, account in rows
            if account is not None  # type: ignore[redundant-expr]  # an outer join gives None, which its type does not say
        ]
        return rows[0][0], accounts

    async def list_page(
        self, *, after_id: int = 0, limit: int = 50
    ) -> Sequence[User]:
        """List users in the order of their ids, a page at a time.

        The next page begins after the last id of this one. Unlike OFFSET,
        this stays correct when rows come and go, and costs the same on each
        page: https://use-the-index-luke.com/no-offset.

        Args:
            after_id: The last id of the previous page.
            limit: How many users at most.

        Returns:
            The users of the page.
        """
        stmt = (
            select(User)
            .where(User.id > after_id)
            .order_by(User.id)
            .limit(limit)
        )
        result = await self.session.execute(stmt)
        return result.scalars().all()

    def savepoint(self) -> AsyncSessionTransaction:
        """Open a savepoint; an error in it undoes only what was done inside.

        Returns:
            A context manager for ``async with``.
        """
        return self.session.begin_nested()

    async def add(self, user: User) -> User:
        """Store a new user.

        Args:
            user: The user, without an id.

        Returns:
            The same user, with its id.

        Raises:
            UniqueViolated: The e-mail address is taken.
        """
        self.session.add(user)
        await self.session.flush()
        return user


class AccountRepository:
    """Accounts: their details, their statement, and their locked balance."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in a session.

        Args:
            session: The unit of work that the caller owns.
        """
        self.session = session

    async def get_by_id(self, account_id: int) -> Account | None:
        """Find an account by id.

        Args:
            account_id: The account's id.

        Returns:
            The account, or ``None``.
        """
        stmt = select(Account).where(Account.id == account_id)
        result = await self.session.execute(stmt)
        return result.scalar_one_or_none()

    async def list_page(
        self, owner_id: int, *, after_id: int = 0, limit: int = 50
    ) -> Sequence[Account]:
        """List a user's accounts in the order of their ids, page by page.

        Args:
            owner_id: The user's id.
            after_id: The last id of the previous page.
            limit: How many accounts at most.

        Returns:
            The accounts of the page.
        """
        stmt = (
            select(Account)
            .where(Account.owner_id == owner_id, Account.id > after_id)
            .order_by(Account.id)
            .limit(limit)
        )
        result = await self.session.execute(stmt)
        return result.scalars().all()

    async def get_cash(self) -> Account:
        """Find the house's cash account.

        Returns:
            The account. Its balance is what the customers hold, with the
            opposite sign.
        """
        stmt = select(Account).where(Account.owner_id.is_(None))
        result = await self.session.execute(stmt)
        return result.scalar_one()

    def savepoint(self) -> AsyncSessionTransaction:
        """Open a savepoint; an error in it undoes only what was done inside.

        Returns:
            A context manager for ``async with``.
        """
        return self.session.begin_nested()

    async def add(self, account: Account) -> Account:
        """Store a new account.

        Args:
            account: The account, without an id.

        Returns:
            The same account, with its id.

        Raises:
            ForeignKeyViolated: There is no such owner.
        """
        self.session.add(account)
        await self.session.flush()
        return account

    async def save(self, account: Account) -> None:
        """Write an account's changed details.

        Args:
            account: The account, as it was read and changed.

        Raises:
            StaleRow: Somebody else changed it since it was read.
        """
        self.session.add(account)
        await self.session.flush()

    async def lock(self, *account_ids: int) -> dict[int, LockedAccount]:
        """Lock accounts until the transaction ends, and read them again.

        They are locked in the order of their ids, so that two transfers in
        opposite directions queue up instead of waiting for each other:
        https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS.
        ``key_share`` lets others refer to the account meanwhile, as an entry
        does. SQLite has no row locks; there the transaction holds the only
        write lock already.

        Args:
            *account_ids: The accounts to lock.

        Returns:
            The stored values of the accounts that exist, by id.
        """
        ids = {"account_ids": account_ids}
        result = await self.session.execute(_LOCK, ids)
        return {row.id: LockedAccount(*row) for row in result}

    async def change_balances(self, amounts: Mapping[int, int]) -> None:
        """Add to balances, in the database itself and in the given order.

        An ``Account`` that was read before keeps its old balance.

        Args:
            amounts: Cents to add, by account; a negative amount is taken
                away. The last account need not be locked before.

        Raises:
            CheckViolated: An account would be overdrawn.
        """
        changes = [
            {"account_id": account_id, "amount": amount}
            for account_id, amount in amounts.items()
        ]
        await self.session.execute(_CHANGE_BALANCE, changes)

    async def statement(
        self, account_id: int, *, before_id: int | None = None, limit: int = 50
    ) -> Sequence[Entry]:
        """List an account's entries, the newest first, a page at a time.

        Args:
            account_id: The account.
            before_id: The last id of the previous page.
            limit: How many entries at most.

        Returns:
            The entries, each with its ``transfer`` loaded.
        """
        stmt = (
            select(Entry)
            .where(Entry.account_id == account_id)
            .order_by(Entry.id.desc())
            .limit(limit)
            .options(joinedload(Entry.transfer))
        )
        if before_id is not None:
            stmt = stmt.where(Entry.id < before_id)
        result = await self.session.execute(stmt)
        return result.scalars().all()


class TransferRepository:
    """Transfers, by id and by reference."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in a session.

        Args:
            session: The unit of work that the caller owns.
        """
        self.session = session

    async def get_by_id(self, transfer_id: int) -> Transfer | None:
        """Find a transfer by id.

        Args:
            transfer_id: The transfer's id.

        Returns:
            The transfer, with its ``entries`` loaded, or ``None``.
        """
        values = {"transfer_id": transfer_id}
        result = await self.session.execute(_TRANSFER_BY_ID, values)
        return result.scalar_one_or_none()

    async def get_by_reference(self, reference: str) -> Transfer | None:
        """Find a transfer by its reference.

        Args:
            reference: The reference, in its exact case.

        Returns:
            The transfer, with its ``entries`` loaded, or ``None``.
        """
        values = {"reference": reference}
        result = await self.session.execute(_TRANSFER_BY_REFERENCE, values)
        return result.scalar_one_or_none()

    async def add(self, transfer: Transfer) -> Transfer:
        """Store a new transfer, without its entries.

        Args:
            transfer: The transfer, without an id.

        Returns:
            The same transfer, with its id.

        Raises:
            UniqueViolated: The reference exists already.
        """
        transfer.created_at = now()
        row = {
            "reference": transfer.reference,
            "created_at": transfer.created_at,
        }
        result = await self.session.execute(_ADD_TRANSFER, row)
        # Not RETURNING, which MySQL 8 does not have.
        key = cast("CursorResult[Any]", result).inserted_primary_key
        transfer.id = cast("Row[int]", key)[0]
        return transfer

    async def add_entries(self, transfer: Transfer) -> None:
        """Store the entries of a transfer that is stored.

        Args:
            transfer: The transfer, with its id and its entries.
        """
        rows = [
            {
                "transfer_id": transfer.id,
                "account_id": entry.account_id,
                "amount": entry.amount,
            }
            for entry in transfer.entries
        ]
        await self.session.execute(_ADD_ENTRY, rows)
