"""Who gets a digest of their own: admins who asked for one, and nobody whose right was withdrawn."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.context import Actor
from bot.locale import fr
from bot.messages.preferences import Choices, Notices, Personal, save_choices, save_personal
from bot.slack.notices.digests import Digests
from store.models import Message
from store.types import ActorKind
from tests.support.store_rows import add_payment
from tests.support.world import CAMILLE, HUGO, MAUD, inside


async def test_a_personal_digest_goes_to_present_admins_only(tmp_path: Path) -> None:
    async with inside(tmp_path, example=False, sync_every_minutes=0) as (_, service):
        ctx = service.ctx
        async with ctx.database.write() as session:
            await add_payment(session)
        day = fr.paris_day(ctx.clock()) + timedelta(days=1)
        day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
        for user in (MAUD, HUGO, CAMILLE):
            actor = Actor(ActorKind.SLACK, user, is_admin=user == MAUD)
            await save_personal(ctx, actor, Personal(Notices.DIGEST, 8))
        await save_choices(ctx, Actor(ActorKind.SLACK, MAUD, is_admin=True), Choices(digest_hour=None))
        later = replace(ctx, clock=lambda: fr.at_hour(day, 9))
        digests = Digests(later, service.slack.rights)
        assert await digests.want_due() == 1
        assert await digests.want_due() == 0
        async with ctx.database.read() as session:
            query = select(Message.target).where(
                Message.purpose == "digest", Message.object_id == day.toordinal()
            )
            assert list(await session.scalars(query)) == [MAUD]
