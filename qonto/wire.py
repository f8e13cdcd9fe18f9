"""One exchange with the bank over HTTP: where we may call, and what an answer means."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

import httpx

from qonto.documents import NotJson, read_object
from qonto.errors import (
    InvalidGrant,
    QontoBroken,
    QontoForbidden,
    QontoNotFound,
    QontoRateLimited,
    QontoRejected,
    QontoUnauthorized,
    QontoUnreachable,
)

PRODUCTION_API = "https://thirdparty.qonto.com"
PRODUCTION_OAUTH = "https://oauth.qonto.com"
STAGING_HEADER = "X-Qonto-Staging-Token"
LARGEST_ANSWER = 16 * 1024 * 1024  # bytes, unpacked
TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_SECONDS = re.compile(r"[0-9]{1,6}")


def checked_base_url(url: str) -> httpx.URL:
    """Return the base URL; raises ValueError unless it is HTTPS, or plain HTTP to this very machine."""
    base = httpx.URL(url.rstrip("/"))
    if base.scheme == "https" or (base.scheme == "http" and _is_loopback(base.host)):
        return base
    raise ValueError(f"the bank must be called over HTTPS, not {base.scheme}://{base.host}")


def staging_headers(base: httpx.URL, token: str | None) -> dict[str, str]:
    """Return the sandbox header, never for a production host.

    It goes with every request, the token exchange included (docs.qonto.com, developer-portal/sandbox-access).
    """
    if token is None or base.host == "qonto.com" or base.host.endswith(".qonto.com"):
        return {}
    return {STAGING_HEADER: token}


async def exchange(http: httpx.AsyncClient, request: httpx.Request) -> dict[str, Any]:
    """Send one request and return its JSON object ({} for 204); raises a child of QontoError otherwise."""
    try:
        response = await http.send(request, stream=True, follow_redirects=False)
        try:
            body = await _whole(response)
        finally:
            await response.aclose()
    except httpx.HTTPError as error:
        # Only the kind of error: its text may quote a header, and a header holds the key.
        raise QontoUnreachable(f"{request.method} {request.url.path}: {type(error).__name__}") from error
    return _understood(response, body)


async def _whole(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise QontoBroken(f"{_where(response)}: an answer of more than {LARGEST_ANSWER} bytes")
    return bytes(body)


def _understood(response: httpx.Response, body: bytes) -> dict[str, Any]:
    if response.status_code == httpx.codes.NO_CONTENT:
        return {}
    if response.is_client_error:
        raise _rejection(response, body)
    if not response.is_success:
        raise QontoBroken(f"{_where(response)}: status {response.status_code}")
    if not _is_json(response):
        # Without its header the sandbox answers a sign-in page with 200.
        raise QontoBroken(f"{_where(response)}: not JSON; maintenance, or a missing {STAGING_HEADER}")
    try:
        return read_object(body)
    except NotJson as error:
        raise QontoBroken(f"{_where(response)}: {error}") from None


def _where(response: httpx.Response) -> str:
    return f"{response.request.method} {response.request.url.path}"


def _is_json(response: httpx.Response) -> bool:
    content_type: str = response.headers.get("content-type", "")
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _rejection(response: httpx.Response, body: bytes) -> QontoRejected:
    code, detail, trace_id = _error_of(response, body)
    trace_id = trace_id or response.headers.get("X-Tyk-Trace-Id")
    match response.status_code:
        case 401:
            return QontoUnauthorized(401, code, detail, trace_id)
        case 403:
            return QontoForbidden(403, code, detail, trace_id)
        case 404:
            return QontoNotFound(404, code, detail, trace_id)
        case 429:
            return QontoRateLimited(code, detail, trace_id, _retry_after(response))
        case status:
            kind = InvalidGrant if code == "invalid_grant" else QontoRejected
            return kind(status, code, detail, trace_id)


def _error_of(response: httpx.Response, body: bytes) -> tuple[str, str, str | None]:
    """Read code, detail and trace id from a list of errors, one error, a flat object, or OAuth's form."""
    try:
        answer = read_object(body) if _is_json(response) else {}
    except NotJson:
        answer = {}
    errors = answer.get("errors")
    error = errors[0] if isinstance(errors, list) and errors else errors
    if not isinstance(error, Mapping):
        error = answer
    code = _text(error.get("code")) or _text(answer.get("error")) or "unknown"
    detail = _text(error.get("detail")) or _text(answer.get("error_description")) or "no detail given"
    return code, detail, _text(answer.get("trace_id"))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _retry_after(response: httpx.Response) -> float | None:
    """Read a wait in whole seconds; none is documented, some clients have seen it."""
    value = response.headers.get("Retry-After", "")
    return float(value) if _SECONDS.fullmatch(value) else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
