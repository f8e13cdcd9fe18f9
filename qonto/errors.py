"""What can go wrong between us and the bank."""

from typing import Literal

SignatureReason = Literal["missing", "malformed", "mismatch", "stale", "clock", "duplicate"]


class QontoError(Exception):
    """Any failure of a call to the bank."""


class QontoUnreachable(QontoError):
    """No answer: name look-up, connection, certificate, time-out, or a connection cut half-way."""


class QontoBroken(QontoError):
    """The bank answered something that is not an answer: 3xx, 5xx, HTML, truncated or endless JSON."""


class PaginationBroken(QontoBroken):
    """The pages do not advance: another page than asked, or the same page again."""


class QontoRejected(QontoError):
    """The bank refused the request (4xx).

    `trace_id` is the one Qonto's support asks for (docs.qonto.com, general/errors).
    """

    def __init__(self, status: int, code: str, detail: str, trace_id: str | None = None) -> None:
        super().__init__(f"{status} {code}: {detail}" + (f" (trace {trace_id})" if trace_id else ""))
        self.status = status
        self.code = code
        self.detail = detail
        self.trace_id = trace_id


class QontoUnauthorized(QontoRejected):
    """401: the key or token is wrong, expired or revoked; calling again would get us throttled."""


class QontoForbidden(QontoRejected):
    """403: a missing scope, or a feature outside the organisation's price plan."""


class QontoNotFound(QontoRejected):
    """404: no such object, or not visible to us."""


class QontoRateLimited(QontoRejected):
    """429; `retry_after` is in seconds, None when the bank did not say."""

    def __init__(
        self, code: str, detail: str, trace_id: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(429, code, detail, trace_id)
        self.retry_after = retry_after


class InvalidGrant(QontoRejected):
    """The OAuth code or refresh token is used up, expired or revoked: a person must consent again."""


class InvalidSignature(Exception):
    """A delivery that is not proved to come from the bank; says why without quoting the request."""

    def __init__(self, reason: SignatureReason) -> None:
        super().__init__(f"signature refused: {reason}")
        self.reason = reason


class UnreadableEvent(ValueError):
    """A signed delivery that cannot be understood; `event_id` is set when it could be read."""

    def __init__(self, problem: str, event_id: str | None = None) -> None:
        super().__init__(problem)
        self.event_id = event_id
