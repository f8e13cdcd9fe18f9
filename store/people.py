"""Talents and the Slack accounts that are theirs: found, asked about, confirmed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.db.dialects import insert
from store.errors import StoreError
from store.models import GroupMembers, Message, Preference, Talent, TalentLink
from store.types import MessageState


class LinkState(StrEnum):
    """What a person answered when asked whether they are a talent."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class AccountTaken(StoreError):
    """The Slack account belongs to another talent already, or the talent has another account."""


async def talent_of(session: AsyncSession, user_id: str) -> Talent | None:
    """Read the talent whose account this is."""
    return await session.scalar(select(Talent).where(Talent.slack_user_id == user_id))


async def talent_without_account(session: AsyncSession, email: str) -> Talent | None:
    """Read the talent of this e-mail address who has no account yet."""
    query = select(Talent).where(Talent.email == email.strip().casefold(), Talent.slack_user_id.is_(None))
    return await session.scalar(query)


async def count_unlinked(session: AsyncSession) -> int:
    """Count the talents without an account."""
    query = select(func.count()).select_from(Talent).where(Talent.slack_user_id.is_(None))
    return await session.scalar(query) or 0


async def unlinked(session: AsyncSession, limit: int) -> Sequence[Talent]:
    """List the talents without an account, by name."""
    query = select(Talent).where(Talent.slack_user_id.is_(None)).order_by(Talent.name_key, Talent.id)
    return (await session.scalars(query.limit(limit))).all()


async def latest_links(session: AsyncSession, talent_ids: Sequence[int]) -> Mapping[int, TalentLink]:
    """Read the last question asked about each talent."""
    query = select(TalentLink).where(TalentLink.talent_id.in_(talent_ids)).order_by(TalentLink.id)
    return {row.talent_id: row for row in await session.scalars(query)}


async def ask(
    session: AsyncSession, talent_id: int, user_id: str, asked_by: str, now: datetime
) -> TalentLink:
    """Write that a person is asked whether they are this talent; an earlier open question is withdrawn."""
    query = select(TalentLink).where(TalentLink.talent_id == talent_id, TalentLink.state == LinkState.ASKED)
    for row in (await session.scalars(query.with_for_update())).all():
        row.state, row.answered_at = LinkState.REFUSED, now
    link = TalentLink(
        talent_id=talent_id, user_id=user_id, state=LinkState.ASKED, asked_by=asked_by, asked_at=now
    )
    session.add(link)
    await session.flush()
    return link


async def lock_link(session: AsyncSession, link_id: int) -> TalentLink | None:
    """Read one question fresh, under lock."""
    query = select(TalentLink).where(TalentLink.id == link_id).with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


async def give_account(session: AsyncSession, talent_id: int, user_id: str, now: datetime) -> bool:
    """Say which account is a talent's; the messages that waited for it may leave. False when known already.

    Raises AccountTaken.
    """
    talent = await session.get(Talent, talent_id, with_for_update=True, populate_existing=True)
    other = await talent_of(session, user_id)
    if talent is None or (other is not None and other.id != talent_id):
        raise AccountTaken("the account belongs to another talent")
    if talent.slack_user_id is not None:
        if talent.slack_user_id != user_id:
            raise AccountTaken("the talent has another account")
        return False
    talent.slack_user_id = user_id
    await session.flush()
    await _release(session, talent_id, user_id, now)
    return True


async def _release(session: AsyncSession, talent_id: int, user_id: str, now: datetime) -> None:
    query = select(Message).where(
        Message.talent_id == talent_id, Message.ts.is_(None), Message.state == MessageState.BLOCKED
    )
    for row in (await session.scalars(query.with_for_update())).all():
        row.state, row.target = MessageState.WANTED, user_id
        row.attempts, row.next_attempt_at = 0, now
    await session.flush()


async def preference(session: AsyncSession, user_id: str | None) -> Preference | None:
    """Read what a person chose; None when they never did."""
    return await session.get(Preference, user_id) if user_id else None


async def save_preference(
    session: AsyncSession, user_id: str, *, notices: str, digest_hour: int, language: str, now: datetime
) -> None:
    """Write what a person chose."""
    row = await session.get(Preference, user_id)
    if row is None:
        row = Preference(user_id=user_id)
        session.add(row)
    row.notices, row.digest_hour, row.language, row.updated_at = notices, digest_hour, language, now
    await session.flush()


async def wanting(session: AsyncSession, notices: str) -> Sequence[Preference]:
    """List the people who chose this way of being told."""
    query = select(Preference).where(Preference.notices == notices).order_by(Preference.user_id)
    return (await session.scalars(query)).all()


async def members_of(session: AsyncSession, group_id: str) -> GroupMembers | None:
    """Read what is known of a Slack user group's members; None when nobody ever asked."""
    return await session.get(GroupMembers, group_id)


async def keep_members(
    session: AsyncSession, group_id: str, members: Sequence[str], version: int, now: datetime
) -> bool:
    """Write the members that Slack gave to whoever saw ``version``, 0 for none; False when it moved on."""
    changes = {"members": list(members), "read_at": now}
    statement = insert(session, GroupMembers).values(group_id=group_id, version=version, **changes)
    written = statement.on_conflict_do_update(
        index_elements=["group_id"], set_=changes, where=GroupMembers.version == version
    )
    return (await session.execute(written.returning(GroupMembers.group_id))).first() is not None


async def forget_members(session: AsyncSession, group_id: str) -> None:
    """Note that a group changed: whoever decides next asks Slack."""
    statement = insert(session, GroupMembers).values(group_id=group_id, members=[], version=1, read_at=None)
    changes = {"version": GroupMembers.version + 1, "read_at": null()}
    await session.execute(statement.on_conflict_do_update(index_elements=["group_id"], set_=changes))
