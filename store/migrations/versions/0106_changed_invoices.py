"""Note which invoices a decision moved; the worker asks again wherever they are suggested."""

import sqlalchemy as sa
from alembic import op

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None

BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table; it is empty whenever the worker has nothing left to do."""
    op.create_table(
        "changed_invoices",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("invoice_id", BIGINT, nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_changed_invoices_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changed_invoices")),
    )


def downgrade() -> None:
    """Drop it; a payment may then suggest what is settled until it is matched again."""
    op.drop_table("changed_invoices")
