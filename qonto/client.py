"""The bank's API, one method per endpoint."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import httpx

from qonto.auth import Auth
from qonto.errors import QontoForbidden
from qonto.invoicing import Client, ClientInvoice
from qonto.models import BankAccount, Organization, WebhookSubscription
from qonto.paging import Listing, Page, model_from, pages, rows_of
from qonto.queries import InvoiceQuery, TransactionQuery, included
from qonto.transaction import Transaction
from qonto.transport import Retries, Transport
from qonto.walk import walk
from qonto.wire import PRODUCTION_API

ACCOUNTS = Listing("/v2/bank_accounts", "bank_accounts", BankAccount)
INVOICES = Listing("/v2/client_invoices", "client_invoices", ClientInvoice)
CLIENTS = Listing("/v2/clients", "clients", Client)
SUBSCRIPTIONS = Listing("/v2/webhook_subscriptions", "subscriptions", WebhookSubscription)
# A row that leaves `pending` while we read is met again under its new status.
ALL_STATUSES = ("pending", "declined", "completed")


def _utc_now() -> datetime:
    return datetime.now(UTC)


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
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._transport = Transport(http, auth, base_url, staging_token, retries or Retries())
        self._now = now

    def reset_auth(self) -> None:
        """Allow calls again after a 401, once key or token have changed."""
        self._transport.reset_auth()

    @property
    def manages_webhooks(self) -> bool:
        """Tell whether these credentials may touch webhook subscriptions: OAuth only."""
        return self._transport.auth.manages_webhooks

    async def test_connection(self) -> Organization:
        """Return the organisation the credentials open; the documented test of a key."""
        return await self.organization()

    # docs.qonto.com/api-reference/business-api/organizations

    async def organization(self, *, include_external: bool = False) -> Organization:
        """Return the organisation with its accounts; with those of other banks if asked."""
        params = [("include_external_accounts", "true")] if include_external else []
        answer = await self._transport.get("/v2/organization", params)
        return model_from(Organization, answer.get("organization"))

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

    async def recent_transactions(
        self, days: int, account_ids: Sequence[str] | None = None, statuses: tuple[str, ...] = ALL_STATUSES
    ) -> AsyncIterator[Page[Transaction]]:
        """Yield what changed in the last days on the given accounts, or on every active one.

        By `updated_at`: whatever was booked in those days was also updated in them.
        """
        since = self._now() - timedelta(days=days)
        if account_ids is None:
            account_ids = [account.id async for account in self.accounts() if account.is_active]
        for account_id in account_ids:
            query = TransactionQuery(account_id, statuses=statuses, updated_at_from=since)
            async for page in self.transactions(query):
                yield page

    async def transaction(self, transaction_id: str, includes: tuple[str, ...] = ()) -> Transaction:
        """Return one transaction by its UUID, not its slug; QontoNotFound if there is none."""
        answer = await self._transport.get(_path("transactions", transaction_id), included(includes))
        return model_from(Transaction, answer.get("transaction"))

    # docs.qonto.com/api-reference/business-api/client-invoices

    def client_invoices(self, query: InvoiceQuery | None = None) -> AsyncIterator[Page[ClientInvoice]]:
        """Yield pages of client invoices."""
        return pages(self._transport, INVOICES, (query or InvoiceQuery()).params())

    async def client_invoice(self, invoice_id: str) -> ClientInvoice:
        """Return one client invoice."""
        answer = await self._transport.get(_path("client_invoices", invoice_id))
        return model_from(ClientInvoice, answer.get("client_invoice"))

    async def mark_as_paid(self, invoice_id: str, paid_at: date) -> ClientInvoice:
        """Set unpaid to paid on a day that is not in the future; on a paid one only the day changes.

        No amount and no transaction can be given, so part payments are never marked.
        """
        path = _path("client_invoices", invoice_id, "mark_as_paid")
        answer = await self._transport.send("POST", path, {"paid_at": paid_at.isoformat()})
        return model_from(ClientInvoice, answer.get("client_invoice"))

    async def unmark_as_paid(self, invoice_id: str) -> ClientInvoice:
        """Set paid back to unpaid."""
        answer = await self._transport.send("POST", _path("client_invoices", invoice_id, "unmark_as_paid"))
        return model_from(ClientInvoice, answer.get("client_invoice"))

    # docs.qonto.com/api-reference/business-api/clients

    def clients(self) -> AsyncIterator[Client]:
        """Yield every client, by name."""
        return rows_of(pages(self._transport, CLIENTS))

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
        body = _subscription(callback_url, types, description) | {"secret": secret}
        return model_from(WebhookSubscription, await self._transport.send("POST", SUBSCRIPTIONS.path, body))

    async def webhook_subscription(self, subscription_id: str) -> WebhookSubscription:
        """Return one subscription."""
        self._require_oauth()
        answer = await self._transport.get(_path("webhook_subscriptions", subscription_id))
        return model_from(WebhookSubscription, answer)

    async def update_webhook_subscription(
        self, subscription_id: str, callback_url: str, types: Sequence[str], description: str | None = None
    ) -> WebhookSubscription:
        """Replace all of a subscription but its secret, which cannot be changed."""
        self._require_oauth()
        path = _path("webhook_subscriptions", subscription_id)
        answer = await self._transport.send("PUT", path, _subscription(callback_url, types, description))
        return model_from(WebhookSubscription, answer)

    async def delete_webhook_subscription(self, subscription_id: str) -> None:
        """End a subscription."""
        self._require_oauth()
        await self._transport.send("DELETE", _path("webhook_subscriptions", subscription_id))

    def _require_oauth(self) -> None:
        """Refuse here what the bank answers with 401, which would stop every other call."""
        if not self.manages_webhooks:
            raise QontoForbidden(403, "oauth_required", "an API key cannot manage webhook subscriptions")


def _path(collection: str, object_id: str, action: str | None = None) -> str:
    path = f"/v2/{collection}/{quote(object_id, safe='')}"
    return path if action is None else f"{path}/{action}"


def _subscription(callback_url: str, types: Sequence[str], description: str | None) -> dict[str, object]:
    body: dict[str, object] = {"callback_url": callback_url, "types": list(types)}
    return body if description is None else body | {"description": description}
