"""Store which payers an admin asked the matcher to forget, and since when."""

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "forgotten_payers",
        sa.Column("key_kind", sa.String(255), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("key_kind", "key", name=op.f("pk_forgotten_payers")),
    )


def downgrade() -> None:
    """Drop it: what was forgotten is learnt again from the decisions."""
    op.drop_table("forgotten_payers")
