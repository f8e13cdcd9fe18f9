"""A human's consent, turned into tokens (docs.qonto.com, authentication/oauth-flow)."""

from collections.abc import Sequence
from urllib.parse import urlencode

import httpx

from qonto.models import OAuthTokens
from qonto.paging import model_from
from qonto.transport import PRODUCTION_OAUTH, TIMEOUT, checked_base_url, exchange, staging_headers

# The provider wants the plural for reading invoices and the singular for writing them.
SCOPES = (
    "offline_access",
    "organization.read",
    "client_invoices.read",
    "client_invoice.write",
    "client.read",
    "webhook",
)


class QontoOAuth:
    """The OAuth application of the agency; the caller owns `http` and keeps the tokens.

    A refresh token lives 90 days and is single use, with 60 seconds of grace: store the new one
    durably before using the access token, and refresh before expiry, since 401 answers are throttled.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        base_url: str = PRODUCTION_OAUTH,
        staging_token: str | None = None,
    ) -> None:
        self._http = http
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._base = checked_base_url(base_url)
        self._headers = staging_headers(self._base, staging_token)

    def authorize_url(
        self, state: str, scopes: Sequence[str] = SCOPES, organization_id: str | None = None
    ) -> str:
        """Return the page where a person consents; `state` comes back and must be compared."""
        query = {
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "scope": " ".join(scopes),
            "state": state,
        }
        if organization_id is not None:
            query["organization_id"] = organization_id
        return f"{self._base}/oauth2/auth?{urlencode(query)}"

    async def exchange_code(self, code: str) -> OAuthTokens:
        """Turn the redirect's code into tokens within 10 minutes; InvalidGrant when it is used or old."""
        return await self._token(
            {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri}
        )

    async def refresh(self, refresh_token: str) -> OAuthTokens:
        """Turn a refresh token into new tokens; InvalidGrant when it is used, old or revoked."""
        return await self._token({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def _token(self, grant: dict[str, str]) -> OAuthTokens:
        request = self._http.build_request(
            "POST",
            self._base.copy_with(path=self._base.path.rstrip("/") + "/oauth2/token"),
            data=grant | {"client_id": self._client_id, "client_secret": self._client_secret},
            headers=self._headers | {"Accept": "application/json"},
            timeout=TIMEOUT,
        )
        return model_from(OAuthTokens, await exchange(self._http, request))
