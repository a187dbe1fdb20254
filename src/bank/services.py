"""The business of the bank: what may happen, and what may not.

Services see repositories and models. They see neither the session nor SQL,
so they can neither commit nor query.
"""

from collections.abc import Sequence

from bank.db.errors import (
    ForeignKeyViolated,
    Retryable,
    StaleRow,
    UniqueViolated,
)
from bank.errors import (
    EditConflict,
    EmailTaken,
    HouseAccount,
    InsufficientFunds,
    InvalidTransfer,
    NotFound,
    ReferenceReused,
)
from bank.models import Account, Entry, Transfer, User
from bank.repositories import (
    AccountRepository,
    LockedAccount,
    TransferRepository,
    UserRepository,
)

MAX_AMOUNT = 10**12
"""The most cents that one transfer moves, so that sums stay exact."""


class UserService:
    """Registers users and finds them."""

    def __init__(self, users: UserRepository) -> None:
        """Work with a repository.

        Args:
            users: Where the users are.
        """
        self.users = users

    async def register(self, *, email: str, name: str) -> User:
        """Register a user; the unit of work can continue if it fails.

        Args:
            email: The e-mail address, in any case.
            name: The name.

        Returns:
            The new user.

        Raises:
            EmailTaken: Another user has this address.
        """
        try:
            async with self.users.savepoint():
                return await self.users.add(User(email=email, name=name))
        except UniqueViolated as error:
            raise EmailTaken("This e-mail address is taken.") from error

    async def get(self, user_id: int) -> User:
        """Get a user.

        Args:
            user_id: The user's id.

        Returns:
            The user.

        Raises:
            NotFound: There is none.
        """
        user = await self.users.get_by_id(user_id)
        if user is None:
            raise NotFound(f"There is no user {user_id}.")
        return user

    async def get_with_first_accounts(
        self, user_id: int, *, limit: int
    ) -> tuple[User, Sequence[Account]]:
        """Get a user and the first accounts.

        Args:
            user_id: The user's id.
            limit: How many accounts at most.

        Returns:
            The user, and the accounts in the order of their ids.

        Raises:
            NotFound: There is none.
        """
        found = await self.users.get_with_first_accounts(user_id, limit=limit)
        if found is None:
            raise NotFound(f"There is no user {user_id}.")
        return found


class AccountService:
    """Opens accounts, renames them, and lists what happened on them."""

    def __init__(self, accounts: AccountRepository) -> None:
        """Work with a repository.

        Args:
            accounts: Where the accounts are.
        """
        self.accounts = accounts

    async def open(self, *, owner_id: int, name: str) -> Account:
        """Open an empty account; the unit of work can continue if it fails.

        Args:
            owner_id: The user who owns it.
            name: What the owner calls it.

        Returns:
            The new account.

        Raises:
            NotFound: There is no such user.
        """
        try:
            async with self.accounts.savepoint():
                return await self.accounts.add(
                    Account(owner_id=owner_id, name=name)
                )
        except ForeignKeyViolated as error:
            raise NotFound(f"There is no user {owner_id}.") from error

    async def get(self, account_id: int) -> Account:
        """Get an account.

        Args:
            account_id: The account's id.

        Returns:
            The account.

        Raises:
            NotFound: There is none.
        """
        account = await self.accounts.get_by_id(account_id)
        if account is None:
            raise NotFound(f"There is no account {account_id}.")
        return account

    async def rename(
        self, account_id: int, *, name: str, version: int
    ) -> Account:
        """Give an account another name.

        Args:
            account_id: The account's id.
            name: The new name.
            version: The version that the editor saw.

        Returns:
            The account, with its new version.

        Raises:
            NotFound: There is no such account.
            HouseAccount: It is the house's own.
            EditConflict: Somebody else edited it since.
        """
        account = await self.get(account_id)
        if account.owner_id is None:
            raise HouseAccount(f"Account {account_id} is the house's own.")
        if account.version != version:
            raise EditConflict(
                f"Account {account_id} is at version {account.version},"
                f" not {version}: read it again."
            )
        account.name = name
        try:
            await self.accounts.save(account)
        except StaleRow as error:
            raise EditConflict(
                f"Account {account_id} was just edited: read it again."
            ) from error
        return account

    async def list_page(
        self, owner_id: int, *, after_id: int = 0, limit: int = 50
    ) -> Sequence[Account]:
        """List a user's accounts, a page at a time.

        Args:
            owner_id: The user's id.
            after_id: The last id of the previous page.
            limit: How many accounts at most.

        Returns:
            The accounts, in the order of their ids.
        """
        return await self.accounts.list_page(
            owner_id, after_id=after_id, limit=limit
        )

    async def statement(
        self, account_id: int, *, before_id: int | None = None, limit: int = 50
    ) -> Sequence[Entry]:
        """List what happened on an account, the newest first.

        Args:
            account_id: The account's id.
            before_id: The last entry of the previous page.
            limit: How many entries at most.

        Returns:
            The entries, each with its transfer.

        Raises:
            NotFound: There is no such account.
        """
        await self.get(account_id)
        return await self.accounts.statement(
            account_id, before_id=before_id, limit=limit
        )


