"""Reasons and doubts in French, one sentence per code.

Amounts and days are written by functions the caller passes.
"""

from collections.abc import Callable
from datetime import date

from matching.reading.text import compact
from matching.values import Flag, Params, Reason

Money = Callable[[int, str], str]
Day = Callable[[date], str]
Writer = Callable[[Params, Money, Day], str]

NBSP = "\u00a0"
THIN = "\u202f"


def sentence(reason: Reason | Flag, money: Money, day: Day) -> str:
    """One French sentence without final stop; ``money(cents, currency)`` and ``day(date)`` write the values.

    Quoted text and names come from the bank: escape the result before it enters Slack markup.
    """
    writer = WRITERS.get(reason.code)
    return writer(reason.params, money, day) if writer else FIXED[reason.code]


def reference(params: Params, _money: Money, _day: Day) -> str:
    """« Numéro FACT-2026-042 lu dans le libellé », with the very words when they differ."""
    count = int(params.get("count", 1))
    if count > 1:
        return f"{count} numéros lus dans le libellé"
    number, quoted = str(params["number"]), str(params["quoted"])
    shown = "" if compact(number) == compact(quoted) else f" (lu «{NBSP}{quoted}{NBSP}»)"
    return f"Numéro {number} lu dans le libellé{shown}"


def near(params: Params, _money: Money, _day: Day) -> str:
    """A number one typing error away, and how many are that close."""
    count = int(params.get("near", 1))
    others = f", comme {count - 1} autre{'s' if count > 2 else ''}" if count > 1 else ""  # noqa: PLR2004 - plural
    return f"Numéro {params['number']} à une erreur de frappe de «{NBSP}{params['quoted']}{NBSP}»{others}"


def exact(params: Params, money: Money, _day: Day) -> str:
    """The exact amount, and whether others of this client have it too."""
    written = f"Montant exact{NBSP}: {money(int(params['cents']), str(params['currency']))}"
    equals = int(params.get("equals", 1))
    return f"{written}, comme {equals} factures ouvertes de ce client" if equals > 1 else written


def exact_sum(params: Params, money: Money, _day: Day) -> str:
    """The exact total of several."""
    written = money(int(params["cents"]), str(params["currency"]))
    return f"Total exact de {params['count']} pièces{NBSP}: {written}"


def gap(cause: str) -> Writer:
    """An amount that differs by a rule with a name."""

    def write(params: Params, money: Money, _day: Day) -> str:
        cents = int(params["gap"])
        sign = "+" if cents > 0 else "\u2212"
        return f"Écart {sign}{money(abs(cents), str(params['currency']))}{NBSP}: {cause}"

    return write


def part(word: str) -> Writer:
    """Less than what is open, and it stays a part."""

    def write(params: Params, money: Money, _day: Day) -> str:
        currency = str(params["currency"])
        came, due = money(int(params["cents"]), currency), money(int(params["open"]), currency)
        return f"{word}{NBSP}: {came} sur {due}"

    return write


def iban(params: Params, _money: Money, _day: Day) -> str:
    """How often this IBAN was confirmed."""
    return f"IBAN déjà associé {params['count']} fois à {params['client']}"


def alias(params: Params, _money: Money, _day: Day) -> str:
    """How often this name was confirmed."""
    return f"Nom de payeur déjà associé {params['count']} fois à {params['client']}"


def with_client(text: str) -> Writer:
    """A sentence that names the client."""
    return lambda params, _money, _day: f"{text} {params['client']}".strip()


def with_number(text: str) -> Writer:
    """A sentence about one invoice."""
    return lambda params, _money, _day: text.format(number=params.get("number", ""))


def with_quoted(params: Params, _money: Money, _day: Day) -> str:
    """A number that is nobody's."""
    return f"Le libellé cite «{NBSP}{params['quoted']}{NBSP}», qui n’est aucune de vos factures"


def paid(params: Params, _money: Money, day: Day) -> str:
    """The invoice quoted is paid already, and since when."""
    when = f" le {day(date.fromisoformat(str(params['date'])))}" if "date" in params else ""
    return f"La facture citée {params['number']} est déjà payée{when}"


def twice(params: Params, money: Money, day: Day) -> str:
    """The same, by the same amount."""
    return f"{paid(params, money, day)}. Double paiement{THIN}?"


def equals(params: Params, _money: Money, _day: Day) -> str:
    """Several open invoices of this amount."""
    at_client = f" chez {params['client']}" if params.get("client") else ""
    return f"{params['count']} factures ouvertes de ce montant{at_client}, la plus ancienne en premier"


def combinations(params: Params, _money: Money, _day: Day) -> str:
    """How many sums were possible."""
    return f"{params['count']} combinaisons possibles"


