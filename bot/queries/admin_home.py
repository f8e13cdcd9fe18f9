"""Use case: read what the Home tab shows, in one snapshot and a constant number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot.locale import fr
from bot.queries.periods import last_month, this_month, this_year
from store import people
from store.models import Invoice, Suggestion, Transaction
from store.models.selects import whole_invoices
from store.payments.waiting import waiting_summary
from store.people import LinkState
from store.queries import home
from store.queries.figures import Tally
from store.queries.home import SyncState, Waiting
from store.types import InvoiceKind

PAGE = 20
RECENT = 5
UNLINKED_NAMED = 5
CLEAR = frozenset({"auto", "preselect"})


class Period(StrEnum):
    """The months that the figures cover, in Paris."""

    MONTH = "month"
    PREVIOUS = "previous"
    YEAR = "year"


PERIODS = {Period.MONTH: this_month, Period.PREVIOUS: last_month, Period.YEAR: this_year}


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One payment that waits: what is left of it in cents, and the best suggestion when there is one."""

    id: int
    left_cents: int
    amount_cents: int
    currency: str
    payer: str
    received_on: date
    is_partly: bool
    suggestion_id: int | None = None
    numbers: tuple[str, ...] = ()
    client: str | None = None
    confidence: str | None = None
    residual_cents: int = 0
    still_due_cents: int = 0
    is_clear: bool = False


@dataclass(frozen=True, slots=True)
class RecentLine:
    """One association that stands."""

    amount_cents: int
    currency: str
    payer: str
    numbers: tuple[str, ...]
    actor_kind: str
    actor: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class UnlinkedTalent:
    """A talent whose Slack account is not known, and how far the question to them got."""

    id: int
    name: str
    asked: str | None
    asked_user: str | None


@dataclass(frozen=True, slots=True)
class AdminHome:
    """All that an admin's Home shows. ``page`` counts from 1."""

    waiting: Tally
    received: Tally
    reconciled: Tally
    overdue: Tally
    period: Period
    today: date
    page: int
    pages: int
    lines: tuple[WaitingLine, ...]
    recent: tuple[RecentLine, ...]
    sync: SyncState
    has_invoices: bool
    last_payment_on: date | None
    unlinked: tuple[UnlinkedTalent, ...]
    unlinked_count: int

    @property
    def is_set_up(self) -> bool:
        """The bank was read and the agency gave invoices: nothing is left of the first steps."""
        return self.has_invoices and self.sync.synced_at is not None


async def read_admin_home(session: AsyncSession, period: Period, page: int, now: datetime) -> AdminHome:
    """Read the Home of an admin. A page beyond the last one becomes the last one."""
    today = fr.paris_day(now)
    summary = await waiting_summary(session)
    pages = max(1, -(-summary.waiting // PAGE))
    page = min(max(1, page), pages)
    months = PERIODS[period](today)
    received, reconciled = await home.received_between(session, months.since(), months.until())
    last_at = await home.last_payment_at(session)
    return AdminHome(
        waiting=Tally(summary.waiting, summary.cents_by_currency),
        received=received,
        reconciled=reconciled,
        overdue=await home.overdue(session, today),
        period=period,
        today=today,
        page=page,
        pages=pages,
        lines=await describe(session, await home.waiting_page(session, offset=(page - 1) * PAGE, limit=PAGE)),
        recent=await _recent(session),
        sync=await home.sync_state(session),
        has_invoices=await home.any_invoice(session),
        last_payment_on=fr.paris_day(last_at) if last_at else None,
        unlinked=await read_unlinked(session, UNLINKED_NAMED),
        unlinked_count=await people.count_unlinked(session),
    )


async def describe(session: AsyncSession, rows: Sequence[Waiting]) -> tuple[WaitingLine, ...]:
    """Put payments and their best suggestions in lines, in the same order."""
    wanted = {
        part["invoice_id"]
        for row in rows
        if row.suggestion is not None
        for part in row.suggestion.allocations
    }
    invoices = await whole_invoices(session, wanted)
    return tuple(_line(row, invoices) for row in rows)


def _line(row: Waiting, invoices: Mapping[int, Invoice]) -> WaitingLine:
    transaction, suggestion = row.transaction, row.suggestion
    line = WaitingLine(
        id=transaction.id,
        left_cents=transaction.unallocated_cents,
        amount_cents=transaction.amount_cents,
        currency=transaction.currency,
        payer=payer_of(transaction),
        received_on=fr.paris_day(transaction.ordered_at),
        is_partly=transaction.allocated_cents > 0,
    )
    if suggestion is None:
        return line
    named = [invoices[part["invoice_id"]] for part in suggestion.allocations]
    return replace(
        line,
        suggestion_id=suggestion.id,
        numbers=tuple(invoice.number for invoice in named),
        client=named[0].client.name,
        confidence=suggestion.confidence,
        residual_cents=suggestion.residual_cents,
        still_due_cents=_still_due(suggestion, invoices),
        is_clear=row.outcome in CLEAR,
    )


def _still_due(suggestion: Suggestion, invoices: Mapping[int, Invoice]) -> int:
    """What the invoices would still owe after a plain partial payment, in cents."""
    parts = [(invoices[part["invoice_id"]], part["amount_cents"]) for part in suggestion.allocations]
    return sum(invoice.open_cents - cents for invoice, cents in parts if invoice.kind == InvoiceKind.INVOICE)


def payer_of(transaction: Transaction) -> str:
    """Name who paid, as the bank says it."""
    return transaction.counterparty_name or transaction.label or ""


async def _recent(session: AsyncSession) -> tuple[RecentLine, ...]:
    recent = await home.recent_associations(session, RECENT)
    numbers = await home.allocated_numbers(session, [decision.id for decision, _ in recent])
    return tuple(
        RecentLine(
            amount_cents=transaction.amount_cents,
            currency=transaction.currency,
            payer=payer_of(transaction),
            numbers=tuple(numbers[decision.id]),
            actor_kind=decision.actor_kind,
            actor=decision.actor,
            decided_at=decision.decided_at,
        )
        for decision, transaction in recent
    )


async def read_unlinked(session: AsyncSession, limit: int) -> tuple[UnlinkedTalent, ...]:
    """List talents without an account, and what was asked about each."""
    rows = await people.unlinked(session, limit)
    links = await people.latest_links(session, [row.id for row in rows])
    return tuple(
        UnlinkedTalent(row.id, row.name, LinkState(link.state), link.user_id)
        if (link := links.get(row.id))
        else UnlinkedTalent(row.id, row.name, None, None)
        for row in rows
    )
