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
PICK_INVOICES = "invoice.pick_several"
GAP = "payment.gap"
NOTE = "payment.note"
UNDO_SOME = "payment.undo_some"
UNDO_CHOICE = "payment.undo_choice"
IGNORE_REASON = "payment.ignore_reason"
HISTORY = "history.open"
HISTORY_PAYMENT = "history.payment"
HISTORY_PERIOD = "history.period"
HISTORY_STATE = "history.state"
HISTORY_CLIENT = "history.client"
HISTORY_TALENT = "history.talent"
HISTORY_TEXT = "history.text"
HISTORY_OLDER = "history.older"
HISTORY_NEWER = "history.newer"
SETTINGS = "settings.open"
UNDO_VIEW = "payment.undo_form"
IGNORE_VIEW = "payment.ignore_form"
HISTORY_VIEW = "history.list"
AMOUNT = "invoice.amount"
ASSOCIATE_VIEW = "payment.associate_manually"
COMMAND = "/qonto"
MORE = "more"
HOME_PERIOD = "home.period"
HOME_PAGE_BEFORE = "home.page_before"
HOME_PAGE_AFTER = "home.page_after"
HOME_SYNC = "home.sync"
HOME_INVOICES = "home.invoices"
SETTINGS_VIEW = "settings.save"
MEMORY = "memory.open"
MEMORY_VIEW = "memory.list"
MEMORY_TEXT = "memory.text"
MEMORY_OLDER = "memory.older"
MEMORY_NEWER = "memory.newer"
MEMORY_FORGET_IBAN = "memory.forget_iban"
MEMORY_FORGET_NAME = "memory.forget_name"
MEMORY_CLASS_IBAN = "memory.class_iban"
MEMORY_CLASS_NAME = "memory.class_name"
LINK_TALENT = "talent.link_open"
LINK_TALENT_VIEW = "talent.link_ask"
LINK_YES = "talent.link_yes"
LINK_NO = "talent.link_no"
MY_HOME = "talent.home"
REPLAY = "webhook.replay"

_VALUE = re.compile(r"v1:([1-9][0-9]{0,17})")


def value(row_id: int) -> str:
    """Write a row id as a button value."""
    return f"v1:{row_id}"


def row_id(text: str | None) -> int:
    """Read a button value back. Raises InvalidRequestError for one we never wrote."""
    match = _VALUE.fullmatch(text or "")
    if match is None:
        raise InvalidRequestError("Ce bouton n’est plus reconnu. Ouvrez la carte à jour du paiement.")
    return int(match.group(1))


def folded(action_id: str, button_value: str) -> str:
    """Write what one line of « ⋯ » does: the button it stands for."""
    return f"{action_id}={button_value}"


def unfolded(text: str) -> tuple[str, str]:
    """Read a line of « ⋯ » back as the button it stands for."""
    action_id, _, button_value = text.partition("=")
    return action_id, button_value
