"""Compare lines with the invoices already known: what is the same, what completes, what contradicts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.invoices.importing.layout import Layout
from bot.invoices.save import conflict_reason
from bot.locale import fr
from store.db.engine import Database
from store.invoices.parties import InvoiceConflict, email_key, find_or_add_talent
from store.invoices.save import NewInvoice, save_invoice
from store.models import Collaboration, Invoice, selects
from store.text import clean, fold, number_key
from store.types import InvoiceKind, InvoiceStatus

Line = tuple[int, NewInvoice]
_PLAIN_FIELDS = ("kind", "currency", "total_cents", "net_total_cents", "issue_date", "due_date", "language")


@dataclass(slots=True)
class Verdict:
    """By line: found the same; refused and why; completed by what is known, where it changes something."""

    unchanged: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    completed: dict[int, NewInvoice] = field(default_factory=dict)


async def compare(
    database: Database, batch: Sequence[Line], layout: Layout, now: datetime, *, update: bool
) -> Verdict:
    """Try a batch in a transaction that is rolled back: the rules of saving are told by saving itself.

    Known invoices are only changed with ``update``, and never once they have payments.
    """
    verdict = Verdict()
    async with database.write() as session:
        known = await _known(session, batch)
        talents: set[tuple[str | None, str | None]] = set()
        for line, invoice in batch:
            before = known.get(number_key(invoice.number))
            if before is not None:
                completed = _complete(invoice, before, layout)
                if is_same(completed, before):
                    verdict.unchanged.append(line)
                else:
                    await _try_change(session, line, completed, before, now, verdict, update=update)
            elif (invoice.talent, invoice.talent_email) not in talents:
                talents.add((invoice.talent, invoice.talent_email))
                try:
                    await find_or_add_talent(session, invoice.talent, invoice.talent_email, now)
                except InvoiceConflict as conflict:
                    verdict.refused[line] = conflict_reason(conflict)
        await session.rollback()
    return verdict


async def _known(session: AsyncSession, batch: Sequence[Line]) -> dict[str, Invoice]:
    keys = [number_key(invoice.number) for _, invoice in batch]
    query = select(Invoice).where(Invoice.number_key.in_(keys)).options(*selects.whole_invoice())
    return {row.number_key: row for row in await session.scalars(query)}


async def _try_change(
    session: AsyncSession,
    line: int,
    invoice: NewInvoice,
    before: Invoice,
    now: datetime,
    verdict: Verdict,
    *,
    update: bool,
) -> None:
    facts, status, settled = _facts(before), before.status, before.settled_cents
    completes = _completes_an_address(invoice, before)
    try:
        async with session.begin_nested():
            saved = await save_invoice(session, invoice, now)
    except InvoiceConflict as conflict:
        verdict.refused[line] = f"facture {invoice.number} : {conflict_reason(conflict)}"
        return
    if saved.kind == "unchanged":
        # A line that only brings an address is saved all the same.
        if not completes:
            verdict.unchanged.append(line)
    elif settled or status == InvoiceStatus.PAID:
        verdict.refused[line] = f"la facture {invoice.number} a déjà reçu des paiements, elle ne change plus"
    elif update:
        verdict.completed[line] = invoice
    else:
        after = _facts(saved.invoice)
        different = [name for name in facts if facts[name] != after[name]] or ["références"]
        verdict.refused[line] = (
            f"la facture {invoice.number} est connue avec un autre contenu "
            f"({fr.join(different)}) ; --update la modifie"
        )


def is_same(invoice: NewInvoice, known: Invoice) -> bool:
    """Compare field by field, without saving: importing a file again must be quick.

    False only means that saving has to tell; the addresses must agree too.
    """
    return (
        clean(invoice.number).strip() == known.number
        and all(getattr(invoice, name) == getattr(known, name) for name in _PLAIN_FIELDS)
        and fold(invoice.client) == known.client.name_key
        and email_key(invoice.client_email) in {None, known.client.email}
        and _same_deal(invoice, known.collaboration)
    )


def _same_deal(invoice: NewInvoice, known: Collaboration | None) -> bool:
    if known is None:
        return not (invoice.collaboration or invoice.talent or invoice.talent_email)
    if known.talent is None:
        same_talent = not (invoice.talent or invoice.talent_email)
    else:
        addresses = {None, known.talent.email}
        same_name = fold(invoice.talent or "") == known.talent.name_key
        same_talent = same_name and email_key(invoice.talent_email) in addresses
    return same_talent and fold(invoice.collaboration or invoice.number) == known.title_key


def _complete(invoice: NewInvoice, known: Invoice, layout: Layout) -> NewInvoice:
    """What the file does not say stays as it is known: an absent column or an empty cell changes nothing."""
    collaboration = known.collaboration
    talent = collaboration.talent if collaboration else None
    named = invoice.talent or invoice.talent_email
    return replace(
        invoice,
        talent=invoice.talent if named else (talent.name if talent else None),
        talent_email=invoice.talent_email if named else (talent.email if talent else None),
        collaboration=invoice.collaboration or (collaboration.title if collaboration else None),
        issue_date=invoice.issue_date or known.issue_date,
        net_total_cents=invoice.net_total_cents
        if invoice.net_total_cents is not None
        else known.net_total_cents,
        currency=invoice.currency if "currency" in layout.positions else known.currency,
        kind=invoice.kind if "kind" in layout.positions else InvoiceKind(known.kind),
        language=invoice.language if "language" in layout.positions else known.language,
    )


def _completes_an_address(invoice: NewInvoice, known: Invoice) -> bool:
    talent = known.collaboration.talent if known.collaboration else None
    client_gains = bool(invoice.client_email) and known.client.email is None
    return client_gains or (bool(invoice.talent_email) and talent is not None and talent.email is None)


def _facts(invoice: Invoice) -> dict[str, object]:
    """What people compare, under the names they read; copied, since saving changes the row in place."""
    collaboration = invoice.collaboration
    return {
        "montant": invoice.total_cents,
        "devise": invoice.currency,
        "client": invoice.client.name,
        "échéance": invoice.due_date,
        "émission": invoice.issue_date,
        "type": invoice.kind,
        "langue": invoice.language,
        "collaboration": collaboration.title if collaboration else None,
        "talent": collaboration.talent_id if collaboration else None,
    }
