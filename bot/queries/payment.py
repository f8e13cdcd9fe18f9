"""One payment as people see it: read from the tables once, then rendered by Slack and by the REST API."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.locale import fr
from matching import Reason, sentence
from store.books.decisions import last_decision, live_allocations
from store.messages import ledger
from store.messages.keys import talent_key
from store.models import Allocation, BankAccount, Invoice, Suggestion, Transaction
from store.models.selects import whole_invoices
from store.payments.waiting import get_transaction
from store.suggestions.rounds import current_round
from store.types import WAITING, InvoiceKind, InvoiceStatus, MessagePurpose, MessageState, PaymentState

SHOWN_SUGGESTIONS = 3
# A card has little room: at most four reasons (matching.md 9.10), and a payer known by its IBAN is not said
# to be known by its name too.
TOLD_REASONS = 4
_KNOWN_BY_IBAN = frozenset({"iban_known", "iban_once"})
_KNOWN_BY_NAME = "alias_known"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One invoice inside a suggestion or an association. Amounts are cents of ``currency``."""

    invoice_id: int
    number: str
    client: str
    talent: str | None
    collaboration: str | None
    currency: str
    total_cents: int
    open_cents: int
    due_date: date
    status: InvoiceStatus
    amount_cents: int
    kind: str = InvoiceKind.INVOICE
    version: int = 0


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """A suggestion: what it would pay, how sure it is, and why, in French.

    ``sentences`` are all reasons, strongest first; ``told`` those that a card has room for.
    """

    id: int
    lines: tuple[InvoiceLine, ...]
    residual_cents: int
    residual_reason: str | None
    probability: float
    confidence: str
    sentences: tuple[str, ...]
    told: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssociationView:
    """One live allocation with who decided it and when."""

    line: InvoiceLine
    decision_id: int
    actor: str
    actor_kind: str
    decided_at: datetime
    write_off_cents: int
    write_off_reason: str | None
    allocation_id: int = 0


@dataclass(frozen=True, slots=True)
class DecisionView:
    """The last decision about the payment: kind, who, when, why."""

    id: int
    kind: str
    actor: str
    actor_kind: str
    decided_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class TalentNotice:
    """How far the message to a talent got."""

    talent: str
    state: MessageState


@dataclass(frozen=True, slots=True)
class PaymentView:
    """Everything a card, a list line or a REST answer needs. ``version`` is what the view shows."""

    id: int
    qonto_id: str
    version: int
    state: PaymentState | None
    side: str
    status: str
    amount_cents: int
    allocated_cents: int
    currency: str
    label: str | None
    reference: str | None
    payer_name: str | None
    payer_iban: str | None
    settled_at: datetime | None
    account: str | None
    bank_problem: str | None
    ignored_reason: str | None
    outcome: str | None
    doubts: tuple[str, ...]
    suggestions: tuple[SuggestionView, ...]
    associations: tuple[AssociationView, ...]
    last_decision: DecisionView | None
    notices: tuple[TalentNotice, ...]
    remainder_cents: int = 0
    remainder_reason: str | None = None

    @property
    def unallocated_cents(self) -> int:
        """What neither an invoice nor an agreed remainder explains yet, in cents."""
        return self.amount_cents - self.allocated_cents - self.remainder_cents

    @property
    def waits(self) -> bool:
        """Something is left for a person to decide."""
        return self.state in WAITING


async def load_view(session: AsyncSession, transaction_id: int) -> PaymentView | None:
    """Read one payment; None when the id is unknown."""
    views = await load_views(session, [transaction_id])
    return views[0] if views else None


async def load_views(session: AsyncSession, ids: Sequence[int]) -> list[PaymentView]:
    """Read several payments, in the order of ``ids``; unknown ids are left out."""
    accounts = await _account_names(session)
    views = []
    for transaction_id in ids:
        transaction = await get_transaction(session, transaction_id)
        if transaction is not None:
            views.append(await _view(session, transaction, accounts))
    return views


async def _view(session: AsyncSession, transaction: Transaction, accounts: Mapping[str, str]) -> PaymentView:
    current = await current_round(session, transaction.id)
    live = await live_allocations(session, transaction.id)
    last = await last_decision(session, transaction.id)
    outcome = current.outcome if current else None
    doubts = tuple(_sentences(current.flags)) if current else ()
    return PaymentView(
        id=transaction.id,
        qonto_id=transaction.qonto_id,
        version=transaction.version,
        state=PaymentState(transaction.state) if transaction.state else None,
        side=transaction.side,
        status=transaction.status,
        amount_cents=transaction.amount_cents,
        allocated_cents=transaction.allocated_cents,
        currency=transaction.currency,
        label=transaction.label,
        reference=transaction.reference,
        payer_name=transaction.counterparty_name,
        payer_iban=transaction.counterparty_iban,
        settled_at=transaction.settled_at,
        account=accounts.get(transaction.bank_account_qonto_id or ""),
        bank_problem=transaction.bank_problem,
        ignored_reason=transaction.ignored_reason,
        outcome=outcome,
        doubts=doubts,
        suggestions=await _suggestions(session, current.suggestions, doubts) if current else (),
        associations=tuple(_association(allocation) for allocation in live),
        last_decision=DecisionView(
            last.id, last.kind, last.actor, last.actor_kind, last.decided_at, last.reason
        )
        if last
        else None,
        notices=await _notices(session, transaction.qonto_id, live),
        remainder_cents=transaction.remainder_cents,
        remainder_reason=transaction.remainder_reason,
    )


