"""The raw driver: SQL as text, in autocommit where it only reads.

So a read is one round trip to a server where SQLAlchemy's is three: BEGIN and
ROLLBACK are left out.
"""

from bank.models import normalise_email, now
from bench.layers import rules
from bench.layers.drivers import Connection, Pool, moment
from bench.values import AccountValue, Move, TransferValue, UserValue

USERS = "SELECT id, email, name, created_at FROM users"
JOINED = (
    "SELECT users.id, email, users.name, created_at,"
    " accounts.id, owner_id, accounts.name, balance, version"
    " FROM users LEFT JOIN accounts ON accounts.owner_id = users.id"
    " WHERE users.id = {0} ORDER BY accounts.id"
)
LOCK = (
    "SELECT id, owner_id, balance FROM accounts WHERE id IN ({0}, {1})"
    " ORDER BY id"
)
BY_REFERENCE = (
    "SELECT transfers.id, created_at, account_id, amount FROM transfers"
    " JOIN entries ON transfer_id = transfers.id WHERE reference = {0}"
)
CHANGE = "UPDATE accounts SET balance = balance + {0} WHERE id = {1}"
ADD_USER = "INSERT INTO users (email, name, created_at) VALUES ({0}, {1}, {2})"
ADD_TRANSFER = "INSERT INTO transfers (reference, created_at) VALUES ({0}, {1})"
ADD_ENTRY = (
    "INSERT INTO entries (transfer_id, account_id, amount)"
    " VALUES ({0}, {1}, {2})"
)
BEGIN = {"sqlite": "BEGIN IMMEDIATE"}
LOCKING = {
    "sqlite": LOCK,
    "postgresql": f"{LOCK} FOR NO KEY UPDATE",
    "mysql": f"{LOCK} FOR UPDATE",
}


class Raw(Pool):
    """Statements as text, written by hand."""

    async def get_by_id(self, user_id: int) -> UserValue:
        """Find a user by id."""
        async with self.connection() as connection:
            [row] = await connection.fetch(f"{USERS} WHERE id = {{0}}", user_id)
            return UserValue(*row[:3], moment(row[3]))

    async def get_by_email(self, email: str) -> UserValue:
        """Find a user by e-mail address."""
        async with self.connection() as connection:
            [row] = await connection.fetch(
                f"{USERS} WHERE email = {{0}}", normalise_email(email)
            )
            return UserValue(*row[:3], moment(row[3]))

    async def list_page(self, after_id: int, limit: int) -> list[UserValue]:
        """List users after one of them."""
        sql = f"{USERS} WHERE id > {{0}} ORDER BY id LIMIT {{1}}"
        async with self.connection() as connection:
            rows = await connection.fetch(sql, after_id, limit)
            return [UserValue(*row[:3], moment(row[3])) for row in rows]

    async def get_with_accounts(
        self, user_id: int
    ) -> tuple[UserValue, list[AccountValue]]:
        """Find a user and the accounts, in one statement."""
        async with self.connection() as connection:
            rows = await connection.fetch(JOINED, user_id)
        user = UserValue(*rows[0][:3], moment(rows[0][3]))
        return user, [AccountValue(*row[4:]) for row in rows if row[4]]

    async def insert(self, email: str, name: str) -> UserValue:
        """Store a new user."""
        row = (normalise_email(email), name, now())
        async with self.connection() as connection:
            return UserValue(await connection.insert(ADD_USER, *row), *row)

    async def transfer(self, move: Move) -> TransferValue:
        """Move money once."""
        backend = self.url.get_backend_name()
        async with self.connection() as connection:
            await connection.fetch(BEGIN.get(backend, "BEGIN"))
            try:
                made = await _move(connection, LOCKING[backend], move)
            except BaseException:
                await connection.fetch("ROLLBACK")
                raise
            await connection.fetch("COMMIT")
            return made


async def _move(
    connection: Connection, lock: str, move: Move
) -> TransferValue:
    """Move money in a transaction."""
    reference, source_id, target_id, amount = move
    rows = await connection.fetch(lock, source_id, target_id)
    locked = {row[0]: (row[1], row[2]) for row in rows}
    rules.require_customers(move, locked)
    if earlier := await connection.fetch(BY_REFERENCE, reference):
        entries = [(row[2], row[3]) for row in earlier]
        return rules.require_same(
            move,
            TransferValue(
                earlier[0][0],
                reference,
                *rules.sides(entries),
                moment(earlier[0][1]),
            ),
        )
    rules.require_funds(move, locked)
    made_at = now()
    number = await connection.insert(ADD_TRANSFER, reference, made_at)
    changes = [(-amount, source_id), (amount, target_id)]
    await connection.many(CHANGE, list(changes))
    await connection.many(
        ADD_ENTRY, [(number, key, change) for change, key in changes]
    )
    return TransferValue(number, *move, made_at)


def make(url: str, connections: int) -> Raw:
    """Make the layer.

    Args:
        url: The database URL.
        connections: How many connections it keeps, and has at most.

    Returns:
        The layer.
    """
    return Raw(url, connections)
