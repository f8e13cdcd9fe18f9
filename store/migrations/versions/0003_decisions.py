"""Store what people decide: proposals, decisions, allocations, audit.

Money that moved between a payment and an invoice is never edited: an undo adds the opposite row. The
triggers hold that against everyone, a person at the console included.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# SQLite gives a row id of its own only to a column declared exactly INTEGER.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

APPEND_ONLY = ("decisions", "allocations", "audit")


def upgrade() -> None:
    """Create the tables, those referred to first."""
    _create_proposals()
    _create_proposal_invoices()
    _create_matching_rounds()
    _create_rejections()
    _create_decisions()
    _create_allocations()
    _create_audit()
    _create_audit_head()
    _seed_audit_head()
    _protect_history()


def downgrade() -> None:
    """Drop them, the other way round."""
    _unprotect_history()
    op.drop_table("audit_head")
    op.drop_table("audit")
    op.drop_table("allocations")
    op.drop_table("decisions")
    op.drop_table("rejections")
    op.drop_table("matching_rounds")
    op.drop_table("proposal_invoices")
    op.drop_table("proposals")


def _create_proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("transaction_id", BIGINT, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("allocations", sa.JSON(), nullable=False),
        sa.Column("residual_cents", BIGINT, nullable=False),
        sa.Column("residual_reason", sa.String(255), nullable=True),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("confidence", sa.String(255), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("model_version", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_proposals_transaction_id_transactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(
        "ix_proposals_transaction", "proposals", ["transaction_id", "round", "rank"], unique=False
    )


def _create_proposal_invoices() -> None:
    op.create_table(
        "proposal_invoices",
        sa.Column("invoice_id", BIGINT, nullable=False),
        sa.Column("proposal_id", BIGINT, nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_proposal_invoices_invoice_id_invoices")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_proposal_invoices_proposal_id_proposals")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "proposal_id", name=op.f("pk_proposal_invoices")),
    )


def _create_matching_rounds() -> None:
    op.create_table(
        "matching_rounds",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("transaction_id", BIGINT, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(255), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
            name=op.f("fk_matching_rounds_transaction_id_transactions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_rounds")),
        sa.UniqueConstraint("transaction_id", "round", name=op.f("uq_matching_rounds_transaction_id_round")),
    )


def _create_rejections() -> None:
    op.create_table(
        "rejections",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("transaction_id", BIGINT, nullable=False),
        sa.Column("invoice_id", BIGINT, nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_rejections_invoice_id_invoices")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_rejections_transaction_id_transactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejections")),
        sa.UniqueConstraint(
            "transaction_id", "invoice_id", name=op.f("uq_rejections_transaction_id_invoice_id")
        ),
    )


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("transaction_id", BIGINT, nullable=False),
        sa.Column("kind", sa.String(255), nullable=False),
        sa.Column("actor_kind", sa.String(255), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposal_id", BIGINT, nullable=True),
        sa.Column("reverses_id", BIGINT, nullable=True),
        sa.Column("reason", sa.String(255), nullable=True),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_decisions_proposal_id_proposals")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["decisions.id"], name=op.f("fk_decisions_reverses_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_decisions_transaction_id_transactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_decisions_reverses_id")),
    )
    op.create_index("ix_decisions_transaction", "decisions", ["transaction_id", "id"], unique=False)


def _create_allocations() -> None:
    op.create_table(
        "allocations",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("decision_id", BIGINT, nullable=False),
        sa.Column("transaction_id", BIGINT, nullable=False),
        sa.Column("invoice_id", BIGINT, nullable=False),
        sa.Column("amount_cents", BIGINT, nullable=False),
        sa.Column("write_off_cents", BIGINT, nullable=False),
        sa.Column("write_off_reason", sa.String(255), nullable=True),
        sa.Column("reverses_id", BIGINT, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(write_off_cents = 0) = (write_off_reason IS NULL)",
            name=op.f("ck_allocations_write_off_has_a_reason"),
        ),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_allocations_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_allocations_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_allocations_invoice_id_invoices")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["allocations.id"], name=op.f("fk_allocations_reverses_id_allocations")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_allocations_transaction_id_transactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_allocations_reverses_id")),
    )
    op.create_index(op.f("ix_allocations_decision_id"), "allocations", ["decision_id"], unique=False)
    op.create_index("ix_allocations_invoice", "allocations", ["invoice_id", "id"], unique=False)
    op.create_index("ix_allocations_transaction", "allocations", ["transaction_id", "id"], unique=False)


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", BIGINT, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(255), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("action", sa.String(255), nullable=False),
        sa.Column("object_type", sa.String(255), nullable=False),
        sa.Column("object_id", sa.String(255), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(255), nullable=False),
        sa.Column("hash", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_object", "audit", ["object_type", "object_id", "seq"], unique=False)


def _create_audit_head() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", BIGINT, autoincrement=False, nullable=False),
        sa.Column("seq", BIGINT, nullable=False),
        sa.Column("hash", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )


def _seed_audit_head() -> None:
    """One row, locked by whoever adds a line to the trail."""
    head = sa.table("audit_head", sa.column("id"), sa.column("seq"), sa.column("hash"))
    op.execute(head.insert().values(id=1, seq=0, hash="0" * 64))


def _protect_history() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _protect_on_sqlite()
    else:
        _protect_on_postgresql()


def _protect_on_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb} refused'); END"
            )


def _protect_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP "
        "USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _unprotect_history() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        for name in (f"{table}_no_update", f"{table}_no_delete") if sqlite else (f"{table}_append_only",):
            op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {table}")
    if not sqlite:
        op.execute("DROP FUNCTION refuse_change()")
