"""The rows W1-W18 and W38-W42 of docs/catalogue.md: the endpoint itself, on the real server."""

import asyncio
import dataclasses
import gzip
import json
import logging
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientTimeout
from sqlalchemy import select

from bot.bank.nightly import forget_bodies
from bot.bank.sync import SILENCE, watch_webhooks
from bot.context import utc_now
from bot.settings import Settings, SettingsError
from sandbox.agency import QONTO_WEBHOOK_SECRET
from sandbox.bank.signing import sign_body
from store.models import InboxEvent
from tests.catalogue.support import WEBHOOKS, Door, door, logged, raw
from tests.support.world import FINANCE, MAUD, eventually

OLD, NEW = "ancien-secret-de-la-banque-0123456789", "nouveau-secret-de-la-banque-987654321"
MARK = "PHRASE-QUE-LE-JOURNAL-NE-DOIT-PAS-CITER"


async def test_w1_to_w9_what_is_not_proved_is_refused_alike_and_never_quoted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with door(tmp_path) as at:
        body = at.event(at.payment(label=MARK))
        good = ("X-Qonto-Signature", "t=1,v1=" + "a" * 64)
        answers = [
            await at.post(body, headers=[]),
            *[await at.post(body, headers=[("X-Qonto-Signature", value)])
              for value in ("", "t=1", "v1=" + "a" * 64, "t=,v1=", "t=1,v1=" + "a" * 8, "t=1,v1=" + "A" * 64)],
            await at.post(body, secret="un-autre-secret-de-la-meme-longueur"),
            await at.post(body, headers=[good, good]),
            await at.post(body, age=3600),
            await at.post(body, age=-3600),
        ]  # fmt: skip
        assert {status for status, _ in answers} == {401}
        assert len({text for _, text in answers}) == 1
        assert await at.nothing_happened()
        metrics = (await at.service.metrics.read(at.service.ctx, active=True)).decode()
        for reason in ("missing", "malformed", "mismatch", "duplicate", "stale", "clock"):
            assert f'qonto_bot_webhooks_refused_total{{reason="{reason}"}}' in metrics
    assert MARK not in logged(caplog.records)
    assert QONTO_WEBHOOK_SECRET not in logged(caplog.records)


