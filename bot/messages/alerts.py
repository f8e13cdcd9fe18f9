"""Use case: tell admins once about what they must repair, and take it back once it is repaired."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from store.messages import alerts, ledger
from store.models import Alert
from store.types import AlertKind, MessagePurpose, MessageState

FIRST = 1
# Several of these at once are one piece of news: one decision may concern several talents.
TOLD_TOGETHER = frozenset({AlertKind.TALENT_NOT_LINKED})
logger = logging.getLogger(__name__)


def alert_key(alert_id: int, to: str | None = None) -> str:
    """Name the message of an alert; ``to`` is the person or group told directly, None for the channel."""
    return ":".join(["alert", str(alert_id), *([to] if to else [])])


async def raise_alert(
    session: AsyncSession,
    kind: AlertKind,
    now: datetime,
    *,
    object_id: int | None = None,
    subject: str = "",
    details: Mapping[str, Any] | None = None,
    to: Sequence[str] = (),
) -> bool:
    """Note a trouble and want its message; False when it was told already and still lasts.

    ``to`` names admins (``U…``) or groups (``S…``) to tell directly, when the channel is the trouble. What
    is told together joins the message of the trouble before it, while that one has not left.
    """
    alert = await alerts.raise_once(session, kind, now, object_id=object_id, subject=subject, details=details)
    if alert is None:
        return False
    logger.error("alert raised", extra={"kind": kind, "alert_id": alert.id})
    if kind in TOLD_TOGETHER and await _joins(session, alert):
        return True
    targets: Sequence[str | None] = to or [None]
    for target in targets:
        await ledger.want(
            session,
            key=alert_key(alert.id, target),
            purpose=MessagePurpose.ALERT,
            object_id=alert.id,
            target=target,
            version=FIRST,
            now=now,
        )
    return True


async def _joins(session: AsyncSession, alert: Alert) -> bool:
    told = await alerts.not_yet_told(session, AlertKind(alert.kind))
    if told is None:
        return False
    alert.details = {**alert.details, alerts.TOLD_WITH: told.object_id}
    # Should it leave at this very moment, it is drawn again with both.
    await ledger.bump(session, told.key, told.wanted_version + 1)
    return True


async def clear_alert(
    session: AsyncSession,
    kind: AlertKind,
    now: datetime,
    *,
    object_id: int | None = None,
    subject: str = "",
) -> bool:
    """Note that a trouble is gone: what was told says so, what has not left yet never leaves."""
    return await clear_alerts(session, [(kind, object_id, subject)], now)


async def clear_alerts(
    session: AsyncSession, troubles: Sequence[tuple[AlertKind, int | None, str]], now: datetime
) -> bool:
    """Do the same for several troubles, each a kind, an object and a subject; False when none was there."""
    cleared = await alerts.clear(session, [alerts.key_of(*trouble) for trouble in troubles], now)
    for alert in cleared:
        logger.info("alert cleared", extra={"kind": alert.kind, "alert_id": alert.id})
        await _say_cleared(session, alert, now)
    return bool(cleared)


async def clear_kind(session: AsyncSession, kind: AlertKind, now: datetime) -> None:
    """Note that every trouble of a kind is gone, whatever it was about."""
    for alert in await alerts.clear_all(session, kind, now):
        logger.info("alert cleared", extra={"kind": kind, "alert_id": alert.id})
        await _say_cleared(session, alert, now)


async def _say_cleared(session: AsyncSession, alert: Alert, now: datetime) -> None:
    together = await alerts.told_together(session, alert)
    lasts = any(each.cleared_at is None for each in together)
    for row in await ledger.of_object(session, MessagePurpose.ALERT, together[0].id):
        if not lasts and row.state in {MessageState.WANTED, MessageState.BLOCKED} and row.ts is None:
            await ledger.cancel(session, row.key)
            continue
        await ledger.want(
            session,
            key=row.key,
            purpose=MessagePurpose.ALERT,
            object_id=row.object_id,
            target=row.target,
            version=row.wanted_version + 1,
            now=now,
        )
