"""The rows S1-S14 of docs/catalogue.md: who may, what is genuine, what a click does once."""

import asyncio
import json
import logging
import time
from pathlib import Path

import pytest
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import select

from bot.context import Actor
from bot.errors import AlreadyDecidedError
from bot.reconciliation import ignore
from bot.slack.associate.view import AMOUNT_BLOCK, PICK_BLOCK
from bot.slack.blocks import ids
from sandbox import agency
from sandbox.faults import Fault
from store.models import AuditEntry
from store.types import ActorKind
from tests.catalogue.slack_support import GUEST, NORA, Json, click, decisions, lasting, paid, send
from tests.catalogue.support import logged
from tests.support.world import CAMILLE, FINANCE, HUGO, MAUD, button_in, eventually, inside


async def test_s1_s2_nobody_without_the_right_sees_or_does_anything(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        card = await paid(world)
        _, choose = button_in(card["blocks"], "Autre facture…")
        _, button = button_in(card["blocks"], "Associer")
        outsiders = [(HUGO, "T0SANDBOX"), (GUEST, "T0SANDBOX"), (MAUD, "T0ELSEWHERE")]
        for user, team in outsiders:
            for action_id, value in ((button["action_id"], button["value"]),
                                     (choose["action_id"], choose["value"])):  # fmt: skip
                assert (await send(world, click(user, action_id, value, team)))[0] == 200
            options = {"type": "block_suggestion", "user": {"id": user}, "team": {"id": team}, "value": "FACT",
                       "action_id": "invoice.pick", "block_id": "b", "api_app_id": "A0", "token": "x"}  # fmt: skip
            status, body = await send(world, options)
            assert (status, json.loads(body)) == (200, {"options": []})
            view = {"type": "view_submission", "user": {"id": user}, "team": {"id": team}, "api_app_id": "A0",
                    "token": "x", "view": {"id": "V1", "type": "modal", "callback_id": "payment.associate_manually",
                    "private_metadata": choose["value"], "state": {"values": _picked("v1:1")}}}  # fmt: skip
            status, body = await send(world, view)
            assert status == 200
            assert "FACT" not in body
        await world.people.command(HUGO, "/qonto paiements")
        assert await decisions(service) == []
        async with service.ctx.database.read() as session:
            refused = set(await session.scalars(
                select(AuditEntry.actor).where(AuditEntry.action.like("refused:%"))))  # fmt: skip
        assert refused == {HUGO, GUEST, MAUD}
        said = " ".join(await world.whispers(HUGO))
        assert "NIKE" not in said
        assert world.sandbox.workspace.calls_of("views.open") == []


def _picked(value: str) -> Json:
    return {
        PICK_BLOCK: {ids.PICK_INVOICE: {"type": "external_select", "selected_option": {"value": value}}},
        AMOUNT_BLOCK: {ids.AMOUNT: {"type": "plain_text_input", "value": None}},
    }


async def test_s3_when_rights_cannot_be_read_nothing_is_done(tmp_path: Path) -> None:
    async with inside(tmp_path, slack_admins=agency.ADMIN_GROUP) as (world, service):
        card = await paid(world)
        world.sandbox.faults.add(Fault("slack:usergroups.users.list", "status", times=None, status=503))
        await world.people.click(NORA, card, "Associer")
        await world.told(NORA, "Impossible de vérifier vos droits")
        assert await decisions(service) == []
        world.sandbox.faults.clear()
        await world.people.click(NORA, card, "Associer")
        await world.card("✓ Associé")


async def test_s3_a_right_withdrawn_from_the_group_counts(tmp_path: Path) -> None:
    async with inside(tmp_path, slack_admins=agency.ADMIN_GROUP) as (world, service):
        card = await paid(world)
        world.sandbox.workspace.usergroups[agency.ADMIN_GROUP].users = []
        await world.people.click(NORA, card, "Associer")
        await world.told(NORA, "Seuls les administrateurs")
        assert await decisions(service) == []


async def test_s4_s5_what_slack_did_not_sign_now_never_reaches_a_listener(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with inside(tmp_path) as (world, service):
        card = await paid(world)
        _, button = button_in(card["blocks"], "Associer")
        payload = click(MAUD, button["action_id"], button["value"]) | {"note": "PHRASE-A-NE-PAS-CITER"}
        statuses = [
            (await send(world, payload, secret="un-autre-secret"))[0],
            (await send(world, payload, age=360))[0],
            (await send(world, payload, age=-360))[0],
            (await send(world, payload, headers={"X-Slack-Signature": ""}))[0],
            (await send(world, payload, headers={"X-Slack-Request-Timestamp": "demain"}))[0],
            (await send(world, payload, headers={"Content-Encoding": "gzip"}))[0],
        ]
        assert statuses == [401, 401, 401, 401, 401, 415]
        assert await decisions(service) == []
    assert "PHRASE-A-NE-PAS-CITER" not in logged(caplog.records)


async def test_s4_a_signed_body_that_is_no_payload_is_answered_4xx(tmp_path: Path) -> None:
    async with inside(tmp_path, example=False) as (world, _):
        for body in ("payload=%7Bnot+json", "payload=", "x=1", "", "payload=[1]", "payload=null"):
            stamp = str(int(time.time()))
            signature = SignatureVerifier(agency.SLACK_SIGNING_SECRET).generate_signature(
                timestamp=stamp, body=body
            )
            headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature or "",
                       "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
            async with world.http.post(
                f"{world.sandbox.bot_url}/slack/events", data=body, headers=headers
            ) as answer:
                assert 400 <= answer.status < 500, (body, answer.status)


async def test_s6_s7_the_same_click_again_is_one_decision(tmp_path: Path, database_url: str) -> None:
    async with inside(tmp_path, database_url) as (world, service):
        card = await paid(world)
        await asyncio.gather(*(world.people.click(MAUD, card, "Associer") for _ in range(3)))
        await world.people.post("/sandbox/slack/replay", kind="action")
        await world.card("✓ Associé", "talent prévenu")
        assert await decisions(service) == ["associate"]
        assert len(await world.people.direct_messages(CAMILLE)) == 1


async def test_s8_of_two_admins_at_once_one_wins(tmp_path: Path, database_url: str) -> None:
    async with inside(tmp_path, database_url) as (world, service):
        card = await paid(world)
        nora = Actor(ActorKind.SLACK, NORA, is_admin=True)
        _, ignored = await asyncio.gather(
            world.people.click(MAUD, card, "Associer"),
            ignore(service.ctx, nora, transaction_id=1, reason="TVA"),
            return_exceptions=True,
        )
        kinds = await decisions(service)
        assert len(kinds) == 1
        if kinds == ["associate"]:
            assert isinstance(ignored, AlreadyDecidedError)
            assert f"<@{MAUD}>" in ignored.message
        else:
            await world.told(MAUD, "hors facturation")


async def test_s9_two_payments_of_one_invoice_have_one_winner(tmp_path: Path, database_url: str) -> None:
    async with inside(tmp_path, database_url) as (world, service):
        await world.people.pay("numero-exact")
        await world.people.pay("numero-exact")

        async def both() -> list[Json] | None:
            found = [
                m for m in await world.people.messages(MAUD, FINANCE) if "Associer" in json.dumps(m["blocks"])
            ]
            return found if len(found) == 2 else None

        first, second = await eventually(both)
        await asyncio.gather(
            world.people.click(MAUD, first, "Associer"), world.people.click(NORA, second, "Associer")
        )
        assert await decisions(service) == ["associate"]


async def test_s10_a_click_on_an_invoice_paid_meanwhile_says_so_and_the_card_follows(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        old = await paid(world)
        await world.people.click(MAUD, old, "Associer")
        await world.card("✓ Associé")
        await world.people.pay("deja-payee")

        async def two() -> bool:
            return len(lasting(world)) == 2

        await eventually(two)
        _, button = button_in(old["blocks"], "Associer")
        await send(world, click(NORA, button["action_id"], button["value"]))
        assert await decisions(service) == ["associate"]
        assert "FACT-2026-042" in " ".join(lasting(world))


OLD_BUTTONS = (
    ("proposal.associate", "v1:999999"),
    ("proposal.associate", "v9:1"),
    ("proposal.associate", "1; DROP"),
    ("payment.undo", "v1:424242"),
    ("payment.ignore", ""),
    ("old.version.of.2024", "v1:1"),
)


async def test_s11_s12_an_old_or_unknown_button_is_refused_politely(tmp_path: Path) -> None:
    """So are a form and a search of another version: Slack would show a technical error in their place."""
    async with inside(tmp_path, example=False) as (world, service):
        for action_id, value in OLD_BUTTONS:
            status, _ = await send(world, click(MAUD, action_id, value))
            assert status == 200
        form = {
            "type": "modal",
            "callback_id": "old.form",
            "private_metadata": "v0:1",
            "state": {"values": {}},
        }
        old = click(MAUD, "x", "y") | {"type": "view_submission", "view": form | {"id": "V1"}}
        status, answer = await send(world, old)
        assert status == 200
        assert "n’est plus reconnue" in json.loads(answer)["view"]["blocks"][0]["text"]["text"]
        typed = {"type": "block_suggestion", "action_id": "old.search", "block_id": "b", "value": "nike"}
        assert await send(world, click(MAUD, "x", "y") | typed) == (200, '{"options": []}')
        assert await decisions(service) == []


async def test_s13_a_slow_database_leaves_a_click_that_can_be_done_again(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        card = await paid(world)
        world.sandbox.workspace.ack_seconds = 0.3
        async with service.ctx.database.write():
            answer = await asyncio.wait_for(world.people.click(MAUD, card, "Associer"), 5)
            assert answer != {"ok": True}
        world.sandbox.workspace.ack_seconds = 3
        await world.card("✓ Associé")
        await world.people.click(MAUD, card, "Associer")
        assert await decisions(service) == ["associate"]


async def test_s14_a_listener_that_fails_changes_nothing_and_says_a_reference(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with inside(tmp_path, example=False) as (world, service):
        payload = click(MAUD, ids.ASSOCIATE, "v1:1")
        payload["actions"][0]["value"] = 5
        status, _ = await send(world, payload)
        assert status == 200
        [failure] = [one for one in caplog.records if one.message == "listener failed"]
        assert len(failure.__dict__["reference"]) == 8
        assert await decisions(service) == []
