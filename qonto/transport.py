"""Calls to the bank's API: credentials, where we may call, what an answer means.

What is safe to repeat is tried again; a 401 stops all calls.
"""

import asyncio
import ipaddress
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import stamina

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
from qonto.fields import NotJson, read_object

_CREDENTIAL = re.compile(r"[\x21-\x7e]+")
_API_KEY = re.compile(r"[\x21-\x39\x3b-\x7e]+:[\x21-\x7e]+")


class Auth(Protocol):
    """What goes into the `Authorization` header.

    `manages_webhooks` tells whether the bank lets these credentials touch subscriptions.
    """

    @property
    def manages_webhooks(self) -> bool:
        """Tell whether subscriptions may be read and changed."""
        ...

    async def authorization(self) -> str:
        """Return the header's value."""
        ...


class ApiKey:
    """An organisation's key, `login:secret` as it is (docs.qonto.com, authentication/api-key).

    Raises ValueError, without the key, when it has no login or holds blanks.
    """

    manages_webhooks = False

    def __init__(self, login_and_secret: str) -> None:
        if not _API_KEY.fullmatch(login_and_secret):
            raise ValueError("an API key is written login:secret, without blanks")
        self._value = login_and_secret

    async def authorization(self) -> str:
        """Return the header's value."""
        return self._value


class Bearer:
    """An OAuth access token, asked from `token` before each call so that it may be refreshed in between."""

    manages_webhooks = True

    def __init__(self, token: Callable[[], Awaitable[str]]) -> None:
        self._token = token

    async def authorization(self) -> str:
        """Return the header's value; raises ValueError, without the token, if it cannot be one."""
        token = await self._token()
        if not _CREDENTIAL.fullmatch(token):
            raise ValueError("an access token has no blanks and only ASCII")
        return f"Bearer {token}"


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


Params = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Retries:
    """How long a read is tried again: on no answer, a broken one, or 429.

    All in seconds. Waits double from `first_wait` with jitter; a `Retry-After` is obeyed up to
    `longest_wait`, beyond that QontoRateLimited is raised at once and the caller may come back later.
    """

    attempts: int = 5
    total: float = 60.0
    first_wait: float = 0.5
    longest_wait: float = 30.0


class Transport:
    """One organisation's credentials at one address of the bank."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        auth: Auth,
        base_url: str,
        staging_token: str | None,
        retries: Retries,
    ) -> None:
        self._http = http
        self.auth = auth
        self._base = checked_base_url(base_url)
        self._headers = staging_headers(self._base, staging_token) | {"Accept": "application/json"}
        self._retries = retries
        self._refusal: QontoUnauthorized | None = None

    def reset_auth(self) -> None:
        """Allow calls again after a 401, once key or token have changed."""
        self._refusal = None

    async def get(self, path: str, params: Params = ()) -> dict[str, Any]:
        """Read; tried again as `Retries` says, within its total time."""
        retries = self._retries
        try:
            async with asyncio.timeout(retries.total):
                async for attempt in stamina.retry_context(
                    on=self._wait_before_retry,
                    attempts=retries.attempts,
                    timeout=retries.total,
                    wait_initial=retries.first_wait,
                    wait_max=retries.longest_wait,
                    wait_jitter=retries.first_wait,
                ):
                    with attempt:
                        return await self._call("GET", path, params)
        except TimeoutError:
            raise QontoUnreachable(f"GET {path}: no answer within {retries.total:g} s") from None
        raise AssertionError("stamina returns or raises")

    async def send(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Write, once: our endpoints take no idempotency key (docs.qonto.com, general/idempotent-requests).

        After QontoUnreachable or QontoBroken the effect is unknown: read before trying again.
        """
        return await self._call(method, path, (), body)

    async def _call(self, method: str, path: str, params: Params, body: object = None) -> dict[str, Any]:
        # Beyond 200 answers 401 in an hour the bank throttles us (docs.qonto.com, general/rate-limitations).
        if self._refusal is not None:
            raise QontoUnauthorized(401, self._refusal.code, self._refusal.detail, self._refusal.trace_id)
        request = self._http.build_request(
            method,
            self._base.copy_with(path=self._base.path.rstrip("/") + path),
            params=list(params) or None,
            json=body,
            headers=self._headers | {"Authorization": await self.auth.authorization()},
            timeout=TIMEOUT,
        )
        try:
            return await exchange(self._http, request)
        except QontoUnauthorized as refusal:
            self._refusal = refusal
            raise

    def _wait_before_retry(self, error: Exception) -> bool | float:
        match error:
            case QontoRateLimited(retry_after=float(seconds)):
                return seconds if seconds <= self._retries.longest_wait else False
            case QontoRateLimited() | QontoUnreachable() | QontoBroken():
                return True
            case _:
                return False
