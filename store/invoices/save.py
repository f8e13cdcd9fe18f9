"""Create or change one invoice; giving the same again changes nothing, contradicting a payment is refused."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient_to_detached, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from matching import reference_keys
from store.books import arithmetic
from store.db.dialects import insert
from store.invoices.parties import (
    InvoiceConflict,
    find_or_add_client,
    find_or_add_collaboration,
    find_or_add_talent,
)
from store.models import Client, Collaboration, Invoice, InvoiceReference, Talent
from store.text import clean, cut, fold, number_key
from store.types import InvoiceKind, InvoiceStatus

KEY_LENGTH = 255
SEARCH_LENGTH = 500
_NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """One invoice as a file or a request gives it: positive cents, ISO currency, plain days.

    Client, talent and collaboration are found by name or e-mail, else created.
    """

    number: str
    client: str
    total_cents: int
    due_date: date
    client_email: str | None = None
    talent: str | None = None
    talent_email: str | None = None
    collaboration: str | None = None
    net_total_cents: int | None = None
    currency: str = "EUR"
    issue_date: date | None = None
    kind: InvoiceKind = InvoiceKind.INVOICE
    language: str = "fr"
    other_references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of it; the invoice is loaded with client, collaboration and talent."""

    kind: Literal["created", "changed", "unchanged"]
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom an invoice concerns."""

    client: Client
    talent: Talent | None
    collaboration: Collaboration | None


async def save_invoice(session: AsyncSession, new: NewInvoice, now: datetime) -> Saved:
    """Create the invoice, change it, or find it the same.

    Raises InvoiceConflict when payments contradict the change (``has_payments``), the talent's e-mail is
    somebody else's (``talent_email_taken``), a name is ambiguous or empty, or the total is not positive.
    """
    key = checked_key(new)
    parties = await _parties(session, new, now)
    found = await _locked(session, key)
    if found is None:
        created = await _insert(session, new, key, parties, now)
        if created is not None:
            return Saved("created", created)
        found = await _locked(session, key)
    if found is None:
        raise LookupError("an invoice just inserted by another session cannot be read")
    return await _change(session, found, new, parties, now)


def checked_key(new: NewInvoice) -> str:
    """Give the number's key. Raises InvoiceConflict for what no invoice can be."""
    key = number_key(new.number)
    if not key:
        raise InvoiceConflict("number_empty", "an invoice needs a number")
    if new.total_cents <= 0:
        raise InvoiceConflict("total_not_positive", "kind carries the sense of a credit note")
    return key


def deal_title(new: NewInvoice, talent: Talent | None) -> str | None:
    """Name the collaboration. A talent is told about one: without a title, the invoice's number names it."""
    title = new.collaboration if new.collaboration and fold(new.collaboration) else None
    return title or (new.number if talent is not None else None)


async def _parties(session: AsyncSession, new: NewInvoice, now: datetime) -> Parties:
    client = await find_or_add_client(session, new.client, new.client_email, now)
    talent = await find_or_add_talent(session, new.talent, new.talent_email, now)
    title = deal_title(new, talent)
    if title is None:
        return Parties(client, None, None)
    collaboration = await find_or_add_collaboration(session, client, talent, title, new.currency, now)
    return Parties(client, talent, collaboration)


