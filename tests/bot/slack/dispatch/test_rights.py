"""Who may decide: ids and groups of our own workspace, read when asked, and no when in doubt."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import RightsUnknownError
from bot.slack.dispatch.rights import Rights
from sandbox.faults import Fault
from tests.support.world import World, stand_ins

TEAM = "team_id"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def world() -> AsyncIterator[tuple[World, AsyncWebClient]]:
    async with stand_ins("http://127.0.0.1:9") as (world, url):
        token = world.sandbox.workspace.app.bot_token
        yield world, AsyncWebClient(token=token, base_url=f"{url}/api/", retry_handlers=[])


async def is_admin(rights: Rights, world: World, user: str, team: str | None = None) -> bool:
    return (await rights.actor(user, team or world.sandbox.workspace.team_id)).is_admin


async def test_a_named_person_and_a_member_of_a_named_group_may_decide(
    world: tuple[World, AsyncWebClient],
) -> None:
    rights = Rights(("U0MAUD", "S0FINANCE"), world[1])
    assert await is_admin(rights, world[0], "U0MAUD")
    assert await is_admin(rights, world[0], "U0NORA")
    assert not await is_admin(rights, world[0], "U0HUGO")
    assert not await is_admin(rights, world[0], "")


async def test_somebody_of_another_workspace_never_may(world: tuple[World, AsyncWebClient]) -> None:
    rights = Rights(("U0MAUD",), world[1])
    assert not await is_admin(rights, world[0], "U0MAUD", "T0ELSEWHERE")
    assert not (await rights.actor("U0MAUD", None)).is_admin


async def test_a_right_withdrawn_from_a_group_counts_within_a_minute(
    world: tuple[World, AsyncWebClient],
) -> None:
    clock = Clock()
    rights = Rights(("S0FINANCE",), world[1], clock)
    assert await is_admin(rights, world[0], "U0NORA")
    world[0].sandbox.workspace.usergroups["S0FINANCE"].users.remove("U0NORA")
    clock.now += 61
    assert not await is_admin(rights, world[0], "U0NORA")


async def test_a_right_that_cannot_be_read_is_no_right(world: tuple[World, AsyncWebClient]) -> None:
    rights = Rights(("S0FINANCE",), world[1])
    world[0].sandbox.faults.add(Fault("slack:usergroups.users.list", "error", error="internal_error"))
    with pytest.raises(RightsUnknownError, match="Rien n’a été changé"):
        await is_admin(rights, world[0], "U0NORA")
    assert await is_admin(rights, world[0], "U0NORA")


async def test_an_unknown_workspace_is_no_right(world: tuple[World, AsyncWebClient]) -> None:
    rights = Rights(("U0MAUD",), world[1])
    world[0].sandbox.faults.add(Fault("slack:auth.test", "status", status=503))
    with pytest.raises(RightsUnknownError):
        await is_admin(rights, world[0], "U0MAUD")


async def test_payloads_of_every_kind_name_their_person(world: tuple[World, AsyncWebClient]) -> None:
    rights = Rights(("U0MAUD",), world[1])
    team = world[0].sandbox.workspace.team_id
    for body in ({"user": {"id": "U0MAUD"}, "team": {"id": team}}, {"user_id": "U0MAUD", "team_id": team}):
        assert (await rights.actor_of(body)).is_admin
    assert await rights.named_admins() == ["<@U0MAUD>"]
