"""Reasons and flags in French. Amounts and days are written by functions the caller passes in."""

from collections.abc import Callable
from datetime import date

from matching.model import Flag, Reason

Money = Callable[[int, str], str]
Day = Callable[[date], str]


def sentence(reason: Reason | Flag, money: Money, day: Day) -> str:
    """One French sentence without final stop; ``money(cents, currency)`` and ``day(date)`` write the values."""
    del day
    params = reason.params
    if reason.code == "reference_full":
        return f"Numéro {params['number']} lu dans le libellé"
    return f"Montant exact\u00a0: {money(int(params['cents']), str(params['currency']))}"
