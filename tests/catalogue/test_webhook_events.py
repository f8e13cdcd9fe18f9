"""The rows W19-W37 of docs/catalogue.md: what a proved delivery says, on the real server."""

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from bot.runtime.logs import configure_logging
from bot.settings import FixedSettings
from tests.catalogue.support import door
from tests.support.world import FINANCE, MAUD, text_of


async def test_w19_a_signed_body_that_is_no_event_is_quarantined_and_told(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        for body in (b"not json", b"[1, 2]", b'{"type": "v1/transactions"}', b"\xff\xfe"):
            assert (await at.post(body))[0] == 200
        assert await at.handled(4) == ["quarantined"] * 4
        assert await at.alerted("webhook_unreadable")
        card = await at.world.card("n’a pas pu être lue")
        assert "n°\u00a01" in text_of(card)
        assert len(await at.world.people.messages(MAUD, FINANCE)) == 1


async def test_w20_w21_unknown_types_are_ignored_and_unknown_fields_are_not_taken(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        assert (await at.post(at.event(type="v1/something")))[0] == 200
        data = at.payment(state="allocated", allocated_cents=1500, is_admin=True, paid=True)
        assert (await at.post(at.event(data, state="handled", paid=True)))[0] == 200
        assert await at.handled(2) == ["ignored", "handled"]
        [row] = await at.movements()
        assert (row.state in {"unmatched", "proposed"}, row.allocated_cents) == (True, 0)


async def test_w22_nulls_and_missing_keys_are_stored(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        data = at.payment(label=None, reference=None, income=None)
        del data["operation_type"]
        assert (await at.post(at.event(data)))[0] == 200
        assert await at.handled() == ["handled"]
        assert "—" in text_of(await at.world.card("15,00"))


@pytest.mark.parametrize("amount", [1e308, 10.005, "deux", True, [], -15.0, {"value": 1}])
async def test_w23_w25_w26_w28_an_amount_that_makes_no_sense_is_quarantined(
    tmp_path: Path, amount: object
) -> None:
    async with door(tmp_path) as at:
        assert (await at.post(at.event(at.payment(amount=amount))))[0] == 200
        assert await at.handled() == ["quarantined"]
        assert await at.movements() == []


async def test_w24_w25_nothing_and_what_leaves_are_stored_without_a_card(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        await at.post(at.event(at.payment(amount=0)))
        await at.post(at.event(at.payment(side="debit")))
        assert await at.handled(2) == ["handled"] * 2
        assert [row.state for row in await at.movements()] == [None, None]
        assert at.world.sandbox.workspace.calls_of("chat.postMessage") == []


async def test_w27_amounts_that_disagree_are_quarantined(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        await at.post(at.event(at.payment(amount=100.0, amount_cents=10001)))
        assert await at.handled() == ["quarantined"]


async def test_w29_w8_20_euros_are_820_cents(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        await at.post(at.event(at.payment(amount=8.2)))
        await at.post(at.event(at.payment(amount=19.99)))
        await at.handled(2)
        assert sorted(row.amount_cents for row in await at.movements()) == [820, 1999]


async def test_w31_w32_the_newer_word_wins_whatever_the_order(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        new = at.payment(event="updated", amount=20.0)
        old = new | {"event": "created", "amount": 10.0, "updated_at": "2026-01-01T00:00:00Z"}
        await at.post(at.event(new))
        await at.handled()
        await at.post(at.event(old))
        await at.handled(2)
        assert [row.amount_cents for row in await at.movements()] == [2000]


async def test_w33_only_what_is_settled_is_suggested(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        pending = at.payment(status="pending", settled_at=None)
        await at.post(at.event(pending))
        await at.post(at.event(at.payment(status="declined", settled_at=None)))
        await at.handled(2)
        assert at.world.sandbox.workspace.calls_of("chat.postMessage") == []
        later = (at.service.ctx.clock() + timedelta(seconds=1)).isoformat()
        done = pending | {"status": "completed", "settled_at": later, "updated_at": later, "event": "updated"}
        await at.post(at.event(done))
        await at.world.card("15,00")


async def test_w34_w36_markup_and_direction_signs_of_a_label_are_shown_literally(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        label = "<!channel> <@U0MAUD> <https://mal.example|clic> *gras* `code` \u202e99,00"
        await at.post(at.event(at.payment(label=label, reference=label)))
        await at.world.card("channel")
        [posted] = at.world.sandbox.workspace.calls_of("chat.postMessage")
        sent = json.dumps(posted.args, ensure_ascii=False)
        assert "\u202e" not in sent
        assert "<!channel>" not in str(posted.args["text"])
        assert list(at.world.sandbox.workspace.problems) == []


async def test_w35_a_label_of_ten_thousand_signs_is_stored_and_shown_short(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        await at.post(at.event(at.payment(label="é\u0301👩‍👩‍👧" * 400 + "x" * 7_000)))
        card = await at.world.card("…")
        assert len(text_of(card)) < 3000
        assert list(at.world.sandbox.workspace.problems) == []


def test_w37_a_label_cannot_forge_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        configure_logging(FixedSettings(log_format="json"))
        logging.getLogger("bot").warning("refused", extra={"label": "x\n2026 INFO paid \x1b[31m"})
        [line] = capsys.readouterr().err.strip().splitlines()
    finally:
        root.handlers = before
        root.setLevel(level)
    assert "\x1b" not in line
    assert json.loads(line)["event"] == "refused"
