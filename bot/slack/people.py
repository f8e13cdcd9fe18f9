"""Who is who in Slack: talents' direct channels, and what a card says of their messages."""

import logging

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Actor, Context
from bot.errors import AlreadyDecidedError
from bot.messages.talent_links import link_account
from store import people
from store.messages import state
from store.models import Message, Talent
from store.types import ActorKind

NOBODY = frozenset({"users_not_found", "user_not_found"})
LOOKED_UP = "talents_looked_up"
LOOKED_UP_AT_ONCE = 30  # users.lookupByEmail is Tier 3: about 50 calls a minute
BY_EMAIL = Actor(ActorKind.RULE, "e-mail", is_admin=False)
logger = logging.getLogger(__name__)


def is_person(target: str | None) -> bool:
    """Tell a person (``U…``, ``W…``) or a group of them (``S…``) from a channel."""
    return (target or "").startswith(("U", "W", "S"))


class People:
    """Talents and their Slack accounts. An account is found by exact e-mail and never guessed."""

    def __init__(self, ctx: Context, client: AsyncWebClient) -> None:
        self._ctx = ctx
        self._client = client
        self._looked_up: set[int] = set()

    async def channel_of(self, message: Message) -> str | None:
        """Find where a message goes: where it stands, its channel, or the direct channel of its person.

        None while nobody in Slack is known to be them. Raises slack_sdk's errors when Slack could not answer.
        """
        if message.channel is not None:
            return message.channel
        if message.talent_id is None and not is_person(message.target):
            return message.target or self._ctx.settings.slack_channel
        if message.talent_id is None:
            user_id = await self._admin(message.target or "")
        else:
            user_id = await self._talent(message.talent_id)
        if user_id is None:
            return None
        answer = await self._client.conversations_open(users=[user_id])
        return str(answer["channel"]["id"])

    async def _admin(self, admin: str) -> str | None:
        """An admin (``U…``), or the first member of a group (``S…``)."""
        if not admin.startswith("S"):
            return admin
        members = (await self._client.usergroups_users_list(usergroup=admin)).get("users") or []
        return str(members[0]) if members else None

    async def _talent(self, talent_id: int) -> str | None:
        async with self._ctx.database.read() as session:
            talent = await session.get(Talent, talent_id)
        if talent is None or talent.slack_user_id or not talent.email:
            return talent.slack_user_id if talent else None
        user_id = await self._by_email(talent.email)
        return user_id if user_id and await self._give(talent.id, user_id) else None

    async def _by_email(self, email: str) -> str | None:
        try:
            answer = await self._client.users_lookupByEmail(email=email)
        except SlackApiError as error:
            if error.response.get("error") in NOBODY:
                return None
            raise
        user = answer["user"]
        return None if user.get("deleted") or user.get("is_bot") else str(user["id"])

    async def link_by_email(self, user_id: str) -> None:
        """Recognise talents by e-mail: the person who opened the tab, then some of those nobody knows yet."""
        try:
            await self.recognise(user_id)
            for talent_id, email in await self._to_look_up():
                self._looked_up.add(talent_id)
                if account := await self._by_email(email):
                    await self._give(talent_id, account)
        finally:
            await self._note_looked()

    async def recognise(self, user_id: str) -> None:
        """Record that a person is the talent of their own e-mail address. Raises slack_sdk's errors."""
        async with self._ctx.database.read() as session:
            if await people.talent_of(session, user_id) is not None or not await people.count_unlinked(
                session
            ):
                return
        answer = await self._client.users_info(user=user_id)
        email = (answer["user"].get("profile") or {}).get("email")
        async with self._ctx.database.read() as session:
            talent = await people.talent_without_account(session, email) if email else None
        if talent is not None:
            await self._give(talent.id, user_id)

    async def _to_look_up(self) -> list[tuple[int, str]]:
        async with self._ctx.database.read() as session:
            rows = await people.unlinked(session, LOOKED_UP_AT_ONCE * 10)
        fresh = [(row.id, row.email) for row in rows if row.email and row.id not in self._looked_up]
        return fresh[:LOOKED_UP_AT_ONCE]

    async def _give(self, talent_id: int, user_id: str) -> bool:
        """Record the account; False when it is somebody else's: nothing must be sent there."""
        try:
            await link_account(self._ctx, BY_EMAIL, talent_id, user_id)
        except AlreadyDecidedError:
            logger.warning("account of a talent taken", extra={"talent_id": talent_id})
            return False
        return True

    async def _note_looked(self) -> None:
        async with self._ctx.database.write() as session:
            await state.put_once(session, LOOKED_UP, {}, self._ctx.clock())
