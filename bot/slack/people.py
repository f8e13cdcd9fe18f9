"""Who is who in Slack: talents' direct channels, and what a card says of their messages."""

from datetime import datetime

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.effects import show_change
from store import payments
from store.models import Decision, Talent
from store.models import Message as LedgerRow
from store.types import MessagePurpose

NOBODY = frozenset({"users_not_found", "user_not_found"})


class People:
    """Talents and their Slack accounts. An account is found by exact e-mail and never guessed."""

    def __init__(self, ctx: Context, client: AsyncWebClient) -> None:
        self._ctx = ctx
        self._client = client

    async def direct_channel(self, talent_id: int | None) -> str | None:
        """Open the talent's direct channel; None while nobody in Slack is known to be them.

        Raises slack_sdk's errors when Slack could not answer.
        """
        user_id = await self._slack_user(talent_id)
        if user_id is None:
            return None
        answer = await self._client.conversations_open(users=[user_id])
        return str(answer["channel"]["id"])

    async def admin_channel(self, admin: str) -> str | None:
        """Open the direct channel of an admin (``U…``), or of the first member of a group (``S…``).

        Raises slack_sdk's errors when Slack could not answer.
        """
        user = admin
        if admin.startswith("S"):
            members = (await self._client.usergroups_users_list(usergroup=admin)).get("users") or []
            if not members:
                return None
            user = str(members[0])
        answer = await self._client.conversations_open(users=[user])
        return str(answer["channel"]["id"])

    async def _slack_user(self, talent_id: int | None) -> str | None:
        async with self._ctx.database.read() as session:
            talent = await session.get(Talent, talent_id) if talent_id else None
        if talent is None or talent.slack_user_id or not talent.email:
            return talent.slack_user_id if talent else None
        found = await self._by_email(talent.email)
        if found is not None:
            async with self._ctx.database.write() as session:
                stored = await session.get(Talent, talent.id)
                if stored is not None and stored.slack_user_id is None:
                    stored.slack_user_id = found
        return found

    async def _by_email(self, email: str) -> str | None:
        try:
            answer = await self._client.users_lookupByEmail(email=email)
        except SlackApiError as error:
            if error.response.get("error") in NOBODY:
                return None
            raise
        user = answer["user"]
        return None if user.get("deleted") or user.get("is_bot") else str(user["id"])

    async def show_notice_state(self, session: AsyncSession, row: LedgerRow, now: datetime) -> None:
        """Let the card say « talent prévenu » (or why not) once a talent's message got somewhere."""
        if row.purpose != MessagePurpose.TALENT_PAID:
            return
        decision = await session.get(Decision, row.object_id)
        if decision is None:
            return
        transaction = await payments.lock_transaction(session, decision.transaction_id)
        if transaction is not None:
            await show_change(session, transaction, now)
