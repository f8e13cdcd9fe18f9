"""Deliveries of the bank: proof that they are its own, and what they say. No input or output here."""

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from qonto.errors import InvalidSignature, UnreadableEvent
from qonto.fields import NotJson, problem_of, read_object, utc
from qonto.invoicing import ClientInvoice
from qonto.models import Transaction

SIGNATURE_HEADER = "X-Qonto-Signature"
TRANSACTIONS = "v1/transactions"
CLIENT_INVOICES = "v1/client-invoices"

# int() would also take Arabic digits, "+5" and "1_0"; a 13th digit would be past the year 9999.
_TIMESTAMP = re.compile(r"0|[1-9][0-9]{0,11}")
_SHA256_HEX = re.compile(r"[0-9a-f]{64}")
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


def verify_signature(
    body: bytes,
    headers: Sequence[str],
    secrets: Sequence[str],
    now: datetime,
    tolerance: timedelta | None,
) -> int:
    """Return the index of the secret that signed this delivery; raises InvalidSignature.

    `headers` are all values of `X-Qonto-Signature`; `t=<unix seconds>,v1=<hex>` signs `{t}.{raw body}`
    with HMAC-SHA256 (docs.qonto.com, webhooks/setup). Several `v1` may be there during a change of
    secret; other schemes are ignored. `tolerance` None switches the age check off. The age is judged
    after the signature, so `stale` and `clock` speak of genuine deliveries only.
    """
    timestamp, signatures = _parse_header(headers)
    message = timestamp.encode("ascii") + b"." + body
    index = _matching_secret(message, signatures, secrets)
    if tolerance is not None:
        _check_age(int(timestamp), now, tolerance)
    return index


def _parse_header(headers: Sequence[str]) -> tuple[str, list[str]]:
    if len(headers) > 1:
        raise InvalidSignature("duplicate")
    if not headers or not headers[0].strip():
        raise InvalidSignature("missing")
    pairs = [part.partition("=") for part in headers[0].split(",")]
    timestamps = [value for key, _, value in pairs if key == "t"]
    signatures = [value for key, _, value in pairs if key == "v1" and _SHA256_HEX.fullmatch(value)]
    if len(timestamps) > 1:
        raise InvalidSignature("duplicate")
    if not timestamps or not _TIMESTAMP.fullmatch(timestamps[0]) or not signatures:
        raise InvalidSignature("malformed")
    return timestamps[0], signatures


def _matching_secret(message: bytes, signatures: list[str], secrets: Sequence[str]) -> int:
    for index, secret in enumerate(secrets):
        expected = hmac.new(secret.encode(), message, sha256).hexdigest()
        if secret and any(hmac.compare_digest(expected, signature) for signature in signatures):
            return index
    raise InvalidSignature("mismatch")


def _check_age(timestamp: int, now: datetime, tolerance: timedelta) -> None:
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    age = now.timestamp() - timestamp
    if age > tolerance.total_seconds():
        raise InvalidSignature("stale")
    if -age > tolerance.total_seconds():
        raise InvalidSignature("clock")


class Envelope(BaseModel):
    """What the inbox needs of a delivery: the key against duplicates, and the type."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str


class WebhookEvent(BaseModel):
    """A delivery, understood. `transaction` or `invoice` is set by type; neither for types we do not follow.

    `event` is `created` or `updated` for transactions, an open string, and None where the bank says nothing.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    event: str | None = None
    subscription_id: str | None = None
    organization_id: str | None = None
    created_at: datetime | None = None
    transaction: Transaction | None = None
    invoice: ClientInvoice | None = None


def envelope(body: bytes) -> Envelope:
    """Read id and type of a signed body; raises UnreadableEvent when it is not an event."""
    return _envelope_of(_object_of(body))


def parse_event(body: bytes) -> WebhookEvent:
    """Read a signed body of any documented shape; raises UnreadableEvent, with the id if it has one."""
    delivery = _object_of(body)
    head = _envelope_of(delivery)
    try:
        return _event_of(head, delivery)
    except ValidationError as error:
        raise UnreadableEvent(problem_of(error), head.id) from None
    except ValueError as error:
        raise UnreadableEvent(str(error), head.id) from None


def _object_of(body: bytes) -> dict[str, Any]:
    try:
        return read_object(body)
    except NotJson as error:
        raise UnreadableEvent(str(error)) from None


def _envelope_of(delivery: Mapping[str, Any]) -> Envelope:
    if _is_bare_invoice(delivery):
        return Envelope(id=_bare_invoice_event_id(delivery), type=CLIENT_INVOICES)
    event_id = _printable(delivery.get("id"))
    if event_id is None:
        raise UnreadableEvent("no usable id")
    event_type = _printable(delivery.get("type"))
    if event_type is None:
        raise UnreadableEvent("no usable type", event_id)
    return Envelope(id=event_id, type=event_type)


def _printable(value: object) -> str | None:
    return value if isinstance(value, str) and _PRINTABLE.fullmatch(value) else None


def _is_bare_invoice(delivery: Mapping[str, Any]) -> bool:
    """Recognise the shape of the docs' schema part: the invoice itself, without an envelope."""
    return "type" not in delivery and "data" not in delivery and "total_amount" in delivery


def _bare_invoice_event_id(delivery: Mapping[str, Any]) -> str:
    """Make a key of invoice and change: by the invoice's id alone its second change would be a duplicate."""
    event_id = _printable(f"{_printable(delivery.get('id')) or ''}@{delivery.get('updated_at')}")
    if event_id is None or event_id.startswith("@"):
        raise UnreadableEvent("no usable id")
    return event_id


def _event_of(head: Envelope, delivery: Mapping[str, Any]) -> WebhookEvent:
    data = delivery if _is_bare_invoice(delivery) else delivery.get("data")
    return WebhookEvent(
        id=head.id,
        type=head.type,
        event=_text_at(data, "event") if isinstance(data, Mapping) else None,
        subscription_id=_text_at(delivery, "subscription_id"),
        organization_id=_text_at(delivery, "organization_id"),
        created_at=_instant_at(delivery, "created_at"),
        **dict(_content(head.type, data)),
    )


def _content(event_type: str, data: object) -> Iterator[tuple[str, Any]]:
    if event_type == TRANSACTIONS:
        yield "transaction", Transaction.model_validate(data)
    elif event_type == CLIENT_INVOICES:
        yield "invoice", ClientInvoice.model_validate(data)


def _text_at(delivery: Mapping[str, Any], key: str) -> str | None:
    value = delivery.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} is not a text")
    return value


def _instant_at(delivery: Mapping[str, Any], key: str) -> datetime | None:
    value = delivery.get(key)
    return None if value is None or value == "" else utc(value)
