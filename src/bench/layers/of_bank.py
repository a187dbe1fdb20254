"""The bank as it is: repositories, services, and its unit of work."""

from sqlalchemy.ext.asyncio import AsyncSession

from bank.db.session import make_session_factory, retry, transaction
from bank.dependencies import transfer_service
from bank.models import User
from bank.repositories import UserRepository
from bench.layers.base import EngineLayer
from bench.layers.objects import account_value, transfer_value, user_value
from bench.values import AccountValue, Move, TransferValue, UserValue


class OfBank(EngineLayer):
    """Calls of the bank's own classes."""

    def __init__(self, url: str, connections: int) -> None:
        """Make the engine and the factory.

        Args:
            url: The database URL.
            connections: How many connections it keeps, and has at most.
        """
        super().__init__(url, connections)
        self.sessions = make_session_factory(self.engine)

    async def get_by_id(self, user_id: int) -> UserValue:
        """Find a user by id."""
        async with self.sessions() as session:
            return user_value(await UserRepository(session).get_by_id(user_id))

    async def get_by_email(self, email: str) -> UserValue:
        """Find a user by e-mail address."""
        async with self.sessions() as session:
            users = UserRepository(session)
            return user_value(await users.get_by_email(email))

    async def list_page(self, after_id: int, limit: int) -> list[UserValue]:
        """List users after one of them."""
        async with self.sessions() as session:
            users = await UserRepository(session).list_page(
                after_id=after_id, limit=limit
            )
            return [user_value(user) for user in users]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserValue, list[AccountValue]]:
        """Find a user and the accounts, in one statement."""
        async with self.sessions() as session:
            user = await UserRepository(session).get_with_accounts(user_id)
            if user is None:
                raise LookupError(f"There is no user {user_id}.")
            return user_value(user), [account_value(a) for a in user.accounts]

    async def insert(self, email: str, name: str) -> UserValue:
        """Store a new user."""
        async with transaction(self.sessions) as session:
            user = User(email=email, name=name)
            await UserRepository(session).add(user)
        return user_value(user)

    async def transfer(self, move: Move) -> TransferValue:
        """Move money once, through the service and with retries."""

        async def work(session: AsyncSession) -> TransferValue:
            made = await transfer_service(session).transfer(**move._asdict())
            return transfer_value(made)

        return await retry(self.sessions, work)


def make(url: str, connections: int) -> OfBank:
    """Make the layer.

    Args:
        url: The database URL.
        connections: How many connections it keeps, and has at most.

    Returns:
        The layer.
    """
    return OfBank(url, connections)
