"""Payloads as Slack would sign them, for what the page would never send: a forged view, a withdrawn right."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

from sandbox.agency import SLACK_SIGNING_SECRET
from tests.support.world import Json, World


async def send(world: World, payload: Json, status: int = 200) -> Json:
    """Post an interaction to the service; returns its JSON answer, empty for an empty one."""
    body = urlencode({"payload": json.dumps(payload)})
    at = str(int(time.time()))
    base = f"v0:{at}:{body}".encode()
    signature = "v0=" + hmac.new(SLACK_SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": signature,
    }
    url = f"{world.sandbox.bot_url}/slack/events"
    async with world.http.post(url, data=body, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        text = await answer.text()
    return dict(json.loads(text)) if text else {}


def interaction(world: World, user: str, kind: str, **more: Any) -> Json:
    """Build what every interaction carries."""
    team = {"id": world.sandbox.workspace.team_id, "domain": "x"}
    return {
        "type": kind,
        "user": {"id": user, "team_id": team["id"]},
        "team": team,
        "api_app_id": "A1",
    } | more


def view(callback_id: str, metadata: str, **values: Any) -> Json:
    """Build the view of a payload; ``values`` are its fields by block id."""
    return {
        "id": "V1",
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "state": {"values": values},
    }
