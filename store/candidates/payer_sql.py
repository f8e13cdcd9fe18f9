"""The statements behind ``payer_memory``: what was decided about the latest payments of a payer."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from sqlalchemy import String, column, text
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import TextualSelect

from store.candidates.sql import united
from store.models import Transaction
from store.models.selects import applied, as_text, standing
from store.types import Int64, PayerKeyKind, UtcDateTime

PAYMENTS_READ = 200
PAST_READ = 5
TWIN, IGNORED = "twin", "ignored"
DISMISSED, FORGOTTEN, DECLARED = "dismissed", "forgotten", "declared"
GIVEN, UNDONE, REFUSED = "given", "undone", "refused"

# Where the payments of a payer are found, by an index.
COLUMNS: Mapping[PayerKeyKind, InstrumentedAttribute[str | None]] = {
    PayerKeyKind.IBAN: Transaction.counterparty_iban,
    PayerKeyKind.ALIAS: Transaction.payer_key,
}

# Every part gives the same columns: kind of key, part, number, other number, word, moment.
# Counted in the database: a payer known for years would otherwise bring hundreds of rows for each payment.
_RECENT = """
    SELECT id AS number, amount_cents, state, ordered_at AS moment
    FROM transactions WHERE {column} = :{kind} ORDER BY ordered_at DESC LIMIT {limit}
"""
_IGNORED = """
    SELECT '{kind}' AS kind, 'ignored' AS part, recent.number, 0 AS other, '' AS word, recent.moment
    FROM ({recent}) AS recent WHERE recent.state = 'ignored'
"""
# Another payment of the same cents: only then are the twins worth a question.
_TWIN = """
    SELECT '{kind}' AS kind, 'twin' AS part, count(*) AS number, 0 AS other, '' AS word,
        max(recent.moment) AS moment
    FROM ({recent}) AS recent WHERE recent.amount_cents = :cents AND recent.number <> :payment
"""
_DISMISSED = """
    SELECT '' AS kind, 'dismissed' AS part, invoice_id AS number, 0 AS other, '' AS word, created_at AS moment
    FROM rejections WHERE transaction_id = :payment
"""
_FORGOTTEN = """
    SELECT key_kind AS kind, 'forgotten' AS part, 0 AS number, 0 AS other, '' AS word, forgotten_at AS moment
    FROM forgotten_payers WHERE key_kind = '{kind}' AND key = :{kind}
"""
_DECLARED = """
    SELECT key_kind AS kind, 'declared' AS part, 0 AS number, 0 AS other, payer_class AS word,
        declared_at AS moment
    FROM payer_classes WHERE key_kind = '{kind}' AND key = :{kind}
"""
_NOT_FORGOTTEN = """
    NOT EXISTS (
        SELECT 1 FROM forgotten_payers f
        WHERE f.key_kind = '{kind}' AND f.key = :{kind} AND f.forgotten_at >= {moment}
    )
"""
# To which clients how many payments were applied, and how many of those were undone.
_GIVEN = """
    SELECT '{kind}' AS kind, said.part, count(DISTINCT said.number) AS number, said.client_id AS other,
        max(said.name) AS word, max(said.moment) AS moment
    FROM (
        SELECT CASE WHEN {standing} THEN 'given' ELSE 'undone' END AS part, recent.number, i.client_id,
            c.name, recent.moment
        FROM ({recent}) AS recent JOIN allocations given ON given.transaction_id = recent.number
        JOIN invoices i ON i.id = given.invoice_id JOIN clients c ON c.id = i.client_id
        WHERE {applied} AND {not_forgotten}
    ) AS said GROUP BY said.part, said.client_id
"""
# Which clients « Aucune de ces factures » refused: no suggestion that a choice passed over at once.
_REFUSED = """
    SELECT '{kind}' AS kind, 'refused' AS part, count(DISTINCT recent.number) AS number,
        i.client_id AS other, max(c.name) AS word, max(recent.moment) AS moment
    FROM ({recent}) AS recent JOIN rejections refused ON refused.transaction_id = recent.number
    JOIN invoices i ON i.id = refused.invoice_id JOIN clients c ON c.id = i.client_id
    WHERE {not_forgotten} AND NOT EXISTS (
        SELECT 1 FROM decisions d WHERE d.transaction_id = refused.transaction_id
        AND d.kind = 'associate' AND d.decided_at = refused.created_at
    )
    GROUP BY i.client_id
"""
_PAST = """
    SELECT t.id, t.amount_cents, t.currency, t.side, t.operation_type, t.label, t.reference,
        t.counterparty_name, t.counterparty_iban, t.ordered_at, given.invoice_id,
        given.amount_cents AS given_cents
    FROM (
        SELECT * FROM transactions WHERE counterparty_iban = :iban AND amount_cents = :cents
        AND currency = :currency AND status = 'completed' AND id <> :payment
        ORDER BY ordered_at DESC LIMIT {limit}
    ) AS t
    LEFT JOIN allocations given ON given.transaction_id = t.id AND {standing}
    ORDER BY t.ordered_at DESC, t.id, given.id
"""


@lru_cache(maxsize=8)
def known(kinds: Collection[PayerKeyKind], *, dismissed: bool, twins: bool) -> TextualSelect:
    """What was decided about a payer's latest payments under each key it has, and what an admin said of it.

    With ``dismissed``, also the invoices that were refused for the payment in hand; with ``twins``, how many
    other payments of the same cents came from its IBAN.
    """
    parts = [part for kind in kinds for part in _about(kind)]
    if dismissed:
        parts.append(_DISMISSED)
    if twins:
        parts.append(_TWIN.format(kind=PayerKeyKind.IBAN, recent=_recent(PayerKeyKind.IBAN)))
    return text(united(parts)).columns(
        column("kind", String),
        column("part", String),
        column("number", Int64),
        column("other", Int64),
        column("word", String),
        column("moment", UtcDateTime),
    )


def _recent(kind: PayerKeyKind) -> str:
    return _RECENT.format(kind=kind, column=COLUMNS[kind].key, limit=PAYMENTS_READ)


def _about(kind: PayerKeyKind) -> list[str]:
    said = [
        query.format(
            kind=kind,
            recent=_recent(kind),
            applied=as_text(applied, "given"),
            standing=as_text(standing, "given"),
            not_forgotten=_NOT_FORGOTTEN.format(kind=kind, moment=f"{alias}.created_at"),
        )
        for query, alias in ((_GIVEN, "given"), (_REFUSED, "refused"))
    ]
    ignored = _IGNORED.format(kind=kind, recent=_recent(kind))
    return [ignored, *said, _FORGOTTEN.format(kind=kind), _DECLARED.format(kind=kind)]


@lru_cache(maxsize=1)
def past() -> TextualSelect:
    """The latest settled movements with the same IBAN, amount and currency, and what stands of each."""
    return text(_PAST.format(limit=PAST_READ, standing=as_text(standing, "given"))).columns(
        column("id", Int64),
        column("amount_cents", Int64),
        column("currency", String),
        column("side", String),
        column("operation_type", String),
        column("label", String),
        column("reference", String),
        column("counterparty_name", String),
        column("counterparty_iban", String),
        column("ordered_at", UtcDateTime),
        column("invoice_id", Int64),
        column("given_cents", Int64),
    )
