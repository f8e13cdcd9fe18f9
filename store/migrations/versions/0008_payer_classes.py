"""Store what an admin declared a payer to be: client, group or agency, factor, platform."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "payer_classes",
        sa.Column("key_kind", sa.String(255), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("payer_class", sa.String(255), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("key_kind", "key", name=op.f("pk_payer_classes")),
    )


def downgrade() -> None:
    """Drop it: the class of a payer is guessed from its name and its payments again."""
    op.drop_table("payer_classes")
