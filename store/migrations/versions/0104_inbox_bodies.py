"""Find what waits for a person in the inbox, and the bodies still kept: they are emptied after some time."""

import sqlalchemy as sa
from alembic import op

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None

BODIES, STUCK = "ix_inbox_bodies", "ix_inbox_stuck"
HAS_BODY = sa.text("length(body) > 0")
IS_STUCK = sa.text("state IN ('dead', 'quarantined', 'conflict')")


def upgrade() -> None:
    """Add the indexes."""
    op.create_index(BODIES, "inbox", ["received_at"], sqlite_where=HAS_BODY, postgresql_where=HAS_BODY)
    op.create_index(STUCK, "inbox", ["id"], sqlite_where=IS_STUCK, postgresql_where=IS_STUCK)


def downgrade() -> None:
    """Take them away; bodies emptied meanwhile stay empty."""
    op.drop_index(STUCK, table_name="inbox")
    op.drop_index(BODIES, table_name="inbox")
