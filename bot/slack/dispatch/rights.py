"""Who may decide: read when a request is executed, from the settings and Slack's user groups.

Fails closed.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Hashable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Actor, Context
from bot.errors import RightsUnknownError, WrongWorkspaceError
from bot.slack.call_errors import CALL_ERRORS, classify
from store import people
from store.types import ActorKind

# A withdrawn right counts at once by Slack's events; an app installed without them waits this long.
GROUP_FRESH = timedelta(minutes=1)
ATTEMPTS = 3
T = TypeVar("T")
GROUP_EVENTS = ("subteam_members_changed", "subteam_updated")


@dataclass(frozen=True, slots=True)
class Person:
    """Who sent a payload, and every workspace that Slack names for them: the place's and their own."""

    user_id: str
    teams: frozenset[str]
    is_organisation_wide: bool = False

    @property
    def team_id(self) -> str | None:
        """The one workspace of somebody of ours; None when Slack names none or several."""
        return next(iter(self.teams)) if len(self.teams) == 1 else None


def person_of(body: Mapping[str, Any]) -> Person:
    """Read the person out of a click, form, option search, command or event.

    Slack Connect: ``team`` may be ours while ``user.team_id`` is not. An organisation-wide installation has
    ``is_enterprise_install`` (a text in commands) or an enterprise without a team. docs.slack.dev,
    reference/interaction-payloads and enterprise.
    """
    grant: Mapping[str, Any] = next(iter(body.get("authorizations") or ()), {})
    event = body.get("event") or {}
    user = body.get("user") or {"id": body.get("user_id") or event.get("user")}
    team_id = (body.get("team") or {}).get("id") or body.get("team_id")
    flags = {str(source.get("is_enterprise_install")).casefold() for source in (body, grant)}
    has_enterprise = bool(body.get("enterprise") or body.get("enterprise_id"))
    return Person(
        str(user.get("id") or ""),
        frozenset(str(team) for team in (team_id, user.get("team_id"), grant.get("team_id")) if team),
        "true" in flags or (has_enterprise and not team_id),
    )


class Rights:
    """Admins are user ids (``U…``, ``W…``) or members of user groups (``S…``) of our own workspace."""

    def __init__(self, ctx: Context, client: AsyncWebClient) -> None:
        admins = ctx.settings.slack_admins
        self._users = frozenset(name for name in admins if not name.startswith("S"))
        self._groups = tuple(name for name in admins if name.startswith("S"))
        self._ctx = ctx
        self._client = client
        self._flights = SingleFlight()
        self._team: str | None = None

    async def actor(self, person: Person) -> Actor:
        """Say who asks and whether they are an admin now.

        Raises WrongWorkspaceError, and RightsUnknownError when Slack is silent.
        """
        if person.is_organisation_wide:
            raise _organisation_wide()
        if person.teams != {await self._our_team()}:
            raise WrongWorkspaceError(
                "Votre compte appartient à un autre espace Slack\u00a0: seules les personnes de l’espace de "
                "l’agence peuvent agir ici.",
                english="Your account belongs to another Slack workspace: only people of the agency’s own "
                "workspace can act here.",
            )
        return Actor(ActorKind.SLACK, person.user_id, is_admin=await self.is_admin(person.user_id))

    async def is_admin(self, user_id: str) -> bool:
        """Say whether a member of our own workspace is an admin now. Raises RightsUnknownError."""
        if user_id in self._users:
            return True
        for group in self._groups:
            if user_id and user_id in await self._members(group):
                return True
        return False

    def named_admins(self) -> list[str]:
        """List whom to ask, as mentions: people first, then groups."""
        return [f"<@{user}>" for user in sorted(self._users)] + [
            f"<!subteam^{group}>" for group in self._groups
        ]

    async def group_changed(self, event: Mapping[str, Any]) -> None:
        """Forget a group's members, in every process: Slack says that they, or the group, changed."""
        group = str(event.get("subteam_id") or (event.get("subteam") or {}).get("id"))
        if group in self._groups:
            async with self._ctx.database.write() as session:
                await people.forget_members(session, group)

    async def _our_team(self) -> str:
        if self._team is None:
            self._team = await self._flights.share("team", self._ask_team)
        return self._team

    async def _ask_team(self) -> str:
        try:
            answer = await self._client.auth_test()
        except CALL_ERRORS as error:
            raise _unknown() from error
        if answer.get("is_enterprise_install"):
            raise _organisation_wide()
        return str(answer["team_id"])

    async def _members(self, group: str) -> Collection[str]:
        for _ in range(ATTEMPTS):
            members, version = await self._known(group)
            if members is None:
                # Who saw a later version asks anew: an answer under way may be older than the event.
                ask = partial(self._ask_members, group, version)
                members = await self._flights.share((group, version), ask)
            if members is not None:
                return members
        raise _unknown()

    async def _known(self, group: str) -> tuple[list[str] | None, int]:
        """Read a group's members, None when Slack must be asked, and how often they changed."""
        async with self._ctx.database.read() as session:
            row = await people.members_of(session, group)
        if row is None:
            return None, 0
        now = self._ctx.clock()
        is_fresh = row.read_at is not None and now - GROUP_FRESH < row.read_at <= now
        return row.members if is_fresh else None, row.version

    async def _ask_members(self, group: str, version: int) -> list[str] | None:
        """Ask Slack and write it down; None when the group changed while Slack was answering."""
        known, current = await self._known(group)
        if known is not None or current != version:
            return known
        try:
            members = list((await self._client.usergroups_users_list(usergroup=group)).get("users") or ())
        except CALL_ERRORS as error:
            if classify(error).error != "no_such_subteam":
                raise _unknown() from error
            members = []  # disabled, or never there: nobody is in it
        async with self._ctx.database.write() as session:
            kept = await people.keep_members(session, group, members, version, self._ctx.clock())
        return members if kept else None


class SingleFlight:
    """Those who ask for the same thing at the same time wait for one answer."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[Any]] = {}

    async def share(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Give what ``ask`` gives, or raise what it raises; it goes on when one of those who wait leaves."""
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(ask())
            task.add_done_callback(lambda _: self._running.pop(key))
        answer: T = await asyncio.shield(task)
        return answer


def _unknown() -> RightsUnknownError:
    return RightsUnknownError(
        "Impossible de vérifier vos droits pour le moment. Rien n’a été changé\u202f; "
        "réessayez dans un instant.",
        english="We cannot check your rights for now. Nothing was changed; try again in a moment.",
    )


def _organisation_wide() -> WrongWorkspaceError:
    return WrongWorkspaceError(
        "L’application est installée pour toute une organisation Slack, ce qui n’est pas pris en "
        "charge\u00a0: installez-la dans l’espace de l’agence seulement.",
        english="The app is installed for a whole Slack organisation, which is not supported: install it "
        "in the agency’s own workspace only.",
    )
