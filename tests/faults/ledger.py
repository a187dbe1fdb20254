"""The bank's books in plain SQL, without any code of the bank."""

from sqlalchemy import text

RULES = {
    "all balances sum to zero": (
        "SELECT sum(balance) FROM accounts HAVING sum(balance) <> 0"
    ),
    "a balance is the sum of its entries": (
        "SELECT a.id FROM accounts a"
        " LEFT JOIN entries e ON e.account_id = a.id GROUP BY a.id, a.balance"
        " HAVING a.balance <> coalesce(sum(e.amount), 0)"
    ),
    "a transfer has two entries that sum to zero": (
        "SELECT t.id FROM transfers t LEFT JOIN entries e"
        " ON e.transfer_id = t.id GROUP BY t.id"
        " HAVING count(e.id) <> 2 OR coalesce(sum(e.amount), 1) <> 0"
    ),
    "an entry belongs to a transfer and an account": (
        "SELECT e.id FROM entries e LEFT JOIN transfers t"
        " ON t.id = e.transfer_id LEFT JOIN accounts a ON a.id = e.account_id"
        " WHERE t.id IS NULL OR a.id IS NULL"
    ),
    "no customer is overdrawn": (
        "SELECT id FROM accounts WHERE balance < 0 AND owner_id IS NOT NULL"
    ),
    "a reference is used once": (
        "SELECT reference FROM transfers GROUP BY reference"
        " HAVING count(*) > 1"
    ),
    "an address is registered once": (
        "SELECT lower(email) FROM users GROUP BY lower(email)"
        " HAVING count(*) > 1"
    ),
    "there is one cash account": (
        "SELECT count(*) FROM accounts WHERE owner_id IS NULL"
        " HAVING count(*) <> 1"
    ),
}


async def assert_balanced(engine):
    """Check each rule on what is stored."""
    async with engine.connect() as connection:
        broken = [
            rule
            for rule, sql in RULES.items()
            if (await connection.execute(text(sql))).first() is not None
        ]
    assert not broken, f"broken: {broken}"


async def stored(engine, sql, **values):
    """Ask a question whose answer is one column."""
    async with engine.connect() as connection:
        return (await connection.execute(text(sql), values)).scalars().all()
