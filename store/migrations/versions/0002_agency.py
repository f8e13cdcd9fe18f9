"""Store what the agency knows: clients, talents, collaborations, invoices.

``invoice_references`` and ``client_tokens`` hold look-up keys, so that matching never scans.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# SQLite gives a row id of its own only to a column declared exactly INTEGER.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, those referred to first."""
    _create_clients()
    _create_client_tokens()
    _create_talents()
    _create_collaborations()
    _create_invoices()
    _create_invoice_references()


def downgrade() -> None:
    """Drop them, the other way round."""
    op.drop_table("invoice_references")
    op.drop_table("invoices")
    op.drop_table("collaborations")
    op.drop_table("talents")
    op.drop_table("client_tokens")
    op.drop_table("clients")


def _create_clients() -> None:
    op.create_table(
        "clients",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("name_key", sa.String(255), nullable=False),
        sa.Column("email", sa.String(255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("name_key", name=op.f("uq_clients_name_key")),
    )
    op.create_index(op.f("ix_clients_email"), "clients", ["email"], unique=False)


def _create_client_tokens() -> None:
    op.create_table(
        "client_tokens",
        sa.Column("token", sa.String(255), nullable=False),
        sa.Column("client_id", BIGINT, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_tokens_client_id_clients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", "client_id", name=op.f("pk_client_tokens")),
    )
    op.create_index(op.f("ix_client_tokens_client_id"), "client_tokens", ["client_id"], unique=False)


def _create_talents() -> None:
    op.create_table(
        "talents",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("name_key", sa.String(255), nullable=False),
        sa.Column("email", sa.String(255), nullable=True),
        sa.Column("slack_user_id", sa.String(255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talents")),
        sa.UniqueConstraint("email", name=op.f("uq_talents_email")),
        sa.UniqueConstraint("slack_user_id", name=op.f("uq_talents_slack_user_id")),
    )
    op.create_index(op.f("ix_talents_name_key"), "talents", ["name_key"], unique=False)


def _create_collaborations() -> None:
    op.create_table(
        "collaborations",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("client_id", BIGINT, nullable=False),
        sa.Column("talent_id", BIGINT, nullable=True),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("title_key", sa.String(255), nullable=False),
        sa.Column("net_cents", BIGINT, nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(255), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_collaborations_client_id_clients")
        ),
        sa.ForeignKeyConstraint(
            ["talent_id"], ["talents.id"], name=op.f("fk_collaborations_talent_id_talents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collaborations")),
        sa.UniqueConstraint(
            "client_id",
            "talent_id",
            "title_key",
            name=op.f("uq_collaborations_client_id_talent_id_title_key"),
        ),
    )
    op.create_index(op.f("ix_collaborations_talent_id"), "collaborations", ["talent_id"], unique=False)


def _create_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("number", sa.String(255), nullable=False),
        sa.Column("number_key", sa.String(255), nullable=False),
        sa.Column("qonto_id", sa.String(255), nullable=True),
        sa.Column("client_id", BIGINT, nullable=False),
        sa.Column("collaboration_id", BIGINT, nullable=True),
        sa.Column("kind", sa.String(255), nullable=False),
        sa.Column("status", sa.String(255), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("total_cents", BIGINT, nullable=False),
        sa.Column("net_total_cents", BIGINT, nullable=True),
        sa.Column("settled_cents", BIGINT, nullable=False),
        sa.Column("open_cents", BIGINT, nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.String(255), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "open_cents = CASE WHEN status = 'cancelled' THEN 0 ELSE total_cents - settled_cents END",
            name=op.f("ck_invoices_open_is_what_is_left"),
        ),
        sa.CheckConstraint(
            "status = 'cancelled' AND settled_cents = 0"
            " OR status = 'open' AND settled_cents = 0"
            " OR status = 'partly_paid' AND settled_cents > 0 AND settled_cents < total_cents"
            " OR status = 'paid' AND settled_cents = total_cents",
            name=op.f("ck_invoices_status_matches_settled"),
        ),
        sa.CheckConstraint(
            "settled_cents >= 0 AND settled_cents <= total_cents", name=op.f("ck_invoices_not_over_settled")
        ),
        sa.CheckConstraint("total_cents > 0", name=op.f("ck_invoices_total_positive")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_invoices_client_id_clients")),
        sa.ForeignKeyConstraint(
            ["collaboration_id"],
            ["collaborations.id"],
            name=op.f("fk_invoices_collaboration_id_collaborations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("number_key", name=op.f("uq_invoices_number_key")),
        sa.UniqueConstraint("qonto_id", name=op.f("uq_invoices_qonto_id")),
    )
    op.create_index(
        "ix_invoices_cents_client",
        "invoices",
        ["open_cents", "client_id", "currency", "due_date"],
        unique=False,
    )
    op.create_index(op.f("ix_invoices_collaboration_id"), "invoices", ["collaboration_id"], unique=False)
    op.create_index(
        "ix_invoices_open_amount",
        "invoices",
        ["currency", "kind", "open_cents", "due_date", "id"],
        unique=False,
    )
    op.create_index(
        "ix_invoices_client_due",
        "invoices",
        ["client_id", "currency", "due_date", "id"],
        unique=False,
        sqlite_where=sa.text("open_cents > 0"),
        postgresql_where=sa.text("open_cents > 0"),
    )
    op.create_index(
        "ix_invoices_search",
        "invoices",
        ["due_date", "id", "currency", "search_text"],
        unique=False,
        sqlite_where=sa.text("open_cents > 0"),
        postgresql_where=sa.text("open_cents > 0"),
    )
    op.create_index(
        "ix_invoices_open_cents",
        "invoices",
        ["open_cents", "due_date"],
        unique=False,
        sqlite_where=sa.text("open_cents > 0"),
        postgresql_where=sa.text("open_cents > 0"),
    )
    op.create_index("ix_invoices_total_cents", "invoices", ["total_cents", "due_date"], unique=False)
    op.create_index("ix_invoices_due", "invoices", ["due_date", "id"], unique=False)
    op.create_index("ix_invoices_status_due", "invoices", ["status", "due_date", "id"], unique=False)


def _create_invoice_references() -> None:
    op.create_table(
        "invoice_references",
        sa.Column("invoice_id", BIGINT, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoices.id"],
            name=op.f("fk_invoice_references_invoice_id_invoices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("invoice_id", "key", "kind", name=op.f("pk_invoice_references")),
    )
    op.create_index("ix_invoice_references_key", "invoice_references", ["key", "invoice_id"], unique=False)
