"""Who may decide: ids and groups of our own workspace, read when asked, and no when in doubt."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Context
from bot.errors import RightsUnknownError, WrongWorkspaceError
from bot.settings import FixedSettings
from bot.slack.dispatch.rights import Person, Rights, person_of
from sandbox.faults import Fault
from tests.support.store_rows import NOW
from tests.support.world import MAUD, World, eventually, stand_ins

FINANCE_GROUP, NORA = "S0FINANCE", "U0NORA"


@dataclass
class Place:
    """A workspace, and services that share one database."""

    world: World
    ctx: Context
    client: AsyncWebClient
    now: datetime = NOW

    def service(self, *admins: str) -> Rights:
        settings = FixedSettings(slack_admins=admins or (FINANCE_GROUP,))
        return Rights(replace(self.ctx, settings=settings, clock=lambda: self.now), self.client)

    async def is_admin(self, rights: Rights, user: str, *teams: str) -> bool:
        own = teams or (self.world.sandbox.workspace.team_id,)
        return (await rights.actor(Person(user, frozenset(own)))).is_admin

    def withdraw(self, user: str) -> None:
        self.world.sandbox.workspace.usergroups[FINANCE_GROUP].users.remove(user)

    def asked(self, method: str = "usergroups.users.list") -> int:
        return len(self.world.sandbox.workspace.calls_of(method))


@pytest.fixture
async def place(ctx: Context) -> AsyncIterator[Place]:
    async with stand_ins("http://127.0.0.1:9") as (world, url):
        token = world.sandbox.workspace.app.bot_token
        yield Place(world, ctx, AsyncWebClient(token=token, base_url=f"{url}/api/", retry_handlers=[]))


MEMBERS_CHANGED = {"type": "subteam_members_changed", "subteam_id": FINANCE_GROUP}
GROUP_UPDATED = {"type": "subteam_updated", "subteam": {"id": FINANCE_GROUP, "date_delete": 1}}


async def test_a_named_person_and_a_member_of_a_named_group_may_decide(place: Place) -> None:
    rights = place.service(MAUD, FINANCE_GROUP)
    assert await place.is_admin(rights, MAUD)
    assert await place.is_admin(rights, NORA)
    assert not await place.is_admin(rights, "U0HUGO")
    assert not await place.is_admin(rights, "")
    assert rights.named_admins() == [f"<@{MAUD}>", f"<!subteam^{FINANCE_GROUP}>"]


@pytest.mark.parametrize("teams", [("T0ELSEWHERE",), ("T0SANDBOX", "T0ELSEWHERE"), ("",)])
async def test_somebody_of_another_workspace_never_may(place: Place, teams: tuple[str, ...]) -> None:
    """Also where the place is ours and the person's own workspace is not: Slack Connect."""
    with pytest.raises(WrongWorkspaceError, match="un autre espace Slack"):
        await place.is_admin(place.service(MAUD), MAUD, *teams)


async def test_an_organisation_wide_installation_gives_no_right(place: Place) -> None:
    wide = Person(MAUD, frozenset({"T0SANDBOX"}), is_organisation_wide=True)
    with pytest.raises(WrongWorkspaceError, match="toute une organisation"):
        await place.service(MAUD).actor(wide)
    place.world.sandbox.workspace.app.is_enterprise_install = True
    with pytest.raises(WrongWorkspaceError, match="toute une organisation"):
        await place.is_admin(place.service(MAUD), MAUD)


async def test_without_events_a_right_withdrawn_from_a_group_counts_within_a_minute(place: Place) -> None:
    rights = place.service()
    assert await place.is_admin(rights, NORA)
    place.withdraw(NORA)
    place.now += timedelta(seconds=59)
    assert await place.is_admin(rights, NORA)
    assert place.asked() == 1
    place.now += timedelta(seconds=1)
    assert not await place.is_admin(rights, NORA)


@pytest.mark.parametrize("event", [MEMBERS_CHANGED, GROUP_UPDATED], ids=lambda event: str(event["type"]))
async def test_an_event_at_one_process_counts_at_once_at_another(
    place: Place, event: dict[str, object]
) -> None:
    here, there = place.service(), place.service()
    assert await place.is_admin(here, NORA)
    assert await place.is_admin(there, NORA)
    assert place.asked() == 1
    place.withdraw(NORA)
    await here.group_changed(event)
    assert not await place.is_admin(there, NORA)
    await here.group_changed({"type": "subteam_updated", "subteam": {"id": "S0OTHER"}})
    assert not await place.is_admin(here, NORA)
    assert place.asked() == 2


