"""The lines of an export. Their « Affecté » column adds up to the payments, whatever their state."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from bot.locale import fr
from store.models import Allocation, Decision
from store.queries.export import Explained, Group
from store.types import PaymentState

Cell = str | Decimal | date | datetime | None
Names = Callable[[str, str], str]

HEADINGS = (
    "Date",
    "Montant",
    "Devise",
    "Payeur",
    "Libellé",
    "Référence",
    "État",
    "Facture",
    "Client",
    "Talent",
    "Collaboration",
    "Affecté",
    "Écart accepté",
    "Motif de l’écart",
    "Décidé par",
    "Décidé le",
    "Lettrage",
    "Identifiant Qonto",
)
STATES = {
    PaymentState.UNMATCHED: "À rapprocher",
    PaymentState.PROPOSED: "À rapprocher",
    PaymentState.PARTLY_ALLOCATED: "Associé en partie",
    PaymentState.ALLOCATED: "Rapproché",
    PaymentState.IGNORED: "Hors facturation",
}
REASONS = {
    "fee": "Frais bancaires",
    "discount": "Escompte",
    "rounding": "Arrondi",
    "withholding": "Retenue à la source",
    "net_of_vat": "Payé hors taxes",
    "other": "Autre",
    "to_refund": "Trop-perçu à rembourser",
    "kept": "Trop-perçu conservé",
}


def lines_of(one: Explained, groups: Mapping[int, Group], names: Names) -> Iterator[list[Cell]]:
    """Write one payment: a line per invoice, then one for what no invoice explains."""
    group = groups.get(one.transaction.id)
    code = lettering(group) if group else None
    for allocation in one.allocations:
        yield [
            *_payment(one),
            *_invoice(allocation),
            *_decided(allocation.decision, names),
            code,
            one.transaction.qonto_id,
        ]
    left = one.transaction.amount_cents - one.transaction.allocated_cents
    if left:
        nothing: list[Cell] = [None, None, None, None]
        rest: list[Cell] = [money(left), None, _rest_reason(one)]
        yield [
            *_payment(one),
            *nothing,
            *rest,
            *_decided(_rest_decision(one), names),
            code,
            one.transaction.qonto_id,
        ]


def lettering(group: Group) -> str:
    """Give the group's letters: capitals once everything in it is settled, small ones before."""
    number, letters = group.name, ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters if group.is_balanced else letters.lower()


def money(cents: int) -> Decimal:
    """Write cents as an exact decimal number."""
    return Decimal(cents).scaleb(-2)


def _payment(one: Explained) -> list[Cell]:
    row = one.transaction
    return [
        fr.paris_day(row.ordered_at),
        money(row.amount_cents),
        row.currency,
        row.counterparty_name,
        row.label,
        row.reference,
        STATES[PaymentState(row.state or PaymentState.UNMATCHED)],
    ]


def _invoice(allocation: Allocation) -> list[Cell]:
    invoice = allocation.invoice
    deal = invoice.collaboration
    talent = deal.talent if deal else None
    return [
        invoice.number,
        invoice.client.name,
        talent.name if talent else None,
        deal.title if deal else None,
        money(allocation.amount_cents),
        money(allocation.write_off_cents) if allocation.write_off_cents else None,
        REASONS.get(allocation.write_off_reason or "", allocation.write_off_reason),
    ]


def _rest_reason(one: Explained) -> str | None:
    if one.transaction.remainder_reason:
        return REASONS.get(one.transaction.remainder_reason, one.transaction.remainder_reason)
    return one.transaction.ignored_reason


def _rest_decision(one: Explained) -> Decision | None:
    """Who closed the rest or set the payment aside; nobody decided about what still waits."""
    has_word = one.transaction.remainder_cents or one.transaction.state == PaymentState.IGNORED
    return one.last_decision if has_word else None


def _decided(decision: Decision | None, names: Names) -> list[Cell]:
    if decision is None:
        return [None, None]
    at = decision.decided_at.astimezone(fr.PARIS).replace(tzinfo=None, microsecond=0)
    return [names(decision.actor_kind, decision.actor), at]
