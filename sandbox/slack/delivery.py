"""Sending signed requests to the app, with Slack's deadline and, for events, Slack's retries."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp

from sandbox.faults import Fault, Faults
from sandbox.slack.ids import new_id
from sandbox.slack.model import Delivery, Json
from sandbox.slack.payloads import ENTERPRISE
from sandbox.slack.workspace import Workspace

HTTP_OK = 200
FORM = "application/x-www-form-urlencoded"
CONNECT_ERRORS = (aiohttp.ClientError, OSError)


class DeliveryError(Exception):
    """The app did not answer as it must; `code` is Slack's name for it, `reason` the retry reason."""

    def __init__(self, code: str, reason: str, status: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason
        self.status = status
        self.no_retry = False


@dataclass
class Answer:
    """What the app answered within the deadline."""

    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class _Sent:
    """A request as it left, to send it again."""

    url: str
    body: str
    headers: Mapping[str, str]
    payload: Json


@dataclass
class Courier:
    """Delivers to the app's request URL; owns the HTTP session and the pending event retries."""

    workspace: Workspace
    faults: Faults
    session: aiohttp.ClientSession
    _retries: set[asyncio.Task[None]] = field(default_factory=set)
    _latest: dict[str, "_Sent"] = field(default_factory=dict)

    async def interaction(self, kind: str, payload: Json) -> Answer:
        """Deliver a click, option load, submission or closing; DeliveryError when it fails."""
        body = urlencode({"payload": json.dumps(payload, ensure_ascii=False)})
        app = self.workspace.app
        url = app.options_url if kind == "options" and app.options_url else app.request_url
        return await self._send(kind, url, body, FORM, payload)

    async def command(self, fields: Mapping[str, str]) -> Answer:
        """Deliver a slash command; DeliveryError when it fails."""
        return await self._send(
            "command", self.workspace.app.request_url, urlencode(fields), FORM, dict(fields)
        )

    async def event(self, event: Json, user: str) -> None:
        """Deliver an event if the app subscribed to it; a failure is retried three times later on."""
        payload = self._envelope(event)
        try:
            await self._send_event(payload)
        except DeliveryError as error:
            if not error.no_retry:
                task = asyncio.create_task(self._retry(payload, user, error))
                self._retries.add(task)
                task.add_done_callback(self._retries.discard)

    async def verify_url(self) -> bool:
        """Send the url_verification challenge and return whether it came back."""
        challenge = new_id("CH")
        payload = {"token": "sandbox", "challenge": challenge, "type": "url_verification"}
        try:
            answer = await self._send_event(payload)
        except DeliveryError:
            return False
        return challenge in answer.body

    async def replay(self, kind: str) -> Answer:
        """Send the latest delivery of a kind again, same bytes and same signature; KeyError if none.

        DeliveryError when the app does not accept it. For tests of replayed requests.
        """
        return await self._dispatch(kind, self._latest[kind])

    async def close(self) -> None:
        """Give up pending retries."""
        for task in self._retries:
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)

    def _envelope(self, event: Json) -> Json:
        app, team = self.workspace.app, self.workspace.team_id
        is_wide = app.is_enterprise_install
        enterprise = ENTERPRISE["id"] if is_wide else None
        who = {"enterprise_id": enterprise, "team_id": team, "user_id": app.bot_user}
        return {
            "token": "sandbox",
            "team_id": team,
            "api_app_id": app.id,
            "event": event,
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(self.workspace.clock()),
            "authorizations": [who | {"is_bot": True, "is_enterprise_install": is_wide}],
            "is_ext_shared_channel": False,
            "event_context": new_id("4-"),
        }

    async def _send_event(self, payload: Json, retry: int = 0, reason: str = "") -> Answer:
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
        body = json.dumps(payload, ensure_ascii=False)
        url = self.workspace.app.request_url
        return await self._send("event", url, body, "application/json", payload, headers)

    async def _retry(self, payload: Json, user: str, error: DeliveryError) -> None:
        for number, pause in enumerate(self.workspace.retry_delays, start=1):
            await asyncio.sleep(pause)
            try:
                await self._send_event(payload, number, error.reason)
            except DeliveryError as again:
                error = again
                if again.no_retry:
                    return
            else:
                return
        self.workspace.trouble(
            "event", f"perdu après {len(self.workspace.retry_delays)} reprises : {error.reason}"
        )
        self.workspace.live.toast(
            user, "L’application ne répond pas : un évènement n’a pas pu lui être remis."
        )

    async def _send(
        self,
        kind: str,
        url: str,
        body: str,
        content_type: str,
        payload: Json,
        extra: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = signed(self.workspace, body) | {"Content-Type": content_type} | dict(extra or {})
        self._latest[kind] = sent = _Sent(url, body, headers, payload)
        return await self._dispatch(kind, sent)

    async def _dispatch(self, kind: str, sent: _Sent) -> Answer:
        started, status = time.perf_counter(), 0
        try:
            async with asyncio.timeout(self.workspace.ack_seconds):
                answer = await self._post(kind, sent)
            status = answer.status
        except TimeoutError:
            raise DeliveryError("operation_timeout", "http_timeout") from None
        except CONNECT_ERRORS:
            raise DeliveryError("dispatch_failed", "connection_failed") from None
        except DeliveryError as error:
            status = error.status
            raise
        finally:
            took = (time.perf_counter() - started) * 1000
            retry = int(sent.headers.get("X-Slack-Retry-Num", "0"))
            at = self.workspace.clock()
            self.workspace.deliveries.append(Delivery(at, kind, status, took, retry, sent.payload))
        return answer

    async def _post(self, kind: str, sent: _Sent) -> Answer:
        fault = self.faults.take(f"delivery:{kind}")
        if fault is not None:
            await _before(fault)
        post = self.session.post(
            sent.url, data=sent.body.encode(), headers=sent.headers, allow_redirects=False
        )
        async with post as response:
            answer = Answer(response.status, await response.text(errors="replace"), response.headers)
        if fault is not None and fault.kind == "reset_after":
            raise DeliveryError("dispatch_failed", "connection_failed")
        if answer.status != HTTP_OK:
            error = DeliveryError("dispatch_failed", "http_error", answer.status)
            error.no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
            raise error
        return answer


def signed(workspace: Workspace, body: str) -> dict[str, str]:
    """Return the headers by which the app recognises Slack (docs: verifying-requests-from-slack)."""
    # Never the workspace's clock: the app compares with its own, and a test may have moved ours.
    timestamp = str(int(time.time()))
    secret = workspace.app.signing_secret.encode()
    digest = hmac.new(secret, f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest}",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }


async def _before(fault: Fault) -> None:
    """Let a planned fault happen to a delivery before the app hears of it."""
    if fault.kind == "delay":
        await asyncio.sleep(fault.delay_ms / 1000)
    elif fault.kind == "reset":
        raise DeliveryError("dispatch_failed", "connection_failed")
    elif fault.kind != "reset_after":
        raise DeliveryError("dispatch_failed", "http_error", fault.status)
