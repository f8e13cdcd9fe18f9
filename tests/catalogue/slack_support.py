"""What the rows S1-S30 share: people, clicks signed by hand, and what the tables say."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier
from sqlalchemy import func, select, update

from bot.app import Service
from sandbox import agency
from sandbox.faults import Fault
from store.models import Decision, Message
from tests.support.world import CAMILLE, FINANCE, MAUD, World, eventually, text_of

NORA, GUEST = "U0NORA", "U0LUCIE"
Json = dict[str, Any]


async def paid(world: World, scenario: str = "numero-exact", words: str = "NIKE FRANCE") -> Json:
    await world.people.pay(scenario)
    return await world.card(words, "À rapprocher")


async def decisions(service: Service) -> list[str]:
    async with service.ctx.database.read() as session:
        return list(await session.scalars(select(Decision.kind).order_by(Decision.id)))


async def ledger(service: Service) -> list[tuple[str, str, str | None]]:
    async with service.ctx.database.read() as session:
        rows = await session.scalars(select(Message).order_by(Message.id))
        return [(row.key, row.state, row.last_error) for row in rows]


async def blocked_by(service: Service, error: str) -> bool:
    async def look() -> bool:
        return any(state == "blocked" and said == error for _, state, said in await ledger(service))

    return bool(await eventually(look))


async def announced_without_answer(world: World, service: Service) -> None:
    """Associate; the talent's message lands, and its answer is lost on the way back."""
    card = await paid(world)
    await service.slack.people.recognise(CAMILLE)
    world.sandbox.faults.add(Fault("slack:chat.postMessage", "reset_after"))
    await world.people.click(MAUD, card, "Associer")

    async def unknown() -> bool:
        return any(state == "unknown" for key, state, _ in await ledger(service) if key.startswith("talent"))

    await eventually(unknown)


async def hurry(service: Service, *states: str) -> None:
    """Let the messages in these states, or all, be tried now."""
    late = update(Message).values(next_attempt_at=service.ctx.clock())
    async with service.ctx.database.write() as session:
        await session.execute(late.where(Message.state.in_(states)) if states else late)


async def caught_up(service: Service) -> None:
    """Wait until every message shows what it should, blocked ones aside."""

    async def look() -> bool:
        async with service.ctx.database.read() as session:
            late = await session.scalar(
                select(func.count()).select_from(Message).where(
                    Message.shown_version < Message.wanted_version, Message.state != "cancelled")
            )  # fmt: skip
        return late == 0

    await eventually(look, 30)


async def alerts(world: World) -> Mapping[str, int]:
    async with world.http.get(f"{world.sandbox.bot_url}/ready") as answer:
        return dict((await answer.json())["checks"]["alerts"]["raised"])


async def alerted(world: World, kind: str) -> None:
    async def look() -> bool:
        return kind in await alerts(world)

    await eventually(look)


async def cleared(world: World) -> None:
    async def look() -> bool:
        return not await alerts(world)

    await eventually(look)


def lasting(world: World) -> list[str]:
    return [text_of({"blocks": one.blocks}) for one in world.sandbox.workspace.messages(FINANCE)]


async def send(world: World, payload: Json, *, age: float = 0, secret: str = agency.SLACK_SIGNING_SECRET,
               headers: dict[str, str] | None = None) -> tuple[int, str]:  # fmt: skip
    """Send Slack's own form, signed; returns status and body."""
    body = urlencode({"payload": json.dumps(payload)})
    stamp = str(int(time.time() - age))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    given = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature or "",
             "Content-Type": "application/x-www-form-urlencoded"} | (headers or {})  # fmt: skip
    async with world.http.post(f"{world.sandbox.bot_url}/slack/events", data=body, headers=given) as answer:
        return answer.status, await answer.text()


def click(user: str, action_id: str, value: str, team: str = "T0SANDBOX") -> Json:
    return {
        "type": "block_actions", "user": {"id": user, "team_id": team}, "team": {"id": team}, "api_app_id": "A0",
        "token": "x", "trigger_id": "1.2.3", "container": {"type": "message"}, "channel": {"id": FINANCE},
        "actions": [{"type": "button", "action_id": action_id, "block_id": "b", "value": value}],
    }  # fmt: skip
