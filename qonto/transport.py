"""Calls to the API: credentials, retries of what is safe to repeat, and the stop after a 401."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import stamina

from qonto.auth import Auth
from qonto.errors import QontoBroken, QontoRateLimited, QontoUnauthorized, QontoUnreachable
from qonto.wire import TIMEOUT, checked_base_url, exchange, staging_headers

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
