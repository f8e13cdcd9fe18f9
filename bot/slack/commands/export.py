"""Write an export and hand it to the admin who asked, in their own conversation with the bot."""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot.audit import admins_only, trace
from bot.context import Actor, Context
from bot.exporting import Export, write_export
from bot.locale import fr
from bot.queries.periods import Period
from bot.slack.call_errors import CALL_ERRORS
from bot.slack.card.decided_view import by
from store.models import Decision
from store.types import ActorKind

MISSING_SCOPE = "missing_scope"
MOST_NAMES = 100
logger = logging.getLogger(__name__)


@admins_only("export")
async def send_export(ctx: Context, actor: Actor, period: Period, client: AsyncWebClient) -> str:
    """Write CSV and XLSX, send both in the person's direct messages, say in French what became of it.

    Raises NotAllowedError, audited. Who exported what, and when, is in the audit trail.
    """
    names = await _names(ctx, client)
    with TemporaryDirectory(prefix="export-") as folder:
        files = [Path(folder) / f"{_stem(period)}{suffix}" for suffix in (".xlsx", ".csv")]
        written = await write_export(ctx, period, files, lambda kind, who: names.get(who) or by(kind, who))
        if not written.lines:
            return f"Aucun paiement à exporter ({period.label})."
        await _audit(ctx, actor, period, written)
        return await _upload(client, actor.id, period, files, written)


async def _upload(
    client: AsyncWebClient, user_id: str, period: Period, files: list[Path], written: Export
) -> str:
    said = f"Rapprochements, {period.label}\u00a0: {fr.count(written.payments, 'paiement')}."
    try:
        channel = str((await client.conversations_open(users=[user_id]))["channel"]["id"])
        await client.files_upload_v2(
            channel=channel,
            initial_comment=said,
            file_uploads=[{"file": str(file), "filename": file.name, "title": file.name} for file in files],
        )
    except CALL_ERRORS as error:
        logger.warning("export not sent", extra={"reason": type(error).__name__})
        if isinstance(error, SlackApiError) and error.response.get("error") == MISSING_SCOPE:
            return (
                "L’application n’a pas le droit d’envoyer des fichiers (files:write). Réinstallez-la avec "
                "le manifeste à jour, ou utilisez `qonto-bot export` sur le serveur."
            )
        return "Slack n’a pas accepté le fichier. Réessayez dans un instant."
    return f"{said} Les fichiers sont dans votre conversation avec l’application."


def _stem(period: Period) -> str:
    if period.start is None or period.end is None:
        return "rapprochements"
    return f"rapprochements-{period.start.isoformat()}-{period.end.isoformat()}"


async def _names(ctx: Context, client: AsyncWebClient) -> dict[str, str]:
    """Name the people who decided; an account Slack no longer knows keeps its id."""
    query = select(Decision.actor).where(Decision.actor_kind == ActorKind.SLACK).distinct().limit(MOST_NAMES)
    async with ctx.database.read() as session:
        users = (await session.scalars(query)).all()
    names = {}
    for user in users:
        try:
            found = (await client.users_info(user=user))["user"]
        except CALL_ERRORS:
            names[user] = user
            continue
        names[user] = str(found.get("real_name") or found.get("name") or user)
    return names


async def _audit(ctx: Context, actor: Actor, period: Period, written: Export) -> None:
    async with ctx.database.write() as session:
        said = {"payments": written.payments, "lines": written.lines}
        await trace(session, actor, "export", ("export", _stem(period)), ctx.clock(), said)
