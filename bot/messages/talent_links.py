"""Use cases: say which Slack account is a talent's. A guess is confirmed by the person before any amount."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only, trace
from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError, NotFoundError
from store import people
from store.messages import ledger
from store.models import Talent, TalentLink
from store.people import AccountTaken, LinkState
from store.types import MessagePurpose, MessageState


async def link_account(ctx: Context, actor: Actor, talent_id: int, user_id: str) -> None:
    """Record a talent's account, found by exact e-mail. Raises AlreadyDecidedError when one is taken."""
    async with ctx.database.write() as session:
        await _give(session, ctx, actor, talent_id, user_id)


async def _give(session: AsyncSession, ctx: Context, actor: Actor, talent_id: int, user_id: str) -> None:
    now = ctx.clock()
    try:
        changed = await people.give_account(session, talent_id, user_id, now)
    except AccountTaken:
        raise AlreadyDecidedError(
            "Ce compte ou ce talent est déjà relié à quelqu’un d’autre.",
            english="This account or this talent is already linked to somebody else.",
        ) from None
    if changed:
        await trace(session, actor, "talent_linked", ("talent", talent_id), now, {"user_id": user_id})


@admins_only("link_talent")
async def ask_person(ctx: Context, actor: Actor, *, talent_id: int, user_id: str) -> None:
    """Ask somebody whether they are this talent; nothing of the talent's is shown before they say yes.

    Raises NotFoundError; AlreadyDecidedError when the talent or the account is linked already.
    """
    now = ctx.clock()
    async with ctx.database.write() as session:
        talent = await session.get(Talent, talent_id)
        if talent is None:
            raise NotFoundError("Ce talent est inconnu.")
        if talent.slack_user_id is not None:
            raise AlreadyDecidedError(f"{talent.name} est déjà relié à <@{talent.slack_user_id}>.")
        other = await people.talent_of(session, user_id)
        if other is not None:
            raise AlreadyDecidedError(f"Ce compte est déjà celui de {other.name}.")
        link = await people.ask(session, talent_id, user_id, actor.id, now)
        await ledger.want(
            session,
            key=link_key(link.id),
            purpose=MessagePurpose.TALENT_LINK,
            object_id=link.id,
            target=user_id,
            version=1,
            now=now,
        )
        await trace(session, actor, "talent_asked", ("talent", talent_id), now, {"user_id": user_id})


async def answer_link(ctx: Context, actor: Actor, *, link_id: int, is_me: bool) -> None:
    """Record what the person answered. Only the one who was asked may answer, and once.

    Raises NotFoundError, AlreadyDecidedError.
    """
    now = ctx.clock()
    async with ctx.database.write() as session:
        link = await people.lock_link(session, link_id)
        if link is None:
            raise NotFoundError("Cette question n’existe plus.", english="This question is gone.")
        if link.user_id != actor.id:
            raise NotFoundError(
                "Cette question ne vous est pas adressée.", english="This question is not for you."
            )
        if link.state != LinkState.ASKED:
            raise AlreadyDecidedError(
                "Vous avez déjà répondu, ou la question a été retirée.",
                english="You have answered already, or the question was withdrawn.",
            )
        link.state = LinkState.CONFIRMED if is_me else LinkState.REFUSED
        link.answered_at = now
        if is_me:
            await _give(session, ctx, actor, link.talent_id, link.user_id)
        else:
            said = {"user_id": link.user_id}
            await trace(session, actor, "talent_refused", ("talent", link.talent_id), now, said)
        await _redraw(session, link, ctx)


async def _redraw(session: AsyncSession, link: TalentLink, ctx: Context) -> None:
    """The question becomes a record of the answer."""
    row = await ledger.find(session, link_key(link.id))
    if row is None or row.state == MessageState.CANCELLED:
        return
    await ledger.want(
        session,
        key=row.key,
        purpose=MessagePurpose.TALENT_LINK,
        object_id=link.id,
        target=row.target,
        version=row.wanted_version + 1,
        now=ctx.clock(),
    )


def link_key(link_id: int) -> str:
    """Name the one question of a link in the ledger."""
    return f"{MessagePurpose.TALENT_LINK}:{link_id}"
