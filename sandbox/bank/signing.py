"""The signature the bank puts on its deliveries."""

import hmac
from hashlib import sha256


def sign_body(body: bytes, secret: str, timestamp: int) -> str:
    """Return the value of `X-Qonto-Signature` (docs.qonto.com, webhooks/setup); unix seconds."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256)
    return f"t={timestamp},v1={signed.hexdigest()}"
