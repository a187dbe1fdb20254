"""No database: constants, to see what the web framework costs alone."""

from bank.models import now
from bench.values import AccountValue, Move, TransferValue, UserValue


class NoDatabase:
    """Answers without asking anybody."""

    async def get_by_id(self, user_id: int) -> UserValue:
        """Make a user up."""
        return UserValue(user_id, "u1@example.org", "User", now())

    async def get_by_email(self, email: str) -> UserValue:
        """Make a user up."""
        return UserValue(1, email, "User", now())

    async def list_page(self, after_id: int, limit: int) -> list[UserValue]:
        """Make a page of users up."""
        return [
            UserValue(after_id + n, f"u{n}@example.org", "User", now())
            for n in range(limit)
        ]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserValue, list[AccountValue]]:
        """Make a user with accounts up."""
        user = await self.get_by_id(user_id)
        return user, [AccountValue(n, user_id, "a", n, 1) for n in range(3)]

    async def insert(self, email: str, name: str) -> UserValue:
        """Store nothing."""
        return UserValue(1, email, name, now())

    async def transfer(self, move: Move) -> TransferValue:
        """Move nothing."""
        return TransferValue(1, *move, now())

    async def close(self) -> None:
        """Close nothing."""


def make(_url: str, _connections: int) -> NoDatabase:
    """Make the layer.

    Returns:
        The layer.
    """
    return NoDatabase()