def left_out(params: Params, _money: Money, _day: Day) -> str:
    """Another open invoice is quoted."""
    count = int(params["count"])
    if count > 1:
        return f"{count} autres factures ouvertes sont citées"
    return f"La facture {params['number']}, elle aussi ouverte, est citée"


def currency(params: Params, _money: Money, _day: Day) -> str:
    """Named, never compared."""
    count = int(params["count"])
    many = "s" if count > 1 else ""
    return (
        f"{count} facture{many} citée{many} en {params['currency']}{NBSP}: non comparée{many}, faute de taux"
    )


def days_late(params: Params, _money: Money, _day: Day) -> str:
    """How old the claim is."""
    return f"Échue depuis {params['days']} jours"


def ceiling(params: Params, money: Money, _day: Day) -> str:
    """Above what may be applied alone."""
    return f"Montant supérieur au plafond de {money(int(params['cents']), str(params['currency']))}"


def returned(params: Params, _money: Money, day: Day) -> str:
    """Money sent back after an earlier payment."""
    when = day(date.fromisoformat(str(params["date"])))
    return f"Virement du {when} peut-être renvoyé{NBSP}: facture à rouvrir{THIN}?"


def contested(params: Params, _money: Money, _day: Day) -> str:
    """Several payments want the same invoice."""
    return f"{params['count']} paiements demandent la même facture"


def unquoted(params: Params, _money: Money, _day: Day) -> str:
    """A sum nobody named."""
    return f"{params['count']} pièces que le libellé ne cite pas"


WRITERS: dict[str, Writer] = {
    "reference_structured": with_number("Référence de paiement de {number} lue dans le libellé"),
    "reference_full": reference,
    "reference_unpadded": reference,
    "reference_repaired": reference,
    "reference_weak": reference,
    "reference_near": near,
    "reference_several": lambda params, _money, _day: f"{params['count']} factures citées ensemble",
    "reference_uncovered": left_out,
    "reference_settled": paid,
    "reference_cancelled": with_number("La facture citée {number} est annulée"),
    "reference_unknown": with_quoted,
    "amount_exact": exact,
    "amount_sum": exact_sum,
    "amount_fee": gap("frais bancaires probables"),
    "amount_rounding": gap("arrondi"),
    "amount_discount": gap("escompte"),
    "amount_net": gap("montant hors taxes"),
    "amount_withholding": gap("retenue à la source"),
    "amount_over": gap("trop-perçu"),
    "amount_deposit": part("Acompte"),
    "amount_partial": part("Paiement partiel"),
    "sum_solutions": combinations,
    "sum_unquoted": unquoted,
    "iban_known": iban,
    "iban_once": iban,
    "iban_group": lambda params, _m, _d: f"IBAN qui paie pour plusieurs clients, dont {params['client']}",
    "iban_other": with_client("IBAN connu pour un autre client" + NBSP + ":"),
    "alias_known": alias,
    "name_same": with_client("Nom du payeur" + NBSP + ":"),
    "name_close": with_client("Nom du payeur proche de"),
    "name_loose": with_client("Nom du payeur un peu proche de"),
    "name_other": with_client("Le payeur porte le nom d’un autre client" + NBSP + ":"),
    "payer_differs": with_client("Le payeur ressemble à un autre client" + NBSP + ":"),
    "late": days_late,
    "old_invoice": days_late,
    "delay_usual": lambda _p, _m, _d: "Délai habituel de ce client",
    "duplicate_suspect": twice,
    "several_equal": equals,
    "foreign_currency": currency,
    "over_ceiling": ceiling,
    "returned_payment": returned,
    "contested": contested,
}

FIXED: dict[str, str] = {
    "partial_told": "Le libellé annonce un acompte ou un versement partiel",
    "fee_at_home": "Frais inhabituels pour un virement français",
    "refused_lately": "Suggestion de ce client écartée récemment pour ce payeur",
    "before_issue": "Paiement antérieur à l’émission de la facture",
    "capped": "Trop de possibilités pour tout examiner",
    "payer_factor": "Société d’affacturage" + NBSP + ": le payeur n’identifie pas le client",
    "payer_platform": "Plateforme de paiement" + NBSP + ": versement groupé, net de frais",
    "payer_own": "Virement entre vos propres comptes",
    "payer_not_client": "Ce payeur n’est sans doute pas un client",
    "payer_many": "Ce payeur règle pour de nombreux clients",
    "money_back": "Le libellé parle d’un remboursement ou d’un retour",
    "money_out": "Sortie d’argent" + NBSP + ": avoir remboursé ou paiement renvoyé",
    "credit_note": "Un avoir est déduit",
    "disputed": "Facture en litige",
    "undone_before": "Association déjà annulée une fois pour ce payeur et ce client",
    "client_truncated": "Ce client a trop de factures ouvertes pour toutes les examiner",
}
