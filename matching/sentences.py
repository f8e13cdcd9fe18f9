"""Reasons and doubts in French, one template per code.

Amounts and days are written by functions the caller passes.
"""

from collections.abc import Callable
from datetime import date

from matching.reading.keys import compact
from matching.values import Flag, Params, Reason

Money = Callable[[int, str], str]
Day = Callable[[date], str]

# Quoted invoices: where several count, the numbers themselves are left out.
SEVERAL: dict[str, str] = {
    "reference_full": "{count} numéros lus dans le libellé",
    "reference_unpadded": "{count} numéros lus dans le libellé",
    "reference_repaired": "{count} numéros lus dans le libellé",
    "reference_weak": "{count} numéros lus dans le libellé",
    "reference_uncovered": "{count} autres factures ouvertes sont citées",
    "foreign_currency": "{count} factures citées en {currency}\u00a0: non comparées, faute de taux",
}
_READ = "Numéro {number} lu dans le libellé{read}"
_LATE = "Échue depuis {days} jours"
_IBAN = "IBAN déjà associé {count} fois à {client}"
_PAID = "La facture citée {number} est déjà payée{on}"

SENTENCES: dict[str, str] = {
    "reference_structured": "Référence de paiement de {number} lue dans le libellé",
    "reference_full": _READ,
    "reference_unpadded": _READ,
    "reference_repaired": _READ,
    "reference_weak": _READ,
    "reference_near": "Numéro {number} à une erreur de frappe de «\u00a0{quoted}\u00a0»{as_near}",
    "reference_several": "{count} factures citées ensemble",
    "reference_uncovered": "La facture {number}, elle aussi ouverte, est citée",
    "reference_settled": _PAID,
    "reference_cancelled": "La facture citée {number} est annulée",
    "reference_unknown": "Le libellé cite «\u00a0{quoted}\u00a0», qui n’est aucune de vos factures",
    "amount_exact": "Montant exact\u00a0: {cents}{as_equal}",
    "amount_sum": "Total exact de {count} pièces\u00a0: {cents}",
    "amount_fee": "Écart {gap}\u00a0: frais bancaires probables",
    "amount_rounding": "Écart {gap}\u00a0: arrondi",
    "amount_discount": "Écart {gap}\u00a0: escompte",
    "amount_net": "Écart {gap}\u00a0: montant hors taxes",
    "amount_withholding": "Écart {gap}\u00a0: retenue à la source",
    "amount_over": "Écart {gap}\u00a0: trop-perçu",
    "amount_deposit": "Acompte\u00a0: {cents} sur {open}",
    "amount_partial": "Paiement partiel\u00a0: {cents} sur {open}",
    "partial_told": "Le libellé annonce un acompte ou un versement partiel",
    "fee_at_home": "Frais inhabituels pour un virement français",
    "sum_solutions": "{count} combinaisons possibles",
    "sum_unquoted": "{count} pièces que le libellé ne cite pas",
    "iban_known": _IBAN,
    "iban_once": _IBAN,
    "iban_group": "IBAN qui paie pour plusieurs clients, dont {client}",
    "iban_other": "IBAN connu pour un autre client\u00a0: {client}",
    "alias_known": "Nom de payeur déjà associé {count} fois à {client}",
    "name_same": "Nom du payeur\u00a0: {client}",
    "name_close": "Nom du payeur proche de {client}",
    "name_loose": "Nom du payeur un peu proche de {client}",
    "name_other": "Le payeur porte le nom d’un autre client\u00a0: {client}",
    "payer_differs": "Le payeur ressemble à un autre client\u00a0: {client}",
    "refused_lately": "Suggestion de ce client écartée récemment pour ce payeur",
    "before_issue": "Paiement antérieur à l’émission de la facture",
    "late": _LATE,
    "old_invoice": _LATE,
    "delay_usual": "Délai habituel de ce client",
    "duplicate_suspect": _PAID + ". Double paiement\u202f?",
    "several_equal": "{count} factures ouvertes de ce montant{at_client}, la plus ancienne en premier",
    "foreign_currency": "{count} facture citée en {currency}\u00a0: non comparée, faute de taux",
    "over_ceiling": "Montant supérieur au plafond de {cents}",
    "returned_payment": "Virement du {day} peut-être renvoyé\u00a0: facture à rouvrir\u202f?",
    "contested": "{count} paiements demandent la même facture",
    "capped": "Trop de possibilités pour tout examiner",
    "payer_factor": "Société d’affacturage\u00a0: le payeur n’identifie pas le client",
    "payer_platform": "Plateforme de paiement\u00a0: versement groupé, net de frais",
    "payer_own": "Virement entre vos propres comptes",
    "payer_not_client": "Ce payeur n’est sans doute pas un client",
    "payer_many": "Ce payeur règle pour de nombreux clients",
    "money_back": "Le libellé parle d’un remboursement ou d’un retour",
    "money_out": "Sortie d’argent\u00a0: avoir remboursé ou paiement renvoyé",
    "credit_note": "Un avoir est déduit",
    "disputed": "Facture en litige",
    "undone_before": "Association déjà annulée une fois pour ce payeur et ce client",
    "client_truncated": "Ce client a trop de factures ouvertes pour toutes les examiner",
}


def sentence(reason: Reason | Flag, money: Money, day: Day) -> str:
    """One French sentence without final stop; ``money(cents, currency)`` and ``day(date)`` write the values.

    Quoted text and names come from the bank: escape the result before it enters Slack markup.
    """
    params = reason.params
    is_several = int(params.get("count", 1)) > 1 and reason.code in SEVERAL
    template = SEVERAL[reason.code] if is_several else SENTENCES[reason.code]
    return template.format_map(_written(params, money, day)).rstrip()


def _written(params: Params, money: Money, day: Day) -> dict[str, object]:
    """The values of a sentence, and the parts of it that stand or fall with them."""
    written: dict[str, object] = {"number": "", **params}
    currency = str(params.get("currency", ""))
    written |= {name: money(int(params[name]), currency) for name in ("cents", "open") if name in params}
    if "gap" in params:
        cents = int(params["gap"])
        written["gap"] = ("+" if cents > 0 else "\u2212") + money(abs(cents), currency)
    when = day(date.fromisoformat(str(params["date"]))) if "date" in params else ""
    near, equals = int(params.get("near", 1)), int(params.get("equals", 1))
    number, quoted = str(params.get("number", "")), str(params.get("quoted", ""))
    return written | {
        "day": when,
        "on": f" le {when}" if when else "",
        "read": "" if compact(number) == compact(quoted) else f" (lu «\u00a0{quoted}\u00a0»)",
        "as_near": f", comme {near - 1} autre{'s' if near > 2 else ''}" if near > 1 else "",  # noqa: PLR2004
        "as_equal": f", comme {equals} factures ouvertes de ce client" if equals > 1 else "",
        "at_client": f" chez {params['client']}" if params.get("client") else "",
    }
