"""Tell without saving that a line says what is known: importing a file again must be quick."""

from store.invoices.parties import email_key
from store.invoices.save import NewInvoice
from store.models import Collaboration, Invoice
from store.text import clean, fold


def is_same(invoice: NewInvoice, known: Invoice) -> bool:
    """Compare field by field. False only means that saving has to tell; the addresses must agree too."""
    return (
        _plain(invoice) == _known(known)
        and fold(invoice.client) == known.client.name_key
        and email_key(invoice.client_email) in {None, known.client.email}
        and _same_deal(invoice, known.collaboration)
    )


def _plain(invoice: NewInvoice) -> tuple[object, ...]:
    return (
        clean(invoice.number).strip(),
        invoice.kind,
        invoice.currency,
        invoice.total_cents,
        invoice.net_total_cents,
        invoice.issue_date,
        invoice.due_date,
        invoice.language,
    )


def _known(known: Invoice) -> tuple[object, ...]:
    return (
        known.number,
        known.kind,
        known.currency,
        known.total_cents,
        known.net_total_cents,
        known.issue_date,
        known.due_date,
        known.language,
    )


def _same_deal(invoice: NewInvoice, known: Collaboration | None) -> bool:
    talent = known.talent if known else None
    if known is None:
        return not (invoice.collaboration or invoice.talent or invoice.talent_email)
    if talent is None:
        return not (invoice.talent or invoice.talent_email) and _same_title(invoice, known)
    return (
        fold(invoice.talent or "") == talent.name_key
        and email_key(invoice.talent_email) in {None, talent.email}
        and _same_title(invoice, known)
    )


def _same_title(invoice: NewInvoice, known: Collaboration) -> bool:
    return fold(invoice.collaboration or invoice.number) == known.title_key
