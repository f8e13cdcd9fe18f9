"""Build the ledger's keys from the bank's id of a payment, as log lines name it, not from our number."""

import hashlib
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0105"
down_revision = "0104"
branch_labels = None
depends_on = None

LONGEST_ID = 200
CARDS = (
    "SELECT m.id, m.purpose, m.object_id, m.talent_id, t.qonto_id FROM messages m"
    " JOIN transactions t ON t.id = m.object_id WHERE m.purpose = 'payment_card'"
)
NOTICES = (
    "SELECT m.id, m.purpose, m.object_id, m.talent_id, t.qonto_id FROM messages m"
    " JOIN decisions d ON d.id = m.object_id JOIN transactions t ON t.id = d.transaction_id"
    " WHERE m.purpose IN ('talent_paid', 'talent_correction') AND m.talent_id IS NOT NULL"
)


def upgrade() -> None:
    """Rename what is about a payment. What stands in Slack keeps its former key, which the sender knows."""
    _rename(CARDS, lambda row: f"{row.purpose}:{_short(row.qonto_id)}")
    _rename(NOTICES, lambda row: f"{row.purpose}:{_short(row.qonto_id)}:{row.object_id}:{row.talent_id}")


def downgrade() -> None:
    """Give the former keys back."""
    _rename(CARDS, lambda row: f"{row.purpose}:{row.object_id}")
    _rename(NOTICES, lambda row: f"{row.purpose}:{row.object_id}:{row.talent_id}")


def _short(payment_id: str) -> str:
    if len(payment_id) <= LONGEST_ID:
        return payment_id
    return hashlib.sha256(payment_id.encode()).hexdigest()


def _rename(query: str, key: Callable[[Any], str]) -> None:
    connection = op.get_bind()
    keys = [{"id": row.id, "key": key(row)} for row in connection.execute(sa.text(query))]
    if keys:
        connection.execute(sa.text("UPDATE messages SET key = :key WHERE id = :id"), keys)
