"""The bank's consent (tokens) and the webhook subscriptions made with it. Never log what these rows hold."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.db.dialects import insert
from store.models import OAuthToken, WebhookSubscription

QONTO = "qonto"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """What the bank answered to a grant or a refresh; ``expires_at`` is of the access token."""

    access_token: str
    refresh_token: str | None
    scope: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"NewToken(expires_at={self.expires_at.isoformat()})"


async def get_token(session: AsyncSession, provider: str = QONTO) -> OAuthToken | None:
    """Read the stored consent."""
    query = select(OAuthToken).where(OAuthToken.provider == provider)
    return await session.scalar(query.execution_options(populate_existing=True))


async def lock_token(session: AsyncSession, provider: str = QONTO) -> OAuthToken | None:
    """Read the consent and keep another process from refreshing it: a refresh token works once."""
    query = select(OAuthToken).where(OAuthToken.provider == provider).with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


async def save_token(session: AsyncSession, token: NewToken, now: datetime, provider: str = QONTO) -> None:
    """Replace the stored consent."""
    changes = {**asdict(token), "updated_at": now}
    statement = insert(session, OAuthToken).values(provider=provider, **changes)
    await session.execute(statement.on_conflict_do_update(index_elements=["provider"], set_=changes))


async def add_subscription(
    session: AsyncSession, *, event_type: str, callback_url: str, secret: str, now: datetime
) -> WebhookSubscription:
    """Store a subscription before asking the bank for it, so that its secret is never unknown to us."""
    row = WebhookSubscription(event_type=event_type, callback_url=callback_url, secret=secret, created_at=now)
    session.add(row)
    await session.flush()
    return row


async def confirm_subscription(session: AsyncSession, subscription_id: int, qonto_id: str) -> None:
    """The bank made the subscription and gave it its id."""
    row = await session.get_one(WebhookSubscription, subscription_id)
    row.qonto_id = qonto_id
    await session.flush()


async def list_subscriptions(session: AsyncSession) -> Sequence[WebhookSubscription]:
    """List our subscriptions, oldest first; their secrets are all valid for signatures."""
    return (await session.scalars(select(WebhookSubscription).order_by(WebhookSubscription.id))).all()


async def remove_subscription(session: AsyncSession, subscription_id: int) -> None:
    """Forget a subscription that no longer exists at the bank."""
    await session.execute(delete(WebhookSubscription).where(WebhookSubscription.id == subscription_id))
