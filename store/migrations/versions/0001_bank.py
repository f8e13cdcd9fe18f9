"""Store what the bank says: accounts, movements, cursors, consent.

The ground of everything else. A movement is kept for ever, whole, under the bank's own id.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite gives a row id of its own only to a column declared exactly INTEGER.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, those referred to first."""
    _create_bank_accounts()
    _create_transactions()
    _create_sync_cursors()
    _create_oauth_tokens()
    _create_webhook_subscriptions()


def downgrade() -> None:
    """Drop them, the other way round."""
    op.drop_table("webhook_subscriptions")
    op.drop_table("oauth_tokens")
    op.drop_table("sync_cursors")
    op.drop_table("transactions")
    op.drop_table("bank_accounts")


def _create_bank_accounts() -> None:
    op.create_table(
        "bank_accounts",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("qonto_id", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("iban", sa.String(255), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(255), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
        sa.UniqueConstraint("qonto_id", name=op.f("uq_bank_accounts_qonto_id")),
    )


def _create_transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("qonto_id", sa.String(255), nullable=False),
        sa.Column("slug", sa.String(255), nullable=True),
        sa.Column("bank_account_qonto_id", sa.String(255), nullable=True),
        sa.Column("side", sa.String(255), nullable=False),
        sa.Column("status", sa.String(255), nullable=False),
        sa.Column("operation_type", sa.String(255), nullable=True),
        sa.Column("amount_cents", BIGINT, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("local_amount_cents", BIGINT, nullable=True),
        sa.Column("local_currency", sa.String(3), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("counterparty_name", sa.Text(), nullable=True),
        sa.Column("counterparty_iban", sa.String(255), nullable=True),
        sa.Column("payer_key", sa.String(255), nullable=True),
        sa.Column("emitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bank_updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(255), nullable=True),
        sa.Column("allocated_cents", BIGINT, nullable=False),
        sa.Column("ignored_reason", sa.String(255), nullable=True),
        sa.Column("bank_problem", sa.String(255), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("needs_matching", sa.Boolean(), nullable=False),
        sa.Column("needs_reread", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IS NULL AND allocated_cents = 0"
            " OR state IN ('unmatched', 'proposed', 'ignored') AND allocated_cents = 0"
            " OR state = 'partly_allocated' AND allocated_cents > 0 AND allocated_cents < amount_cents"
            " OR state = 'allocated' AND allocated_cents = amount_cents AND allocated_cents > 0",
            name=op.f("ck_transactions_state_matches_allocations"),
        ),
        sa.CheckConstraint(
            "state IS NULL OR side = 'credit'", name=op.f("ck_transactions_only_credits_are_payments")
        ),
        sa.CheckConstraint(
            "allocated_cents >= 0 AND allocated_cents <= amount_cents",
            name=op.f("ck_transactions_not_over_allocated"),
        ),
        sa.CheckConstraint("amount_cents >= 0", name=op.f("ck_transactions_amount_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        sa.UniqueConstraint("qonto_id", name=op.f("uq_transactions_qonto_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_transactions_bank_account_updated",
        "transactions",
        ["bank_account_qonto_id", "bank_updated_at"],
        unique=False,
    )
    op.create_index(
        "ix_transactions_needs_matching",
        "transactions",
        ["id"],
        unique=False,
        sqlite_where=sa.text("needs_matching"),
        postgresql_where=sa.text("needs_matching"),
    )
    op.create_index(
        "ix_transactions_needs_reread",
        "transactions",
        ["id"],
        unique=False,
        sqlite_where=sa.text("needs_reread"),
        postgresql_where=sa.text("needs_reread"),
    )
    op.create_index(
        "ix_transactions_payer_amount",
        "transactions",
        ["counterparty_iban", "amount_cents", "ordered_at"],
        unique=False,
    )
    op.create_index(
        "ix_transactions_payer_iban", "transactions", ["counterparty_iban", "ordered_at"], unique=False
    )
    op.create_index("ix_transactions_payer_key", "transactions", ["payer_key", "ordered_at"], unique=False)
    op.create_index(
        "ix_transactions_payments_ordered",
        "transactions",
        ["ordered_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IS NOT NULL"),
        postgresql_where=sa.text("state IS NOT NULL"),
    )
    op.create_index(
        "ix_transactions_state_ordered", "transactions", ["state", "ordered_at", "id"], unique=False
    )


def _create_sync_cursors() -> None:
    op.create_table(
        "sync_cursors",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("bank_account_qonto_id", sa.String(255), nullable=False),
        sa.Column("status", sa.String(255), nullable=False),
        sa.Column("watermark_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(255), nullable=True),
        sa.ForeignKeyConstraint(
            ["bank_account_qonto_id"],
            ["bank_accounts.qonto_id"],
            name=op.f("fk_sync_cursors_bank_account_qonto_id_bank_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_cursors")),
        sa.UniqueConstraint(
            "bank_account_qonto_id", "status", name=op.f("uq_sync_cursors_bank_account_qonto_id_status")
        ),
    )


def _create_oauth_tokens() -> None:
    op.create_table(
        "oauth_tokens",
        sa.Column("provider", sa.String(255), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_oauth_tokens")),
    )


def _create_webhook_subscriptions() -> None:
    op.create_table(
        "webhook_subscriptions",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("qonto_id", sa.String(255), nullable=True),
        sa.Column("event_type", sa.String(255), nullable=False),
        sa.Column("callback_url", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_subscriptions")),
        sa.UniqueConstraint("qonto_id", name=op.f("uq_webhook_subscriptions_qonto_id")),
    )
