"""Make the tables, and open the house's cash account."""

import sqlalchemy as sa
from alembic import op

from bank.db import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def number() -> sa.types.TypeEngine[int]:
    """Give the type of an id."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        sa.Column("id", number(), nullable=False),
        sa.Column("email", types.ExactText(254), nullable=False),
        sa.Column("name", types.ExactText(100), nullable=False),
        sa.Column("created_at", types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sqlite_autoincrement=True,
    )
    accounts = op.create_table(
        "accounts",
        sa.Column("id", number(), nullable=False),
        sa.Column("owner_id", number(), nullable=True),
        sa.Column("name", types.ExactText(100), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name="fk_accounts_owner_id"
        ),
        sa.CheckConstraint(
            "balance >= 0 OR owner_id IS NULL",
            name=op.f("ck_accounts_not_overdrawn"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_accounts_owner_id", "accounts", ["owner_id"])
    op.create_table(
        "transfers",
        sa.Column("id", number(), nullable=False),
        sa.Column("reference", types.ExactText(64), nullable=False),
        sa.Column("created_at", types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference", name="uq_transfers_reference"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "entries",
        sa.Column("id", number(), nullable=False),
        sa.Column("transfer_id", number(), nullable=False),
        sa.Column("account_id", number(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name="fk_entries_transfer_id"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_entries_account_id"
        ),
        sa.UniqueConstraint(
            "transfer_id",
            "account_id",
            name="uq_entries_transfer_id_account_id",
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_entries_not_zero")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_entries_account_id_id", "entries", ["account_id", "id"]
    )
    op.bulk_insert(accounts, [{"name": "Cash", "balance": 0, "version": 1}])


def downgrade() -> None:
    """Drop the tables, and all that is in them."""
    for table in ("entries", "transfers", "accounts", "users"):
        op.drop_table(table)
