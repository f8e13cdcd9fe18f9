"""Store the members of Slack user groups once for every process: a withdrawn right counts in all at once."""

import sqlalchemy as sa
from alembic import op

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; it fills when somebody decides."""
    op.create_table(
        "group_members",
        sa.Column("group_id", sa.String(255), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_group_members")),
    )


def downgrade() -> None:
    """Drop it; Slack is asked again."""
    op.drop_table("group_members")
