"""Store what people see and chose: Home tabs, preferences, talents' accounts, listed payments."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# SQLite gives a row id of its own only to a column declared exactly INTEGER.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_home_views()
    _create_preferences()
    _create_talent_links()
    _create_listed_payments()


def downgrade() -> None:
    """Drop them, the other way round."""
    op.drop_table("listed_payments")
    op.drop_table("talent_links")
    op.drop_table("preferences")
    op.drop_table("home_views")


def _create_home_views() -> None:
    op.create_table(
        "home_views",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("team_id", sa.String(255), nullable=True),
        sa.Column("period", sa.String(255), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(255), nullable=True),
        sa.Column("digest", sa.String(255), nullable=True),
        sa.Column("hash", sa.String(255), nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_home_views")),
    )
    op.create_index("ix_home_views_opened", "home_views", ["opened_at"])


def _create_preferences() -> None:
    op.create_table(
        "preferences",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("notices", sa.String(255), nullable=True),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(255), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name=op.f("ck_preferences_digest_hour_of_a_day")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_preferences")),
    )


def _create_talent_links() -> None:
    op.create_table(
        "talent_links",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("talent_id", BIGINT, nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("state", sa.String(255), nullable=False),
        sa.Column("asked_by", sa.String(255), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["talent_id"], ["talents.id"], name=op.f("fk_talent_links_talent_id_talents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talent_links")),
    )
    op.create_index("ix_talent_links_talent_id", "talent_links", ["talent_id"])


def _create_listed_payments() -> None:
    op.create_table(
        "listed_payments",
        sa.Column("transaction_id", BIGINT, nullable=False),
        sa.Column("message_key", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
            name=op.f("fk_listed_payments_transaction_id_transactions"),
        ),
        sa.PrimaryKeyConstraint("transaction_id", "message_key", name=op.f("pk_listed_payments")),
    )
    op.create_index("ix_listed_payments_message", "listed_payments", ["message_key", "transaction_id"])