async def _locked(session: AsyncSession, key: str) -> Invoice | None:
    query = (
        select(Invoice)
        .where(Invoice.number_key == key)
        .options(selectinload(Invoice.references))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return await session.scalar(query)


async def _insert(
    session: AsyncSession, new: NewInvoice, key: str, parties: Parties, now: datetime
) -> Invoice | None:
    """Insert unless another session just did; None then."""
    values = new_row(new, key, parties, now)
    statement = insert(session, Invoice).on_conflict_do_nothing(index_elements=["number_key"])
    added = await session.scalar(statement.returning(Invoice.id), [values])
    if added is None:
        return None
    # The row is known whole: reading it back would double the cost of an import.
    invoice = Invoice(id=added, **values)
    make_transient_to_detached(invoice)
    session.add(invoice)
    await session.execute(insert(session, InvoiceReference), reference_rows(added, new))
    _attach(invoice, parties)
    if invoice.kind == InvoiceKind.INVOICE and parties.collaboration is not None:
        await arithmetic.reopen_collaboration(session, parties.collaboration)
    return invoice


def new_row(new: NewInvoice, key: str, parties: Parties, now: datetime) -> dict[str, Any]:
    """Name every column of an invoice that nothing was paid on yet."""
    return {
        **_content(new, parties),
        "number_key": key,
        "qonto_id": None,
        "status": InvoiceStatus.OPEN,
        "settled_cents": 0,
        "open_cents": new.total_cents,
        "paid_at": None,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def reference_rows(invoice_id: int, new: NewInvoice) -> list[dict[str, Any]]:
    """Name the look-up keys of an invoice."""
    return [{"invoice_id": invoice_id, "key": key, "kind": kind} for key, kind in _keys(new)]


def _attach(invoice: Invoice, parties: Parties) -> None:
    """Load the relationships with what is at hand."""
    set_committed_value(invoice, "client", parties.client)
    set_committed_value(invoice, "collaboration", parties.collaboration)
    if parties.collaboration is not None:
        set_committed_value(parties.collaboration, "client", parties.client)
        set_committed_value(parties.collaboration, "talent", parties.talent)


def _content(new: NewInvoice, parties: Parties) -> dict[str, Any]:
    return {
        "number": clean(new.number).strip(),
        "client_id": parties.client.id,
        "collaboration_id": parties.collaboration.id if parties.collaboration else None,
        "kind": new.kind,
        "currency": new.currency,
        "total_cents": new.total_cents,
        "net_total_cents": new.net_total_cents,
        "issue_date": new.issue_date,
        "due_date": new.due_date,
        "language": new.language,
        "search_text": _search_text(new, parties),
    }


def _search_text(new: NewInvoice, parties: Parties) -> str:
    """The number as written and without punctuation, then the names; folded."""
    names = (
        parties.client.name,
        parties.talent.name if parties.talent else "",
        parties.collaboration.title if parties.collaboration else "",
    )
    number = fold(new.number)
    compact = _NOT_ALPHANUMERIC.sub("", number)
    parts = dict.fromkeys([number, compact, *(fold(name) for name in names)])
    return cut(" ".join(part for part in parts if part), SEARCH_LENGTH)


def _keys(new: NewInvoice) -> list[tuple[str, str]]:
    others = tuple(clean(one) for one in new.other_references)
    keys = reference_keys(clean(new.number), others)
    return list(dict.fromkeys((key[:KEY_LENGTH], str(kind)) for key, kind in keys))


async def _change(
    session: AsyncSession, invoice: Invoice, new: NewInvoice, parties: Parties, now: datetime
) -> Saved:
    content = _content(new, parties)
    changed = {name for name, value in content.items() if getattr(invoice, name) != value}
    keys = _keys(new)
    same_keys = set(keys) == {(row.key, row.kind) for row in invoice.references}
    if not changed and same_keys:
        _attach(invoice, parties)
        return Saved("unchanged", invoice)
    _refuse_contradiction(invoice, changed)
    touched = [invoice.collaboration_id, content["collaboration_id"]]
    for name in changed:
        setattr(invoice, name, content[name])
    if invoice.status != InvoiceStatus.CANCELLED:
        invoice.open_cents = invoice.total_cents - invoice.settled_cents
    if not same_keys:
        await _replace_references(session, invoice, keys)
    invoice.version += 1
    invoice.updated_at = now
    await session.flush()
    await arithmetic.refresh_collaborations(session, touched, now)
    _attach(invoice, parties)
    return Saved("changed", invoice)


async def _replace_references(session: AsyncSession, invoice: Invoice, keys: list[tuple[str, str]]) -> None:
    """Rows of one key cannot be deleted and inserted in one flush."""
    invoice.references = []
    await session.flush()
    invoice.references = [InvoiceReference(key=key, kind=kind) for key, kind in keys]


def _refuse_contradiction(invoice: Invoice, changed: set[str]) -> None:
    """What payments were applied to must stay what it was."""
    contradicted = sorted(changed & {"total_cents", "currency", "client_id", "kind"})
    if invoice.settled_cents and contradicted:
        raise InvoiceConflict("has_payments", ", ".join(contradicted))


async def cancel_invoice(session: AsyncSession, invoice: Invoice, now: datetime) -> bool:
    """Cancel an invoice nothing was paid on; False when it is cancelled already. Lock it first.

    Raises InvoiceConflict when payments stand.
    """
    if invoice.status == InvoiceStatus.CANCELLED:
        return False
    if invoice.settled_cents:
        raise InvoiceConflict("has_payments", "undo the association first")
    invoice.status = InvoiceStatus.CANCELLED
    invoice.open_cents = 0
    invoice.version += 1
    invoice.updated_at = now
    await session.flush()
    await arithmetic.refresh_collaborations(session, [invoice.collaboration_id], now)
    return True
