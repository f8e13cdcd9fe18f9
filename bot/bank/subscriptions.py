"""Use case: have the bank send us its events. List first, create only what is missing."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.bank.access import BankAccess
from bot.errors import InvalidRequestError
from bot.settings import Settings
from qonto import TRANSACTIONS, QontoClient, QontoRejected, WebhookSubscription
from store.db.engine import Database
from store.models import WebhookSubscription as Stored
from store.payments import oauth

WEBHOOK_PATH = "/api/webhooks/qonto"
SECRET_BYTES = 32  # 64 hexadecimal characters; the bank takes 32 to 128
DESCRIPTION = "qonto-bot"
EVENT_TYPES = (TRANSACTIONS,)
CLOCK_SKEW = timedelta(minutes=5)


def callback_url(settings: Settings) -> str:
    """Give our address for the bank's events. Raises InvalidRequestError unless it is public HTTPS.

    docs.qonto.com, webhooks/troubleshooting: a valid certificate, no localhost.
    """
    url = settings.public_url
    if url is None or url.scheme != "https":
        raise InvalidRequestError(
            "PUBLIC_URL doit être l’adresse publique du service en https:// pour recevoir les webhooks."
        )
    return f"{str(url).rstrip('/')}{WEBHOOK_PATH}"


async def subscribe(
    settings: Settings, database: Database, access: BankAccess, now: datetime
) -> dict[str, bool]:
    """Subscribe to each type we handle that the bank does not list yet; tells which ones were created.

    Other subscriptions are left alone: their secrets stay known, and what comes is ignored.
    Raises InvalidRequestError, QontoError.
    """
    address = callback_url(settings)
    bank = access.webhook_client()
    listed = [each async for each in bank.webhook_subscriptions() if each.callback_url == address]
    await _adopt(database, listed)
    created = {}
    for event_type in EVENT_TYPES:
        created[event_type] = not await _known(database, listed, event_type)
        if created[event_type]:
            await _create(database, bank, event_type, address, now)
    return created


async def _known(database: Database, listed: Sequence[WebhookSubscription], event_type: str) -> bool:
    """A subscription counts only when we hold its secret: without it, no delivery could be believed."""
    ids = {each.id for each in listed if event_type in each.types}
    async with database.read() as session:
        return any(row.qonto_id in ids for row in await oauth.list_subscriptions(session))


async def _adopt(database: Database, listed: Sequence[WebhookSubscription]) -> None:
    """Finish what a crash between the bank's creation and our record left open."""
    async with database.write() as session:
        rows = await oauth.list_subscriptions(session)
        known = {row.qonto_id for row in rows}
        waiting = [row for row in rows if row.qonto_id is None]
        for each in listed:
            row = next((row for row in waiting if _made_for(row, each)), None)
            if row is not None and each.id not in known:
                waiting.remove(row)
                await oauth.confirm_subscription(session, row.id, each.id)


def _made_for(row: Stored, listed: WebhookSubscription) -> bool:
    """The bank shows the secret again to some only; otherwise type, address and moment must agree."""
    if listed.secret is not None:
        return listed.secret.get_secret_value() == row.secret
    agrees = row.callback_url == listed.callback_url and row.event_type in listed.types
    return agrees and listed.created_at is not None and listed.created_at >= row.created_at - CLOCK_SKEW


async def _create(
    database: Database, bank: QontoClient, event_type: str, address: str, now: datetime
) -> None:
    row = await _secret_row(database, event_type, address, now)
    try:
        made = await bank.create_webhook_subscription(address, [event_type], row.secret, DESCRIPTION)
    except QontoRejected:
        async with database.write() as session:
            await oauth.remove_subscription(session, row.id)
        raise
    async with database.write() as session:
        await oauth.confirm_subscription(session, row.id, made.id)


async def _secret_row(database: Database, event_type: str, address: str, now: datetime) -> Stored:
    """Store our secret before the bank is asked; a try that ended without an answer lends its own."""
    async with database.write() as session:
        for row in await oauth.list_subscriptions(session):
            if (row.qonto_id, row.event_type, row.callback_url) == (None, event_type, address):
                return row
        return await oauth.add_subscription(
            session,
            event_type=event_type,
            callback_url=address,
            secret=secrets.token_hex(SECRET_BYTES),
            now=now,
        )
