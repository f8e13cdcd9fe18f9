"""Signed requests as the bank and Slack send them, prepared before anything is timed."""

import hashlib
import hmac
import json
import time
import urllib.parse
import uuid

from benchmarks.load import post
from benchmarks.servers import SIGNING_SECRET, WEBHOOK_SECRET
from bot.slack.blocks import ids


def webhooks(count: int, path: str = "/hook", secret: str = WEBHOOK_SECRET) -> list[bytes]:
    """Prepare deliveries with ids of their own."""
    return [_webhook(path, secret) for _ in range(count)]


def _webhook(path: str, secret: str) -> bytes:
    stamp = str(int(time.time()))
    transaction = {
        "event": "created",
        "id": str(uuid.uuid4()),
        "amount": 1500.0,
        "currency": "EUR",
        "side": "debit",
        "status": "completed",
        "operation_type": "transfer",
        "label": "MESURE",
        "reference": "Paiement facture FACT-2026-042",
        "settled_at": "2026-09-09T21:39:37.143Z",
        "emitted_at": "2026-09-09T21:39:37.143Z",
        "updated_at": "2026-09-09T21:39:37.388Z",
        "bank_account_id": "0190c0de-0000-7000-8000-000000000101",
    }
    event = {"id": str(uuid.uuid4()), "type": "v1/transactions", "created_at": "2026-09-09T21:39:39Z"}
    body = json.dumps(event | {"data": transaction}).encode()
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return post(
        path, body, {"Content-Type": "application/json", "X-Qonto-Signature": f"t={stamp},v1={digest}"}
    )


def click(value: str, user: str, team: str, secret: str = SIGNING_SECRET) -> bytes:
    """Prepare a click on « Associer »."""
    payload = {
        "type": "block_actions",
        "user": {"id": user, "team_id": team},
        "team": {"id": team},
        "api_app_id": "A0",
        "token": "unused",
        "trigger_id": "1.1.1",
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C0"},
        "channel": {"id": "C0"},
        "response_url": "http://127.0.0.1:9/none",
        "actions": [
            {
                "type": "button",
                "action_id": ids.ASSOCIATE,
                "block_id": "b",
                "value": value,
                "action_ts": "1.1",
                "text": {"type": "plain_text", "text": "Associer"},
            }
        ],
    }
    body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(time.time()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return post(
        "/slack/events",
        body,
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
        },
    )
