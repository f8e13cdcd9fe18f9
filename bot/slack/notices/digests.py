"""Who gets a digest now: the finance channel, and each admin who asked for one of their own."""

import logging

from bot.context import Context
from bot.errors import RefusedError
from bot.messages.digest import is_left, want_digest
from bot.messages.preferences import Notices, read_choices
from bot.slack.dispatch.rights import Rights
from store import people

logger = logging.getLogger(__name__)


class Digests:
    """The worker's hourly question, asked every minute: is it time, and for whom."""

    def __init__(self, ctx: Context, rights: Rights) -> None:
        self._ctx = ctx
        self._rights = rights

    async def want_due(self) -> int:
        """Want the digests that are due; returns how many will be posted. Rights are read now."""
        wanted = 0
        for target, hour in await self._readers():
            wanted += await want_digest(self._ctx, target, hour)
        return wanted

    async def _readers(self) -> list[tuple[str, int]]:
        async with self._ctx.database.read() as session:
            choices = await read_choices(session)
            asked = [(row.user_id, row.digest_hour) for row in await people.wanting(session, Notices.DIGEST)]
        channel = self._ctx.settings.slack_channel
        readers = []
        if channel and choices.digest_hour is not None:
            readers.append((channel, choices.digest_hour))
        for user, hour in asked:
            if await is_left(self._ctx, user, hour) and await self._may_read(user):
                readers.append((user, hour))
        return readers

    async def _may_read(self, user_id: str) -> bool:
        try:
            return await self._rights.is_admin(user_id)
        except RefusedError:
            logger.warning("digest postponed: rights unknown")
            return False