class TransferService:
    """Moves money, once."""

    def __init__(
        self, accounts: AccountRepository, transfers: TransferRepository
    ) -> None:
        """Work with repositories of one unit of work.

        Args:
            accounts: Where the accounts are.
            transfers: Where the transfers are.
        """
        self.accounts = accounts
        self.transfers = transfers

    async def transfer(
        self, *, reference: str, source_id: int, target_id: int, amount: int
    ) -> Transfer:
        """Move money from one account to another, once.

        If a reference is sent again with the same content, nothing moves and
        the earlier transfer is returned. Run it through
        :func:`bank.db.session.retry`.

        Args:
            reference: The client's name for this transfer, the same when it
                is sent again.
            source_id: The account that pays.
            target_id: The account that gets the money.
            amount: How much, in cents.

        Returns:
            The transfer, new or the earlier one.

        Raises:
            InvalidTransfer: The amount is out of range, or both accounts are
                the same.
            NotFound: There is no such account.
            HouseAccount: One of the accounts is the house's own.
            InsufficientFunds: The source holds less than the amount.
            ReferenceReused: The reference belongs to another transfer.
            Retryable: Somebody else is storing the same reference right now.
        """
        return await self._move(reference, source_id, target_id, amount)

    async def _move(
        self,
        reference: str,
        source_id: int,
        target_id: int,
        amount: int,
        *,
        cash_id: int | None = None,
    ) -> Transfer:
        """Move money; from the house's account only if it is ``cash_id``."""
        _require_sense(source_id, target_id, amount)
        customers = {source_id, target_id} - {cash_id}
        locked = await self.accounts.lock(*customers)
        for account_id in sorted(customers):
            _require_customer(account_id, locked.get(account_id))
        # Only now, under the locks, nobody can store the reference between
        # this look and our own insert for the same accounts.
        earlier = await self.transfers.get_by_reference(reference)
        if earlier is not None:
            return _require_same(earlier, source_id, target_id, amount)
        if source_id in locked:
            _require_funds(locked[source_id], amount)
        transfer = Transfer(
            reference=reference,
            entries=[
                Entry(account_id=source_id, amount=-amount),
                Entry(account_id=target_id, amount=amount),
            ],
        )
        try:
            await self.transfers.add(transfer)
        except UniqueViolated as error:
            raise Retryable(
                "This reference is being used at this moment."
            ) from error
        # All deposits change the cash account, so it is locked last, by this.
        await self.accounts.change_balances(
            {target_id: amount, source_id: -amount}
        )
        await self.transfers.add_entries(transfer)
        return transfer

    async def deposit(
        self, *, reference: str, account_id: int, amount: int
    ) -> Transfer:
        """Pay cash in: a transfer from the house's cash account.

        Args:
            reference: The client's name for this deposit, the same when it
                is sent again.
            account_id: The account that gets the money.
            amount: How much, in cents.

        Returns:
            The transfer, new or the earlier one.

        Raises:
            InvalidTransfer: The amount is out of range.
            NotFound: There is no such account.
            ReferenceReused: The reference belongs to another transfer.
            Retryable: Somebody else is storing the same reference right now.
        """
        cash = await self.accounts.get_cash()
        return await self._move(
            reference, cash.id, account_id, amount, cash_id=cash.id
        )

    async def get(self, transfer_id: int) -> Transfer:
        """Get a transfer.

        Args:
            transfer_id: The transfer's id.

        Returns:
            The transfer, with its entries.

        Raises:
            NotFound: There is none.
        """
        transfer = await self.transfers.get_by_id(transfer_id)
        if transfer is None:
            raise NotFound(f"There is no transfer {transfer_id}.")
        return transfer


def _require_customer(account_id: int, account: LockedAccount | None) -> None:
    """Refuse an account that does not exist, or that only deposits may use."""
    if account is None:
        raise NotFound(f"There is no account {account_id}.")
    if account.owner_id is None:
        raise HouseAccount(f"Account {account_id} is the house's own.")


def _require_sense(source_id: int, target_id: int, amount: int) -> None:
    """Refuse a transfer that no state of the bank could allow."""
    if not 0 < amount <= MAX_AMOUNT:
        raise InvalidTransfer(
            f"A transfer moves 1 to {MAX_AMOUNT} cents, not {amount}."
        )
    if source_id == target_id:
        raise InvalidTransfer("A transfer needs two different accounts.")


def _require_same(
    earlier: Transfer, source_id: int, target_id: int, amount: int
) -> Transfer:
    """Return an earlier transfer, if it is this one sent again."""
    content = (earlier.source_id, earlier.target_id, earlier.amount)
    if content != (source_id, target_id, amount):
        raise ReferenceReused(
            f"Reference {earlier.reference} belongs to another transfer."
        )
    return earlier


def _require_funds(source: LockedAccount, amount: int) -> None:
    """Refuse to overdraw an account."""
    if source.balance < amount:
        raise InsufficientFunds(
            f"Account {source.id} holds {source.balance} cents,"
            f" not the {amount} asked for."
        )
