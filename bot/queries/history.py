"""Use cases: search past payments, and tell everything that happened to one. No Slack in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only
from bot.context import Actor, Context
from bot.errors import NotFoundError
from bot.queries.payment import PaymentView, SuggestionView, load_view, load_views, suggestion_view
from store.messages.keys import card_key, talent_key
from store.models import Allocation, AuditEntry, Decision, Message, Transaction
from store.models.selects import whole_invoices
from store.queries import history
from store.queries.history import Filter, Record
from store.types import ActorKind, MessagePurpose, MessageState

PAGE = 8
REFUSED = "refused:"
# What the audit trail says that no other table does.
_AUDITED = frozenset({"bank_changed", "bank_problem_settled"})


@dataclass(frozen=True, slots=True)
class Page:
    """Some payments, newest first; ``total`` and ``cents`` are about all that fit the filter."""

    views: tuple[PaymentView, ...]
    offset: int
    total: int
    cents: dict[str, int]

    @property
    def has_older(self) -> bool:
        """Whether another page follows."""
        return self.offset + len(self.views) < self.total


@dataclass(frozen=True, slots=True)
class Moved:
    """What one decision gave to one invoice: cents (negative when taken back), and the gap accepted."""

    number: str
    client: str
    amount_cents: int
    write_off_cents: int
    write_off_reason: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``kind`` names the sentence; the rest is what that sentence needs."""

    at: datetime
    kind: str
    actor_kind: str | None = None
    actor: str | None = None
    moved: tuple[Moved, ...] = ()
    suggestions: tuple[SuggestionView, ...] = ()
    followed: SuggestionView | None = None
    remainder_cents: int = 0
    remainder_reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One payment and everything that happened to it, oldest first."""

    view: PaymentView
    events: tuple[Event, ...]


@admins_only("history")
async def search(ctx: Context, _actor: Actor, *, wanted: Filter, offset: int = 0) -> Page:
    """List payments that fit, a page at a time. Raises NotAllowedError, audited."""
    async with ctx.database.read() as session:
        found = await history.find_payments(session, wanted, offset=offset, limit=PAGE)
        views = await load_views(session, found.ids)
    return Page(tuple(views), offset, found.total, found.cents)


@admins_only("history")
async def tell(ctx: Context, _actor: Actor, *, transaction_id: int) -> Story:
    """Tell one payment's story. Raises NotAllowedError (audited), NotFoundError."""
    async with ctx.database.read() as session:
        view = await load_view(session, transaction_id)
        transaction = await session.get(Transaction, transaction_id)
        if view is None or transaction is None:
            raise NotFoundError("Ce paiement est inconnu.")
        record = await history.read_record(session, transaction_id)
        suggestions = await _suggestions(session, record)
        messages = await history.read_messages(session, _keys(transaction.qonto_id, record))
        names = await history.talent_names(session, {row.talent_id for row in messages if row.talent_id})
    events = [Event(transaction.created_at, "received")]
    events += _rounds(record, suggestions)
    events += [_decided(row, record, suggestions) for row in record.decisions]
    events += [event for row in record.audit for event in _audited(row)]
    events += [event for row in messages for event in _told(row, names)]
    return Story(view, tuple(sorted(events, key=lambda event: event.at)))


async def _suggestions(session: AsyncSession, record: Record) -> dict[int, SuggestionView]:
    ids = {part["invoice_id"] for row in record.suggestions for part in row.allocations}
    invoices = await whole_invoices(session, ids)
    return {row.id: suggestion_view(row, invoices, ()) for row in record.suggestions}


def _rounds(record: Record, suggestions: dict[int, SuggestionView]) -> Iterator[Event]:
    """Tell each run of the matcher that said something new."""
    said: tuple[object, ...] | None = None
    for run in record.rounds:
        rows = [row for row in record.suggestions if row.round == run.round]
        shown = tuple(suggestions[row.id] for row in sorted(rows, key=lambda row: row.rank))
        names = tuple(tuple((line.number, line.amount_cents) for line in one.lines) for one in shown)
        if names == said:
            continue
        said = names
        yield Event(run.created_at, "suggested", suggestions=shown)


def _decided(row: Decision, record: Record, suggestions: dict[int, SuggestionView]) -> Event:
    return Event(
        row.decided_at,
        row.kind,
        row.actor_kind,
        row.actor,
        moved=tuple(_moved(one) for one in record.allocations if one.decision_id == row.id),
        followed=suggestions.get(row.proposal_id or 0),
        remainder_cents=row.remainder_cents,
        remainder_reason=row.remainder_reason,
        note=row.reason,
    )


def _moved(row: Allocation) -> Moved:
    return Moved(
        row.invoice.number,
        row.invoice.client.name,
        row.amount_cents,
        row.write_off_cents,
        row.write_off_reason,
    )


def _audited(row: AuditEntry) -> Iterator[Event]:
    if row.action.startswith(REFUSED):
        action = row.action.removeprefix(REFUSED)
        yield Event(row.at, "refused", row.actor_kind, row.actor, note=action)
    elif row.action in _AUDITED:
        yield Event(row.at, row.action, row.actor_kind, row.actor, note=row.details.get("problem"))


def _keys(payment_id: str, record: Record) -> list[str]:
    """Name the messages there may be: the card, and two for each talent a decision paid."""
    keys = {card_key(payment_id): None}
    for decision_id, talent_id in _paid_talents(record.allocations):
        for purpose in (MessagePurpose.TALENT_PAID, MessagePurpose.TALENT_CORRECTION):
            keys[talent_key(purpose, payment_id, decision_id, talent_id)] = None
    return list(keys)


def _paid_talents(rows: Sequence[Allocation]) -> Iterable[tuple[int, int]]:
    for row in rows:
        collaboration = row.invoice.collaboration
        if collaboration is not None and collaboration.talent_id is not None:
            yield row.decision_id, collaboration.talent_id


def _told(row: Message, names: Mapping[int, str]) -> Iterator[Event]:
    """Tell what left and to whom, and what could not."""
    talent = names.get(row.talent_id or 0)
    if row.sent_at is not None:
        yield Event(row.sent_at, row.purpose, ActorKind.RULE, note=talent)
    elif row.state == MessageState.BLOCKED:
        at = row.attempted_at or row.created_at
        yield Event(at, f"{row.purpose}_blocked", ActorKind.RULE, note=talent)
