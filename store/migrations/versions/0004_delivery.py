"""Store what comes in and what goes out: inbox, message ledger, service state.

The partial indexes hold only work left to do, so that they stay small whatever the history.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# SQLite gives a row id of its own only to a column declared exactly INTEGER.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, those referred to first."""
    _create_inbox()
    _create_messages()
    _create_service_state()


def downgrade() -> None:
    """Drop them, the other way round."""
    op.drop_table("service_state")
    op.drop_table("messages")
    op.drop_table("inbox")


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("event_id", sa.String(255), nullable=True),
        sa.Column("event_type", sa.String(255), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha256", sa.String(255), nullable=False),
        sa.Column("state", sa.String(255), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(255), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("key", name=op.f("uq_inbox_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["next_attempt_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("purpose", sa.String(255), nullable=False),
        sa.Column("object_id", BIGINT, nullable=False),
        sa.Column("talent_id", BIGINT, nullable=True),
        sa.Column("target", sa.String(255), nullable=True),
        sa.Column("channel", sa.String(255), nullable=True),
        sa.Column("ts", sa.String(255), nullable=True),
        sa.Column("state", sa.String(255), nullable=False),
        sa.Column("wanted_version", sa.Integer(), nullable=False),
        sa.Column("shown_version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(ts IS NULL) = (channel IS NULL)", name=op.f("ck_messages_ts_with_channel")),
        sa.ForeignKeyConstraint(["talent_id"], ["talents.id"], name=op.f("fk_messages_talent_id_talents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
        sa.UniqueConstraint("channel", "ts", name=op.f("uq_messages_channel_ts")),
    )
    op.create_index(
        "ix_messages_lagging",
        "messages",
        ["next_attempt_at", "id"],
        unique=False,
        sqlite_where=sa.text("shown_version < wanted_version AND state NOT IN ('blocked', 'cancelled')"),
        postgresql_where=sa.text("shown_version < wanted_version AND state NOT IN ('blocked', 'cancelled')"),
    )


def _create_service_state() -> None:
    op.create_table(
        "service_state",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_state")),
    )
