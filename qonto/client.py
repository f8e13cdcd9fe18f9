"""The bank's API, one method per endpoint."""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

import httpx

from qonto.errors import QontoForbidden
from qonto.models import BankAccount, Organization, Transaction, WebhookSubscription
from qonto.paging import Listing, Page, TransactionQuery, model_from, pages, rows_of, walk
from qonto.transport import PRODUCTION_API, Auth, Retries, Transport

ACCOUNTS = Listing("/v2/bank_accounts", "bank_accounts", BankAccount)
SUBSCRIPTIONS = Listing("/v2/webhook_subscriptions", "subscriptions", WebhookSubscription)


class QontoClient:
    """Calls for one organisation; every method raises children of QontoError.

    The caller owns `http`. Reads are tried again (`retries`), writes never. After a 401 nothing is sent
    any more and QontoUnauthorized is raised at once, until `reset_auth`. Raises ValueError when
    `base_url` is neither HTTPS nor this machine.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        auth: Auth,
        *,
        base_url: str = PRODUCTION_API,
        staging_token: str | None = None,
        retries: Retries | None = None,
    ) -> None:
        self._transport = Transport(http, auth, base_url, staging_token, retries or Retries())

    def reset_auth(self) -> None:
        """Allow calls again after a 401, once key or token have changed."""
        self._transport.reset_auth()

    @property
    def manages_webhooks(self) -> bool:
        """Tell whether these credentials may touch webhook subscriptions: OAuth only."""
        return self._transport.auth.manages_webhooks

    # docs.qonto.com/api-reference/business-api/organizations

    async def organization(self) -> Organization:
        """Return the organisation the credentials open; the documented test of a key."""
        return model_from(Organization, (await self._transport.get("/v2/organization")).get("organization"))

    def accounts(self) -> AsyncIterator[BankAccount]:
        """Yield every account, closed ones too."""
        return rows_of(self.account_pages())

    def account_pages(self) -> AsyncIterator[Page[BankAccount]]:
        """Yield the same by pages: an account that cannot be read does not hide the others."""
        return pages(self._transport, ACCOUNTS)

    # docs.qonto.com/api-reference/business-api/transactions

    async def transactions(self, query: TransactionQuery) -> AsyncIterator[Page[Transaction]]:
        """Yield pages, status after status; a row may come twice when rows move while we page."""
        for status in query.statuses:
            async for page in walk(self._transport, query, status):
                yield page

    async def transaction(self, transaction_id: str) -> Transaction:
        """Return one transaction by its UUID, not its slug; QontoNotFound if there is none."""
        answer = await self._transport.get(f"/v2/transactions/{quote(transaction_id, safe='')}")
        return model_from(Transaction, answer.get("transaction"))

    # docs.qonto.com/api-reference/business-api/webhooks

    def webhook_subscriptions(self) -> AsyncIterator[WebhookSubscription]:
        """Yield the subscriptions of the same user and the same OAuth application, no others."""
        self._require_oauth()
        return rows_of(pages(self._transport, SUBSCRIPTIONS))

    async def create_webhook_subscription(
        self, callback_url: str, types: Sequence[str], secret: str, description: str | None = None
    ) -> WebhookSubscription:
        """Subscribe; list first, since a second subscription would deliver everything twice.

        `callback_url` is public HTTPS, `secret` has 32 to 128 characters and is stored by us before.
        """
        self._require_oauth()
        body: dict[str, object] = {"callback_url": callback_url, "types": list(types), "secret": secret}
        if description is not None:
            body["description"] = description
        return model_from(WebhookSubscription, await self._transport.send("POST", SUBSCRIPTIONS.path, body))

    def _require_oauth(self) -> None:
        """Refuse here what the bank answers with 401, which would stop every other call."""
        if not self.manages_webhooks:
            raise QontoForbidden(403, "oauth_required", "an API key cannot manage webhook subscriptions")
