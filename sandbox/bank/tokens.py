"""OAuth as the bank grants it: codes, tokens, single-use refresh (docs.qonto.com, oauth-flow)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=90)
REFRESH_GRACE = timedelta(seconds=60)


@dataclass
class Grant:
    """Something that opens the bank until it expires; `used_at` is for what is single use."""

    scope: str
    expires_at: datetime
    redirect_uri: str | None = None
    used_at: datetime | None = None


class Tokens:
    """Everything granted so far."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._codes: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    def consent(self, scope: str, redirect_uri: str) -> str:
        """Return a code: a person has agreed."""
        code = token_urlsafe(16)
        self._codes[code] = Grant(scope, self._now() + CODE_LIFE, redirect_uri)
        return code

    def redeem(self, code: str, redirect_uri: str) -> dict[str, Any] | None:
        """Turn a fresh code into tokens, once; None when it is used, old, or meant for elsewhere."""
        grant = self._codes.get(code)
        if grant is None or grant.used_at or self._expired(grant) or grant.redirect_uri != redirect_uri:
            return None
        grant.used_at = self._now()
        return self.issue(grant.scope)

    def renew(self, refresh_token: str) -> dict[str, Any] | None:
        """Turn a refresh token into new tokens; it still works for 60 seconds after its first use."""
        grant = self._refresh.get(refresh_token)
        if grant is None or self._expired(grant):
            return None
        if grant.used_at is not None and self._now() - grant.used_at > REFRESH_GRACE:
            return None
        grant.used_at = grant.used_at or self._now()
        return self.issue(grant.scope)

    def issue(self, scope: str) -> dict[str, Any]:
        """Grant tokens for these scopes, in the form the token endpoint answers."""
        access_token, refresh_token = token_urlsafe(24), token_urlsafe(24)
        self._access[access_token] = Grant(scope, self._now() + ACCESS_LIFE)
        answer = {
            "access_token": access_token,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "scope": scope,
            "token_type": "bearer",
        }
        if "offline_access" not in scope.split():
            return answer
        self._refresh[refresh_token] = Grant(scope, self._now() + REFRESH_LIFE)
        return answer | {"refresh_token": refresh_token}

    def scopes_of(self, access_token: str) -> frozenset[str] | None:
        """Return what an access token opens, or None when it is unknown or expired."""
        grant = self._access.get(access_token)
        return None if grant is None or self._expired(grant) else frozenset(grant.scope.split())

    def revoke_all(self) -> None:
        """Withdraw every consent."""
        self._access.clear()
        self._refresh.clear()

    def _expired(self, grant: Grant) -> bool:
        return self._now() >= grant.expires_at
