"""Amounts as people and spreadsheets write them, read exactly or not at all."""

import re

from bot.errors import InvalidRequestError
from qonto.fields import MAX_CENTS

# A plain space, a no-break space, a narrow one, a thin one: French spreadsheets group digits with any.
_SPACES = re.compile(r"[ \u00a0\u202f\u2009]+")
_CURRENCY_MARK = re.compile(r"^(?:€|EUR\b)|(?:€|EUR)$", re.IGNORECASE)
_SIGN = re.compile(r"^[-\u2212+]")

_PLAIN = re.compile(r"([0-9]{1,16})(?:[.,]([0-9]{1,2}))?")
_SPACED = re.compile(r"([0-9]{1,3}(?: [0-9]{3})+)(?:[.,]([0-9]{1,2}))?")
_DOTTED = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]{1,2})|([0-9]{1,3}(?:\.[0-9]{3}){2,})")
_COMMAED = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]{1,2})|([0-9]{1,3}(?:,[0-9]{3}){2,})")
_AMBIGUOUS = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_TOO_FINE = re.compile(r"[0-9 ]+[.,][0-9]{3,}")


class UnreadableAmountError(ValueError):
    """The text is not plainly one amount; the message says in French what is wrong."""


def typed_cents(text: str) -> int:
    """Read an amount typed into a form, in cents. Raises InvalidRequestError, to be shown under the field."""
    try:
        return read_cents(text)
    except UnreadableAmountError as error:
        raise InvalidRequestError(f"{str(error).capitalize()}. Écrivez un montant comme 1500,00.") from None


def read_cents(text: str) -> int:
    """Read ``1 234,56 €``, ``1.234,56``, ``1,234.56`` or ``1234.5`` as cents, with its sign.

    Raises UnreadableAmountError for what can be read two ways (``1,234``), for fractions of a cent and
    for anything else: an amount is never guessed, and never zero by default.
    """
    body = _CURRENCY_MARK.sub("", _SPACES.sub(" ", text).strip()).strip()
    sign = -1 if body[:1] in {"-", "\u2212"} else 1
    body = _SIGN.sub("", body).strip()
    cents = _units(body, text)
    if cents > MAX_CENTS:
        raise UnreadableAmountError(f"montant trop grand « {_shown(text)} »")
    return sign * cents


def _units(body: str, text: str) -> int:
    for pattern in (_PLAIN, _SPACED, _DOTTED, _COMMAED):
        if found := pattern.fullmatch(body):
            return _cents(found)
    if _AMBIGUOUS.fullmatch(body):
        whole, fraction = re.split(r"[.,]", body)
        raise UnreadableAmountError(
            f"montant ambigu « {_shown(text)} » : écrire {whole}{fraction},00 ou {whole},{fraction[:2]}"
        )
    if _TOO_FINE.fullmatch(body):
        raise UnreadableAmountError(f"montant plus fin que le centime « {_shown(text)} »")
    raise UnreadableAmountError(f"montant illisible « {_shown(text)} »")


def _cents(found: re.Match[str]) -> int:
    whole, fraction = next(
        (group, found.group(index + 1) if index < len(found.groups()) else None)
        for index, group in enumerate(found.groups(), start=1)
        if group
    )
    digits = re.sub(r"[^0-9]", "", whole)
    return int(digits) * 100 + int((fraction or "").ljust(2, "0"))


def _shown(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004  # room on one line of a terminal
