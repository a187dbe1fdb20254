"""A bank with a few customers, to begin a lesson with."""

from bank.db.session import SessionFactory, transaction
from bank.models import User
from bank.repositories import (
    AccountRepository,
    TransferRepository,
    UserRepository,
)
from bank.services import AccountService, TransferService, UserService

NAMES = (
    "Ada",
    "Grace",
    "Edsger",
    "Barbara",
    "Donald",
    "Frances",
    "Alan",
    "Radia",
    "Niklaus",
    "Margaret",
)


async def seed(
    factory: SessionFactory,
    *,
    users: int = 3,
    accounts: int = 1,
    balance: int = 100_00,
) -> list[User]:
    """Register users, open accounts for them, and pay money in.

    All of it goes through the bank's services, in one transaction. Ada is
    always the first, Grace the second, Edsger the third.

    Args:
        factory: The factory of sessions; the tables must be there.
        users: How many users to register.
        accounts: How many accounts to open for each.
        balance: What to pay into each account, in cents; may be 0.

    Returns:
        The users, detached, with their ``accounts`` loaded.
    """
    async with transaction(factory) as session:
        account_repository = AccountRepository(session)
        register = UserService(UserRepository(session)).register
        open_account = AccountService(account_repository).open
        deposit = TransferService(
            account_repository, TransferRepository(session)
        ).deposit
        ids = []
        for name in _names(users):
            email = f"{name.replace(' ', '').lower()}@example.com"
            user = await register(email=email, name=name)
            ids.append(user.id)
            for number in range(1, accounts + 1):
                account = await open_account(
                    owner_id=user.id, name=f"Account {number}"
                )
                if balance:
                    await deposit(
                        reference=f"seed-{account.id}",
                        account_id=account.id,
                        amount=balance,
                    )
    async with factory() as session:
        get = UserRepository(session).get_with_accounts
        found = [await get(user_id) for user_id in ids]
    return [user for user in found if user is not None]


def _names(count: int) -> list[str]:
    """List names, with a number from the second round on."""
    rounds = [divmod(number, len(NAMES)) for number in range(count)]
    return [
        f"{NAMES[index]} {turn + 1}" if turn else NAMES[index]
        for turn, index in rounds
    ]