async def test_an_answer_older_than_an_event_is_never_kept(place: Place) -> None:
    """The members travel to one process while another one hears that they changed."""
    here, there = place.service(), place.service()
    workspace = place.world.sandbox.workspace
    place.world.sandbox.faults.add(Fault("slack:usergroups.users.list", "delay_after", delay_ms=300))
    under_way = asyncio.create_task(place.is_admin(there, NORA))
    await eventually(lambda: workspace.calls_of("usergroups.users.list"))
    place.withdraw(NORA)
    await here.group_changed(MEMBERS_CHANGED)
    assert not await place.is_admin(there, NORA)
    assert not await under_way


async def test_a_disabled_group_has_no_member_and_the_others_keep_theirs(place: Place) -> None:
    place.world.sandbox.workspace.usergroups[FINANCE_GROUP].is_disabled = True
    rights = place.service(FINANCE_GROUP, "S0NEVER", MAUD)
    assert not await place.is_admin(rights, NORA)
    assert await place.is_admin(rights, MAUD)


async def test_a_right_that_cannot_be_read_is_no_right(place: Place) -> None:
    rights = place.service()
    fault = Fault("slack:usergroups.users.list", "error", error="internal_error")
    place.world.sandbox.faults.add(fault)
    with pytest.raises(RightsUnknownError, match="Rien n’a été changé"):
        await place.is_admin(rights, NORA)
    assert await place.is_admin(rights, NORA)
    place.world.sandbox.faults.add(fault)
    await rights.group_changed(MEMBERS_CHANGED)
    with pytest.raises(RightsUnknownError):
        await place.is_admin(rights, NORA)


async def test_an_unknown_workspace_is_no_right(place: Place) -> None:
    place.world.sandbox.faults.add(Fault("slack:auth.test", "status", status=503))
    with pytest.raises(RightsUnknownError):
        await place.is_admin(place.service(MAUD), MAUD)


async def test_those_who_ask_at_once_ask_slack_once(place: Place) -> None:
    rights = place.service()
    found = await asyncio.gather(*(place.is_admin(rights, NORA) for _ in range(20)))
    assert found == [True] * 20
    assert (place.asked("auth.test"), place.asked()) == (1, 1)


TEAM = frozenset({"T1"})
GUEST = frozenset({"T1", "T2"})
ENTERPRISE = {"id": "E1", "name": "Groupe Orme"}


@pytest.mark.parametrize(
    ("body", "person"),
    [
        ({"user": {"id": "U1"}, "team": {"id": "T1"}}, Person("U1", TEAM)),
        ({"user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T1"}, "enterprise": None}, Person("U1", TEAM)),
        ({"user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T1"}, "enterprise": ENTERPRISE,
          "is_enterprise_install": False}, Person("U1", TEAM)),
        ({"user": {"id": "U1", "team_id": "T2"}, "team": {"id": "T1"}}, Person("U1", GUEST)),
        ({"user_id": "U1", "team_id": "T1", "is_enterprise_install": "false"}, Person("U1", TEAM)),
        ({"user_id": "U1", "team_id": "T1", "enterprise_id": "E1", "is_enterprise_install": "true"},
         Person("U1", TEAM, is_organisation_wide=True)),
        ({"user": {"id": "W1", "team_id": "T1"}, "team": None, "enterprise": ENTERPRISE,
          "is_enterprise_install": True}, Person("W1", TEAM, is_organisation_wide=True)),
        ({"user": {"id": "W1", "team_id": "T1"}, "team": None, "enterprise": ENTERPRISE},
         Person("W1", TEAM, is_organisation_wide=True)),
        ({"team_id": "T1", "event": {"user": "U1"}, "authorizations": [{"team_id": "T1"}]}, Person("U1", TEAM)),
        ({"team_id": "T1", "event": {"user": "U1"}, "authorizations":
          [{"team_id": "T1", "is_enterprise_install": True}]}, Person("U1", TEAM, is_organisation_wide=True)),
    ],
)  # fmt: skip
def test_payloads_of_every_kind_name_their_person(body: dict[str, Any], person: Person) -> None:
    assert person_of(body) == person
