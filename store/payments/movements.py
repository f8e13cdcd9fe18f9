"""Write down what the bank says about a movement: the newer word wins, whatever the order of arrival."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from matching import normal_name
from store.db.dialects import insert
from store.models import Transaction
from store.payments.states import NO_PAYMENT, Beginning
from store.text import clean, cut, fold

Kind = Literal["new", "updated", "unchanged", "stale"]

# Rows per statement: far below SQLite's 32 766 and PostgreSQL's 32 767 bound parameters.
ROWS_PER_INSERT = 500
KEYS_PER_SELECT = 1_000
SEARCH_LENGTH = 1_000
PAYER_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransaction:
    """One movement as the bank reports it now. Cents are positive, ``side`` gives the direction.

    ``beginning`` is written with a new row, in the same statement; it never touches one that is there.
    ``needs_reread``: it was taken from a webhook while the bank could not be asked.
    """

    qonto_id: str
    side: str
    status: str
    amount_cents: int
    currency: str
    bank_updated_at: datetime
    payload: dict[str, Any]
    slug: str | None = None
    bank_account_qonto_id: str | None = None
    operation_type: str | None = None
    local_amount_cents: int | None = None
    local_currency: str | None = None
    label: str | None = None
    reference: str | None = None
    note: str | None = None
    counterparty_name: str | None = None
    counterparty_iban: str | None = None
    emitted_at: datetime | None = None
    settled_at: datetime | None = None
    needs_reread: bool = False
    beginning: Beginning = NO_PAYMENT


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of one movement. ``changed`` names the bank's fields that now say something else.

    An amount, currency or side that people already relied on is reported here but not written: the row
    keeps what was decided upon, the payload keeps what the bank says.
    """

    kind: Kind
    transaction: Transaction
    changed: frozenset[str]


_CONTENT = tuple(
    field.name
    for field in fields(NewTransaction)
    if field.name not in {"qonto_id", "bank_updated_at", "payload", "needs_reread", "beginning"}
)
_INVISIBLE = frozenset({"slug", "operation_type", "bank_account_qonto_id"})
_DERIVED_FROM = frozenset({"label", "reference", "counterparty_name", "settled_at", "emitted_at"})


async def upsert_many(session: AsyncSession, rows: Sequence[NewTransaction], now: datetime) -> list[Upserted]:
    """Write up to about 1 000 movements; one result per bank id, in order of first appearance.

    A newer ``bank_updated_at`` wins; an equal one with other content is an update; an older one is stale.
    Rows stay locked until the end of the transaction. Raises ValueRefused for what cannot be stored.
    """
    newest = _newest(rows)
    known = await _lock_known(session, newest)
    missing = [new for qonto_id, new in newest.items() if qonto_id not in known]
    inserted = await _insert(session, missing, now)
    raced = [new.qonto_id for new in missing if new.qonto_id not in inserted]
    known |= await _lock_known(session, raced)
    return [
        Upserted("new", inserted[qonto_id], frozenset(_CONTENT))
        if qonto_id in inserted
        else _merge(known[qonto_id], new, now)
        for qonto_id, new in newest.items()
    ]


def _newest(rows: Sequence[NewTransaction]) -> dict[str, NewTransaction]:
    """Keep the last word on each id: the same row may appear twice while pages drift."""
    newest: dict[str, NewTransaction] = {}
    for row in rows:
        qonto_id = clean(row.qonto_id)
        other = newest.get(qonto_id)
        if other is None or row.bank_updated_at >= other.bank_updated_at:
            newest[qonto_id] = row
    return newest


async def _lock_known(session: AsyncSession, qonto_ids: Iterable[str]) -> dict[str, Transaction]:
    """Lock in one order everywhere, so that two chunks cannot wait for each other."""
    wanted = sorted(qonto_ids)
    rows: dict[str, Transaction] = {}
    for start in range(0, len(wanted), KEYS_PER_SELECT):
        query = (
            select(Transaction)
            .where(Transaction.qonto_id.in_(wanted[start : start + KEYS_PER_SELECT]))
            .order_by(Transaction.qonto_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        rows |= {row.qonto_id: row for row in await session.scalars(query)}
    return rows


async def _insert(
    session: AsyncSession, rows: Sequence[NewTransaction], now: datetime
) -> dict[str, Transaction]:
    """Insert what nobody has inserted meanwhile; returns only what this call inserted."""
    values = sorted((_values(row, now) for row in rows), key=lambda value: str(value["qonto_id"]))
    inserted: dict[str, Transaction] = {}
    for start in range(0, len(values), ROWS_PER_INSERT):
        statement = insert(session, Transaction).on_conflict_do_nothing(index_elements=["qonto_id"])
        result = await session.scalars(
            statement.returning(Transaction), values[start : start + ROWS_PER_INSERT]
        )
        inserted |= {row.qonto_id: row for row in result}
    return inserted


def _values(new: NewTransaction, now: datetime) -> dict[str, Any]:
    return {
        **{name: getattr(new, name) for name in _CONTENT},
        "qonto_id": new.qonto_id,
        "bank_updated_at": new.bank_updated_at,
        "payload": new.payload,
        "needs_reread": new.needs_reread,
        **asdict(new.beginning),
        "allocated_cents": 0,
        "remainder_cents": 0,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        **_derived(new),
    }


def _derived(new: NewTransaction) -> dict[str, Any]:
    words = " ".join(part for part in (new.counterparty_name, new.reference, new.label) if part)
    payer_key = normal_name(clean(new.counterparty_name)) if new.counterparty_name else ""
    return {
        "search_text": cut(fold(words), SEARCH_LENGTH),
        "payer_key": payer_key[:PAYER_KEY_LENGTH] or None,
        "ordered_at": new.settled_at or new.emitted_at or new.bank_updated_at,
    }


def _merge(row: Transaction, new: NewTransaction, now: datetime) -> Upserted:
    if new.bank_updated_at < row.bank_updated_at:
        return Upserted("stale", row, frozenset())
    changed = frozenset(name for name in _CONTENT if getattr(row, name) != _stored(getattr(new, name)))
    held = changed & _relied_upon(row)
    if changed == held and row.payload == new.payload and not row.needs_reread:
        changed = held = frozenset()  # it was told when it came, and no one asked again
    for name in changed - held:
        setattr(row, name, getattr(new, name))
    if changed & _DERIVED_FROM:
        for name, value in _derived(new).items():
            setattr(row, name, value)
    _note_reading(row, new)
    if changed - _INVISIBLE:
        row.version += 1
        row.updated_at = now
    return Upserted("updated" if changed else "unchanged", row, changed)


def _note_reading(row: Transaction, new: NewTransaction) -> None:
    """Remember what was read and when the bank wrote it, without touching a row that says the same."""
    if row.bank_updated_at != new.bank_updated_at:
        row.bank_updated_at = new.bank_updated_at
    if row.payload != new.payload:
        row.payload = new.payload
    if row.needs_reread != new.needs_reread:
        row.needs_reread = new.needs_reread


def _relied_upon(row: Transaction) -> frozenset[str]:
    """What the bank may no longer change in silence once people relied on it."""
    if row.allocated_cents:
        return frozenset({"amount_cents", "currency", "side"})
    return frozenset({"side"}) if row.state is not None else frozenset()


def _stored(value: object) -> object:
    """The value as it would be read back."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return value