async def _account_names(session: AsyncSession) -> dict[str, str]:
    rows = await session.scalars(select(BankAccount))
    return {row.qonto_id: f"{row.name} {_last_four(row.iban)}".strip() for row in rows}


def _last_four(iban: str | None) -> str:
    return f"••{iban[-4:]}" if iban else ""


async def _suggestions(
    session: AsyncSession, rows: Iterable[Suggestion], doubts: Sequence[str]
) -> tuple[SuggestionView, ...]:
    """Describe the best ones; a doubt said about the whole payment is not said again under each."""
    kept = sorted(rows, key=lambda row: row.rank)[:SHOWN_SUGGESTIONS]
    ids = {part["invoice_id"] for row in kept for part in row.allocations}
    invoices = await whole_invoices(session, ids)
    return tuple(suggestion_view(row, invoices, doubts) for row in kept)


def suggestion_view(
    row: Suggestion, invoices: Mapping[int, Invoice], doubts: Sequence[str]
) -> SuggestionView:
    """Describe one suggestion, current or old; ``doubts`` are not said again."""
    return SuggestionView(
        id=row.id,
        lines=tuple(
            invoice_line(invoices[part["invoice_id"]], part["amount_cents"]) for part in row.allocations
        ),
        residual_cents=row.residual_cents,
        residual_reason=row.residual_reason,
        probability=row.probability,
        confidence=row.confidence,
        sentences=tuple(said for said in _sentences(row.reasons) if said not in doubts),
        told=tuple(said for said in _sentences(_telling(row.reasons)) if said not in doubts)[:TOLD_REASONS],
        codes=tuple(reason["code"] for reason in row.reasons),
    )


def _telling(rows: Sequence[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    by_iban = any(row["code"] in _KNOWN_BY_IBAN for row in rows)
    return (row for row in rows if not (by_iban and row["code"] == _KNOWN_BY_NAME))


def _sentences(rows: Iterable[Mapping[str, object]]) -> Iterable[str]:
    for row in rows:
        params = row.get("params")
        said = sentence(
            Reason(str(row["code"]), params if isinstance(params, dict) else {}), fr.amount, fr.day
        )
        if said:
            yield said


def invoice_line(invoice: Invoice, amount_cents: int) -> InvoiceLine:
    """Describe one invoice; its client, collaboration and talent must be loaded."""
    collaboration = invoice.collaboration
    talent = collaboration.talent if collaboration else None
    return InvoiceLine(
        invoice_id=invoice.id,
        number=invoice.number,
        client=invoice.client.name,
        talent=talent.name if talent else None,
        collaboration=collaboration.title if collaboration else None,
        currency=invoice.currency,
        total_cents=invoice.total_cents,
        open_cents=invoice.open_cents,
        due_date=invoice.due_date,
        status=InvoiceStatus(invoice.status),
        amount_cents=amount_cents,
        kind=invoice.kind,
        version=invoice.version,
    )


def _association(allocation: Allocation) -> AssociationView:
    decision = allocation.decision
    return AssociationView(
        line=invoice_line(allocation.invoice, allocation.amount_cents),
        decision_id=decision.id,
        actor=decision.actor,
        actor_kind=decision.actor_kind,
        decided_at=decision.decided_at,
        write_off_cents=allocation.write_off_cents,
        write_off_reason=allocation.write_off_reason,
        allocation_id=allocation.id,
    )


async def _notices(
    session: AsyncSession, payment_id: str, live: Sequence[Allocation]
) -> tuple[TalentNotice, ...]:
    wanted = {}
    for allocation in live:
        talent = allocation.invoice.collaboration.talent if allocation.invoice.collaboration else None
        if talent is not None:
            key = talent_key(MessagePurpose.TALENT_PAID, payment_id, allocation.decision_id, talent.id)
            wanted[key] = talent.name
    rows = {key: await ledger.find(session, key) for key in wanted}
    return tuple(
        TalentNotice(wanted[key], MessageState(row.state)) for key, row in rows.items() if row is not None
    )
