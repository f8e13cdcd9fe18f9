"""Webhook subscriptions (docs.qonto.com, webhooks/create-a-webhook-subscription)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

from sandbox.bank.deliveries import Target
from sandbox.bank.errors import flat
from sandbox.bank.movements import written

URL_LIMIT = 512
DESCRIPTION_LIMIT = 256
SECRET_LENGTHS = range(32, 129)


class Subscriptions:
    """Who wants to hear of what; the secret is shown when created, and never again."""

    def __init__(self, organization_id: str, tick: Callable[[], datetime]) -> None:
        self._organization_id = organization_id
        self._tick = tick
        self._rows: dict[str, dict[str, Any]] = {}
        self._secrets: dict[str, str] = {}

    def rows(self) -> list[dict[str, Any]]:
        """Return every subscription, without secrets."""
        return list(self._rows.values())

    def get(self, subscription_id: str) -> dict[str, Any]:
        """Return one; raises the bank's 404."""
        if subscription_id not in self._rows:
            raise flat(404, "not_found", "webhook subscription not found")
        return self._rows[subscription_id]

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add one; raises the bank's 400. The answer holds the secret, made up if none was given."""
        taken = _checked(body)
        secret = body.get("secret") or f"whsec_{token_urlsafe(32)}"
        if not isinstance(secret, str) or len(secret) not in SECRET_LENGTHS:
            raise flat(400, "bad_request", "Secret must have 32 to 128 characters")
        created_at = written(self._tick())
        row = {
            "id": str(uuid4()),
            "organization_id": self._organization_id,
            "membership_id": str(uuid4()),
            "created_at": created_at,
            "updated_at": created_at,
        } | taken
        self._rows[row["id"]] = row
        self._secrets[row["id"]] = secret
        return row | {"secret": secret}

    def replace(self, subscription_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace url, types and description as a whole; raises the bank's 400 or 404."""
        row = self.get(subscription_id)
        kept = {name: row[name] for name in ("id", "organization_id", "membership_id", "created_at")}
        self._rows[subscription_id] = kept | _checked(body) | {"updated_at": written(self._tick())}
        return self._rows[subscription_id]

    def delete(self, subscription_id: str) -> None:
        """End one; raises the bank's 404."""
        self.get(subscription_id)
        del self._rows[subscription_id]
        del self._secrets[subscription_id]

    def targets(self) -> Iterator[Target]:
        """Yield where events go."""
        for row in self._rows.values():
            yield Target(row["id"], row["callback_url"], self._secrets[row["id"]], tuple(row["types"]))


def _checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """Take what may be set. The real bank wants public HTTPS; here loopback HTTP is what we can serve."""
    url, types, description = body.get("callback_url"), body.get("types"), body.get("description")
    if not isinstance(url, str) or not url:
        raise flat(400, "bad_request", "CallbackURL is missing")
    if len(url) > URL_LIMIT or not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise flat(400, "bad_request", "CallbackURL is invalid")
    if not isinstance(types, list) or not types or not all(isinstance(each, str) for each in types):
        raise flat(400, "bad_request", "Types are missing")
    if description is None:
        return {"callback_url": url, "types": types}
    if not isinstance(description, str) or len(description) > DESCRIPTION_LIMIT:
        raise flat(400, "bad_request", "Description is invalid")
    return {"callback_url": url, "types": types, "description": description}
