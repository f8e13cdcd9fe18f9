"""Let the matcher read and weigh outside the write transaction: a payment says which round works on it."""

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None

# SQLite gives a row id of its own only to a column declared exactly INTEGER.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEX = "ix_transactions_matching_claim"
IS_CLAIMED = sa.text("matching_claim IS NOT NULL")


def upgrade() -> None:
    """Add the claim, and find at once what a round is working on, or left when it was interrupted."""
    op.add_column("transactions", sa.Column("matching_claim", BIGINT, nullable=True))
    op.create_index(INDEX, "transactions", ["id"], sqlite_where=IS_CLAIMED, postgresql_where=IS_CLAIMED)


def downgrade() -> None:
    """Take it away; what a round was working on is asked for again."""
    op.execute("UPDATE transactions SET needs_matching = true WHERE matching_claim IS NOT NULL")
    op.drop_index(INDEX, table_name="transactions")
    op.drop_column("transactions", "matching_claim")
