"""Close what was paid too much: a payment is explained by its invoices and an agreed remainder.

SQLite cannot alter a CHECK. Its documentation (lang_altertable, "Making Other Kinds Of Table Schema
Changes") allows the text of the table to be replaced for a changed CHECK, without rewriting rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# SQLite gives a row id of its own only to a column declared exactly INTEGER.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATE = "ck_transactions_state_matches_allocations"
WITHOUT_REMAINDER = (
    "state IS NULL AND allocated_cents = 0"
    " OR state IN ('unmatched', 'proposed', 'ignored') AND allocated_cents = 0"
    " OR state = 'partly_allocated' AND allocated_cents > 0 AND allocated_cents < amount_cents"
    " OR state = 'allocated' AND allocated_cents = amount_cents AND allocated_cents > 0"
)
WITH_REMAINDER = (
    "(remainder_cents = 0) = (remainder_reason IS NULL) AND ("
    "state IS NULL AND allocated_cents = 0 AND remainder_cents = 0"
    " OR state IN ('unmatched', 'proposed', 'ignored') AND allocated_cents = 0 AND remainder_cents = 0"
    " OR state = 'partly_allocated' AND allocated_cents > 0 AND allocated_cents < amount_cents"
    " AND remainder_cents = 0"
    " OR state = 'allocated' AND allocated_cents > 0 AND remainder_cents >= 0"
    " AND allocated_cents + remainder_cents = amount_cents)"
)


def upgrade() -> None:
    """Add the remainder to payments and decisions, then let the state count it."""
    for table in ("transactions", "decisions"):
        op.add_column(table, sa.Column("remainder_cents", BIGINT, nullable=False, server_default="0"))
        op.add_column(table, sa.Column("remainder_reason", sa.String(255), nullable=True))
    _replace_check(WITHOUT_REMAINDER, WITH_REMAINDER)


def downgrade() -> None:
    """Take it away: a payment closed with a remainder is partly allocated again."""
    op.execute(
        "UPDATE transactions SET remainder_cents = 0, remainder_reason = NULL, state = 'partly_allocated'"
        " WHERE remainder_cents > 0"
    )
    _replace_check(WITH_REMAINDER, WITHOUT_REMAINDER)
    for table in ("transactions", "decisions"):
        op.drop_column(table, "remainder_reason")
        op.drop_column(table, "remainder_cents")


def _replace_check(old: str, new: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _replace_on_sqlite(old, new)
        return
    op.drop_constraint(op.f(STATE), "transactions", type_="check")
    op.create_check_constraint(op.f(STATE), "transactions", new)


def _replace_on_sqlite(old: str, new: str) -> None:
    connection = op.get_bind()
    text = connection.scalar(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'transactions'")
    )
    if not isinstance(text, str) or text.count(old) != 1:
        raise RuntimeError("the transactions table is not the one this migration knows")
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = 'transactions'"),
        {"sql": text.replace(old, new)},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))