async def test_w5_a_body_changed_by_one_space_is_refused(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        body = at.event()
        header = ("X-Qonto-Signature", sign_body(body, QONTO_WEBHOOK_SECRET, int(time.time())))
        assert (await at.post(body + b" ", headers=[header]))[0] == 401
        assert (await at.post(json.dumps(json.loads(body), indent=1).encode(), headers=[header]))[0] == 401
        assert (await at.post(body, headers=[header]))[0] == 200


async def test_w10_either_secret_is_accepted_during_a_change_and_named_by_index(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with door(tmp_path, qonto_webhook_secret=f"{OLD},{NEW}") as at:
        assert (await at.post(at.event(), secret=OLD))[0] == 200
        assert (await at.post(at.event(), secret=NEW))[0] == 200
        assert [vars(each)["secret_index"] for each in caplog.records if hasattr(each, "secret_index")] == [1]
    assert NEW not in logged(caplog.records)
    (tmp_path / "later").mkdir()
    async with door(tmp_path / "later", qonto_webhook_secret=NEW) as at:
        assert (await at.post(at.event(), secret=OLD))[0] == 401


@pytest.mark.parametrize("secret", ["court", "x" * 31])
def test_w11_a_short_secret_stops_the_start(secret: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"QONTO_WEBHOOK_SECRET={secret}\n")
    with pytest.raises(SettingsError) as refused:
        Settings.load(str(file))
    assert "QONTO_WEBHOOK_SECRET" in str(refused.value)
    assert secret not in str(refused.value)


async def test_w12_a_hundred_replays_make_one_row_and_one_card(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        payment = await at.world.people.pay("numero-exact", deliver=False)
        body = at.event(at.payment(id=payment["transaction"]["id"]))
        answers = await asyncio.gather(*(at.post(body) for _ in range(100)))
        assert {status for status, _ in answers} == {200}
        assert await at.handled() == ["handled"]
        await at.world.card("NIKE FRANCE")
        assert (await at.post(body))[0] == 200
        await asyncio.sleep(0.3)
        assert len(await at.world.people.messages(MAUD, FINANCE)) == 1


async def test_w12_a_repeat_is_known_after_its_body_is_gone(tmp_path: Path) -> None:
    async with door(tmp_path, inbox_keep_days=1) as at:
        body = at.event()
        assert (await at.post(body))[0] == 200
        await at.handled()
        await forget_bodies(at.service.ctx)
        assert await bodies(at) == [body], "it is kept for a day"
        later = dataclasses.replace(at.service.ctx, clock=lambda: utc_now() + timedelta(days=1, minutes=1))
        await forget_bodies(later)
        assert await bodies(at) == [b""]

        assert (await at.post(body))[0] == 200
        assert await at.handled() == ["handled"]
        other = json.dumps(json.loads(body) | {"created_at": "2026-01-27T10:00:00Z"}).encode()
        assert (await at.post(other))[0] == 200
        assert await at.handled(2) == ["handled", "conflict"]
        assert await at.alerted("webhook_unreadable")
        await forget_bodies(later)
        assert await bodies(at) == [b"", other], "what waits for a person keeps its body"


async def bodies(at: Door) -> list[bytes]:
    async with at.service.ctx.database.read() as session:
        return list(await session.scalars(select(InboxEvent.body).order_by(InboxEvent.id)))


async def test_w13_the_same_id_with_another_body_is_kept_beside_and_told(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        first = at.event(at.payment(amount=10.0), id="evt-1")
        assert (await at.post(first))[0] == 200
        assert (await at.post(at.event(at.payment(amount=99.0), id="evt-1")))[0] == 200
        assert sorted(await at.handled(2)) == ["conflict", "handled"]
        assert [row.amount_cents for row in await at.movements()] == [1000]
        assert await at.alerted("webhook_unreadable")


async def test_w14_a_large_body_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        assert (await at.post(b"x" * 70_000))[0] == 413
        announced = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n" % WEBHOOKS.encode()
        assert b" 413 " in (await raw(at.url, announced)).splitlines()[0]


async def test_w15_a_compressed_body_is_refused_unopened(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        bomb = gzip.compress(b"\0" * 50_000_000)
        status, _ = await at.post(bomb, more=[("Content-Encoding", "gzip")])
        assert status in {413, 415}
        assert await at.nothing_happened()


async def test_w16_a_good_webhook_beside_stuck_ones_is_answered_at_once(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        host, port = at.url.removeprefix("http://").split(":")
        stuck = [await asyncio.open_connection(host, int(port)) for _ in range(300)]
        for number, (_, writer) in enumerate(stuck):
            head = b"POST %b HTTP/1.1\r\nHost: x\r\n" % WEBHOOKS.encode()
            writer.write(head + (b"Content-Length: 100\r\n\r\n{" if number % 2 else b""))
        started = time.monotonic()
        assert (await at.post(at.event()))[0] == 200
        assert time.monotonic() - started < 1
        answer = await asyncio.wait_for(stuck[1][0].readline(), 8)
        assert b" 408 " in answer
        for _, writer in stuck:
            writer.close()


async def test_w17_other_methods_and_addresses_say_nothing_of_the_service(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        for method, path, expected in (
            ("GET", WEBHOOKS, 405), ("PUT", WEBHOOKS, 405), ("POST", "/nowhere", 404),
            ("POST", WEBHOOKS + "/", 401), ("GET", "/.env", 404),
        ):  # fmt: skip
            async with at.http.request(method, at.url + path) as answer:
                assert answer.status == expected, path
                assert answer.headers["Server"] == "qonto-bot"
                assert "aiohttp" not in await answer.text()


@pytest.mark.parametrize(
    "head", [b"Content-Length: 2\r\nContent-Length: 3", b"Content-Length: 2\r\nTransfer-Encoding: chunked"]
)
async def test_w18_two_lengths_are_refused(tmp_path: Path, head: bytes) -> None:
    async with door(tmp_path) as at:
        sent = b"POST %b HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n{}" % (WEBHOOKS.encode(), head)
        assert b" 400 " in (await raw(at.url, sent)).splitlines()[0]


async def test_w38_a_locked_database_answers_503_in_time_and_recovers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with door(tmp_path) as at:
        assert (await at.post(at.event()))[0] == 200
        with sqlite3.connect(tmp_path / "bot.db", isolation_level=None, check_same_thread=False) as other:
            # In a thread: the service may be in the middle of a transaction, which needs this loop to end.
            await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
            started = time.monotonic()
            answers = await asyncio.gather(*(at.post(at.event()) for _ in range(20)))
            assert time.monotonic() - started < 1.0
            assert {status for status, _ in answers} == {503}
            assert [each.message for each in caplog.records].count("webhooks refused") == 1
            other.execute("ROLLBACK")

        async def again() -> bool:
            return (await at.post(at.event()))[0] == 200

        assert await eventually(again)


async def test_w39_a_row_stays_when_the_sender_hangs_up(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        body = at.event(id="evt-cut")
        with pytest.raises((ClientError, TimeoutError)):
            await at.http.post(
                at.url + WEBHOOKS, data=body, headers=_signed(body), timeout=ClientTimeout(total=0.001)
            )
        assert (await at.post(body))[0] == 200
        assert await at.handled() == ["handled"]


def _signed(body: bytes) -> dict[str, str]:
    return {"X-Qonto-Signature": sign_body(body, QONTO_WEBHOOK_SECRET, int(time.time()))}


async def test_w40_a_burst_is_acknowledged_or_refused_and_nothing_acknowledged_is_lost(
    tmp_path: Path,
) -> None:
    async with door(tmp_path) as at:
        bodies = [at.event(at.payment(side="debit"), id=f"evt-{number}") for number in range(400)]
        answers = await asyncio.gather(*(at.post(body) for body in bodies))
        statuses = [status for status, _ in answers]
        assert set(statuses) <= {200, 503}
        assert statuses.count(200) > 0
        assert len(await at.states()) >= statuses.count(200)


async def test_w41_a_movement_of_another_organisation_is_ignored_and_told(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        await at.world.people.command(MAUD, "/qonto sync 1")
        await at.world.told(MAUD, "Synchronisation\u00a0:")
        await at.post(at.event(at.payment(bank_account_id="9d5c4a6e-0000-4000-8000-00000000beef")))
        assert await at.handled() == ["ignored"]
        assert await at.movements() == []
        assert await at.alerted("foreign_event")


async def test_w41_a_movement_of_an_account_we_do_not_follow_is_ignored(tmp_path: Path) -> None:
    async with door(tmp_path, qonto_bank_account_id="un-compte-suivi") as at:
        await at.post(at.event(at.payment(bank_account_id="9d5c4a6e-0000-4000-8000-00000000beef")))
        assert await at.handled() == ["ignored"]


async def test_w42_silence_while_money_arrives_is_told_and_taken_back(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        await watch_webhooks(at.service.ctx, 3)
        assert await at.alerts() == [], "without any webhook ever there is nothing to miss"
        await at.post(at.event())
        await at.handled()
        later = at.service.ctx.__class__(
            **{name: getattr(at.service.ctx, name) for name in at.service.ctx.__slots__}
            | {"clock": lambda: at.service.ctx.clock() + SILENCE + timedelta(minutes=1)}
        )
        await watch_webhooks(later, 0)
        assert await at.alerts() == []
        await watch_webhooks(later, 1)
        await watch_webhooks(later, 1)
        assert await at.alerts() == ["webhooks_silent"]
        await at.post(at.event())
        await at.handled(2)
        assert await at.alerts() == []


async def test_a_poison_delivery_does_not_hold_up_those_behind_it(tmp_path: Path) -> None:
    async with door(tmp_path) as at:
        # A text longer than its column is refused by the store: nobody foresaw it.
        await at.post(at.event(at.payment(currency="EUR", status="x" * 400)))
        await at.post(at.event(at.payment(amount=77.0)))
        await at.world.card("77,00")
