"""Let the matcher read and weigh outside the write transaction: a payment says which round works on it."""

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None

# SQLite gives a row id of its own only to a column declared exactly INTEGER.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEX = "ix_transactions_needs_matching"


def upgrade() -> None:
    """Add the claim; whoever looks for work also finds what an interrupted round left."""
    op.add_column("transactions", sa.Column("matching_claim", BIGINT, nullable=True))
    _index("(needs_matching OR matching_claim IS NOT NULL)")


def downgrade() -> None:
    """Take it away; what a round was working on is asked for again."""
    op.execute("UPDATE transactions SET needs_matching = true WHERE matching_claim IS NOT NULL")
    _index("needs_matching")
    op.drop_column("transactions", "matching_claim")


def _index(condition: str) -> None:
    where = sa.text(condition)
    op.drop_index(INDEX, table_name="transactions")
    op.create_index(INDEX, "transactions", ["id"], sqlite_where=where, postgresql_where=where)
