"""The bank as it is: repositories, services, and its unit of work."""

from sqlalchemy.ext.asyncio import AsyncSession

from bank.db.session import make_session_factory, retry, transaction
from bank.dependencies import transfer_service
from bank.models import User
from bank.repositories import UserRepository
from bench.layers.shared import (
    EngineLayer,
    account_row,
    transfer_row,
    user_row,
)
from bench.work import AccountRow, Move, TransferRow, UserRow


class OfBank(EngineLayer):
    """Calls of the bank's own classes."""

    def __init__(self, url: str, connections: int) -> None:
        """Make the engine and the factory, as ``EngineLayer`` does."""
        super().__init__(url, connections)
        self.sessions = make_session_factory(self.engine)

    async def get_by_id(self, user_id: int) -> UserRow:
        async with self.sessions() as session:
            return user_row(await UserRepository(session).get_by_id(user_id))

    async def get_by_email(self, email: str) -> UserRow:
        async with self.sessions() as session:
            return user_row(await UserRepository(session).get_by_email(email))

    async def list_page(self, after_id: int, limit: int) -> list[UserRow]:
        async with self.sessions() as session:
            users = await UserRepository(session).list_page(
                after_id=after_id, limit=limit
            )
            return [user_row(user) for user in users]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserRow, list[AccountRow]]:
        async with self.sessions() as session:
            user = await UserRepository(session).get_with_accounts(user_id)
            if user is None:
                raise LookupError(f"There is no user {user_id}.")
            return user_row(user), [account_row(a) for a in user.accounts]

    async def insert(self, email: str, name: str) -> UserRow:
        async with transaction(self.sessions) as session:
            user = User(email=email, name=name)
            await UserRepository(session).add(user)
        return user_row(user)

    async def transfer(self, move: Move) -> TransferRow:
        """Move money once, through the service and with retries."""

        async def work(session: AsyncSession) -> TransferRow:
            made = await transfer_service(session).transfer(**move._asdict())
            return transfer_row(made)

        return await retry(self.sessions, work)
