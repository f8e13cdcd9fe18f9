"""Store what an admin declared a payer to be, and what the matcher weighed before each decision."""

import sqlalchemy as sa
from alembic import op

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None

# SQLite gives a row id of its own only to a column declared exactly INTEGER.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "payer_classes",
        sa.Column("key_kind", sa.String(255), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("payer_class", sa.String(255), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("key_kind", "key", name=op.f("pk_payer_classes")),
    )
    op.create_table(
        "weighed_rounds",
        sa.Column("transaction_id", BIG, nullable=False),
        sa.Column("round", BIG, nullable=False),
        sa.Column("weighing", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
            name=op.f("fk_weighed_rounds_transaction_id_transactions"),
        ),
        sa.PrimaryKeyConstraint("transaction_id", "round", name=op.f("pk_weighed_rounds")),
    )


def downgrade() -> None:
    """Drop both: payers are classed by their names and payments again, and refits wait for new decisions."""
    op.drop_table("weighed_rounds")
    op.drop_table("payer_classes")
