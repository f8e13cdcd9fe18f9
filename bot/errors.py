"""Refusals that a person can read. Each carries a code for machines and a French sentence."""


class RefusedError(Exception):
    """A request that cannot be carried out; nothing was changed.

    ``code`` is stable and part of the REST contract, ``message`` is French, ``status`` is HTTP;
    ``invoice_id`` names the invoice that is in the way, so that a form can say it under its field;
    ``english`` is the sentence for a talent who chose English, where a talent can meet the refusal.
    """

    code = "refused"
    status = 409

    def __init__(self, message: str, *, invoice_id: int | None = None, english: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.english = english
        self.invoice_id = invoice_id


class NotAllowedError(RefusedError):
    """The person is not an admin of our workspace."""

    code = "not_allowed"
    status = 403


class RightsUnknownError(RefusedError):
    """The person's rights could not be read: fail closed, ask to try again."""

    code = "rights_unknown"
    status = 503


class WrongWorkspaceError(RefusedError):
    """The person belongs to another Slack workspace, or the app was installed for a whole organisation."""

    code = "wrong_workspace"
    status = 403


class NotFoundError(RefusedError):
    """The payment, invoice or suggestion is unknown."""

    code = "not_found"
    status = 404


class InvalidRequestError(RefusedError):
    """The request itself is wrong: an amount, a currency, an empty choice."""

    code = "invalid_request"
    status = 400


class AlreadyDecidedError(RefusedError):
    """Somebody decided first; the message says who and when."""

    code = "already_decided"


class InvoiceNotOpenError(RefusedError):
    """The invoice is paid, cancelled, or owes less than what was asked."""

    code = "invoice_not_open"


class ChangedError(RefusedError):
    """The payment or an invoice is no longer what the person had before their eyes."""

    code = "changed"


class ConflictError(RefusedError):
    """What is asked contradicts what is already recorded."""

    code = "conflict"
