"""Names of buttons and views, and the values they carry: a version and an opaque id, never an amount.

Buttons stay clickable for years, so a name or a version once published is understood for ever.
"""

import re

from bot.errors import InvalidRequestError

ASSOCIATE = "proposal.associate"
ASSOCIATE_PARTLY = "proposal.associate_partly"
NONE = "proposal.none"
CHOOSE = "payment.choose"
IGNORE = "payment.ignore"
RESTORE = "payment.restore"
UNDO = "payment.undo"
SHOW_CARD = "payment.show_card"
SETTLED = "payment.bank_problem_settled"
PICK_INVOICE = "invoice.pick"
AMOUNT = "invoice.amount"
ASSOCIATE_VIEW = "payment.associate_manually"
COMMAND = "/qonto"

_VALUE = re.compile(r"v1:([1-9][0-9]{0,17})")


def value(row_id: int) -> str:
    """Write a row id as a button value."""
    return f"v1:{row_id}"


def row_id(text: str | None) -> int:
    """Read a button value back. Raises InvalidRequestError for one we never wrote."""
    found = _VALUE.fullmatch(text or "")
    if found is None:
        raise InvalidRequestError("Ce bouton n’est plus reconnu. Ouvrez la carte à jour du paiement.")
    return int(found.group(1))
