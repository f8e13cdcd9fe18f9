"""Memories as decisions make them, one act at a time; the product reads them from its tables."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date

from matching.payers.recognition import normal_name
from matching.values import ClientId, Invoice, InvoiceId, Link, Memory, Payer, PayerClass, Payment, PaymentId

KEPT_DELAYS = 15

ChangeLink = Callable[[Link], Link]


def confirmed(memory: Memory, payment: Payment, invoices: Iterable[Invoice], on: date) -> Memory:
    """A person associated these invoices: this IBAN and this name pay for these clients, this late."""
    settled = list(invoices)

    def confirm(link: Link) -> Link:
        return replace(link, confirmations=link.confirmations + 1, last_date=on)

    learnt = _on_links(memory, payment, {invoice.client_id for invoice in settled}, confirm)
    return replace(learnt, delays=_with_delays(memory.delays, payment, settled))


def chose_another(
    memory: Memory, payment: Payment, invoices: Iterable[Invoice], refused: Iterable[InvoiceId], on: date
) -> Memory:
    """A person preferred other invoices to the proposal shown: both things are learnt."""
    learnt = confirmed(memory, payment, invoices, on)
    return _with_dismissed(learnt, payment.id, frozenset(refused))


def dismissed(memory: Memory, payment: Payment, refused: Iterable[Invoice], on: date) -> Memory:
    """« Aucune de ces factures »: the set never returns for this payment; the pair fades for 45 days."""
    invoices = list(refused)

    def refuse(link: Link) -> Link:
        return replace(link, refused_date=on)

    learnt = _on_links(memory, payment, {invoice.client_id for invoice in invoices}, refuse)
    return _with_dismissed(learnt, payment.id, frozenset(invoice.id for invoice in invoices))


def not_a_client_payment(memory: Memory, payment: Payment) -> Memory:
    """« Pas un paiement client »: this payer's money is probably not for an invoice next time either."""

    def count(payer: Payer) -> Payer:
        return replace(payer, not_client_count=payer.not_client_count + 1)

    return _on_payers(memory, payment, count)


def undone(memory: Memory, payment: Payment, invoices: Iterable[Invoice], on: date) -> Memory:
    """An association was undone: an error.

    The pair contradicts what was learnt and is never applied alone again.
    """
    wrong = list(invoices)

    def contradict(link: Link) -> Link:
        return replace(link, contradictions=link.contradictions + 1, refused_date=on, blocked=True)

    learnt = _on_links(memory, payment, {invoice.client_id for invoice in wrong}, contradict)
    return _with_dismissed(learnt, payment.id, frozenset(invoice.id for invoice in wrong))


def declared(memory: Memory, payment: Payment, payer_class: PayerClass | None) -> Memory:
    """An admin says what kind of payer this is (or takes it back with None).

    It wins over what was counted.
    """
    return _on_payers(memory, payment, lambda payer: replace(payer, declared=payer_class))


def forgotten(memory: Memory, *, iban: str | None = None, alias: str | None = None) -> Memory:
    """Delete what was learnt about one IBAN or one normalised name: an admin's right, and the payer's."""
    return replace(
        memory,
        ibans={key: payer for key, payer in memory.ibans.items() if key != iban},
        aliases={key: payer for key, payer in memory.aliases.items() if key != alias},
    )


def merged(memory: Memory, old: ClientId, new: ClientId) -> Memory:
    """Two client records were one: the memory of the old moves to the new."""
    delays = {client_id: days for client_id, days in memory.delays.items() if client_id != old}
    if old in memory.delays:
        delays[new] = (*memory.delays[old], *memory.delays.get(new, ()))[-KEPT_DELAYS:]
    return replace(
        memory,
        ibans={key: _merge_links(payer, old, new) for key, payer in memory.ibans.items()},
        aliases={key: _merge_links(payer, old, new) for key, payer in memory.aliases.items()},
        delays=delays,
    )


def _merge_links(payer: Payer, old: ClientId, new: ClientId) -> Payer:
    moved, kept = payer.link(old), payer.link(new)
    if moved is None:
        return payer
    others = tuple(link for link in payer.links if link.client_id not in {old, new})
    base = kept or Link(client_id=new)
    joined = replace(
        base,
        confirmations=base.confirmations + moved.confirmations,
        contradictions=base.contradictions + moved.contradictions,
        last_date=max(filter(None, (base.last_date, moved.last_date)), default=None),
        refused_date=max(filter(None, (base.refused_date, moved.refused_date)), default=None),
        blocked=base.blocked or moved.blocked,
    )
    return replace(payer, links=(*others, joined))


def _on_payers(memory: Memory, payment: Payment, change: Callable[[Payer], Payer]) -> Memory:
    """Change what is known of this payment's IBAN and of its payer's name."""
    ibans, aliases = dict(memory.ibans), dict(memory.aliases)
    if payment.payer_iban:
        ibans[payment.payer_iban] = change(ibans.get(payment.payer_iban, Payer()))
    alias = normal_name(payment.payer_name)
    if alias:
        aliases[alias] = change(aliases.get(alias, Payer()))
    return replace(memory, ibans=ibans, aliases=aliases)


def _on_links(memory: Memory, payment: Payment, clients: set[ClientId], change: ChangeLink) -> Memory:
    def on_payer(payer: Payer) -> Payer:
        others = tuple(link for link in payer.links if link.client_id not in clients)
        changed = tuple(change(payer.link(one) or Link(client_id=one)) for one in sorted(clients))
        return replace(payer, links=(*others, *changed))

    return _on_payers(memory, payment, on_payer)


def _with_dismissed(memory: Memory, payment_id: PaymentId, refused: frozenset[InvoiceId]) -> Memory:
    if not refused:
        return memory
    before = memory.dismissed.get(payment_id, frozenset())
    return replace(memory, dismissed={**memory.dismissed, payment_id: before | {refused}})


def _with_delays(
    delays: Mapping[ClientId, tuple[int, ...]], payment: Payment, invoices: list[Invoice]
) -> dict[ClientId, tuple[int, ...]]:
    """The last delays of each client, in days after the due date, one per invoice."""
    learnt = dict(delays)
    for invoice in invoices:
        late_by = (payment.settled_on - invoice.due_date).days
        learnt[invoice.client_id] = (*learnt.get(invoice.client_id, ()), late_by)[-KEPT_DELAYS:]
    return learnt
