"""Who may decide: read when a request is executed, from the settings and Slack's user groups.

Fails closed.
"""

import time
from collections.abc import Callable, Mapping

from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Actor
from bot.errors import RightsUnknownError
from bot.slack.call_errors import CALL_ERRORS
from store.types import ActorKind

GROUP_SECONDS = 60.0  # a right withdrawn from a group counts within a minute; from the settings, at restart


class Rights:
    """Admins are user ids (``U…``, ``W…``) or members of user groups (``S…``) of our own workspace."""

    def __init__(
        self,
        admins: tuple[str, ...],
        client: AsyncWebClient,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._users = frozenset(name for name in admins if not name.startswith("S"))
        self._groups = tuple(name for name in admins if name.startswith("S"))
        self._client = client
        self._clock = clock
        self._members: dict[str, tuple[float, frozenset[str]]] = {}
        self._team: str | None = None

    async def actor(self, user_id: str, team_id: str | None) -> Actor:
        """Say who asks and whether they are an admin now. Raises RightsUnknownError when Slack is silent."""
        return Actor(ActorKind.SLACK, user_id, is_admin=await self._is_admin(user_id, team_id))

    async def actor_of(self, body: Mapping[str, object]) -> Actor:
        """Read the person out of a Slack payload: a command, a click, a view or an event."""
        user = body.get("user")
        team = body.get("team")
        user_id = user.get("id") if isinstance(user, Mapping) else body.get("user_id")
        team_id = team.get("id") if isinstance(team, Mapping) else body.get("team_id")
        return await self.actor(str(user_id or ""), str(team_id) if team_id else None)

    async def is_admin(self, user_id: str) -> bool:
        """Say whether a member of our own workspace is an admin now. Raises RightsUnknownError."""
        return await self._is_admin(user_id, await self._our_team())

    async def named_admins(self) -> list[str]:
        """List whom to ask, as mentions: people first, then groups."""
        return [f"<@{user}>" for user in sorted(self._users)] + [
            f"<!subteam^{group}>" for group in self._groups
        ]

    async def _is_admin(self, user_id: str, team_id: str | None) -> bool:
        if not user_id or team_id != await self._our_team():
            return False
        if user_id in self._users:
            return True
        for group in self._groups:
            if user_id in await self._group(group):
                return True
        return False

    async def _our_team(self) -> str:
        if self._team is None:
            try:
                answer = await self._client.auth_test()
            except CALL_ERRORS as error:
                raise _unknown() from error
            self._team = str(answer["team_id"])
        return self._team

    async def _group(self, group: str) -> frozenset[str]:
        at, members = self._members.get(group, (0.0, frozenset()))
        if group in self._members and self._clock() - at < GROUP_SECONDS:
            return members
        try:
            answer = await self._client.usergroups_users_list(usergroup=group)
        except CALL_ERRORS as error:
            raise _unknown() from error
        members = frozenset(answer.get("users") or ())
        self._members[group] = (self._clock(), members)
        return members


def _unknown() -> RightsUnknownError:
    return RightsUnknownError(
        "Impossible de vérifier vos droits pour le moment. Rien n’a été changé\u202f; "
        "réessayez dans un instant.",
        english="We cannot check your rights for now. Nothing was changed; try again in a moment.",
    )
