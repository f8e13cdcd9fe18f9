"""Webhooks of the stand-in bank, as a listener on loopback sees them."""

from datetime import timedelta

import httpx
import pytest

from qonto import Bearer, parse_event, verify_signature
from sandbox.bank import BankState
from tests.sandbox.bank.world import SECRET, Bank, Listener


async def test_a_payment_is_announced_signed_and_readable(bank: Bank, listener: Listener) -> None:
    movement = bank.state.pay(1999, "NIKE", "FR7630004000010000123456789", "F-1")
    await bank.state.courier.settle()
    [body], [signature] = listener.bodies, listener.signatures
    tolerance = timedelta(minutes=5)
    assert verify_signature(body, [signature], ["x" * 32, SECRET], bank.state.now(), tolerance) == 1
    event = parse_event(body)
    assert event.transaction is not None
    assert (event.event, event.transaction.id, event.transaction.amount_cents) == (
        "created",
        movement.id,
        1999,
    )
    assert event.organization_id == bank.state.organization_id


async def test_a_refused_delivery_is_sent_again_with_the_same_event_id(
    bank: Bank, listener: Listener
) -> None:
    listener.refuse_first = 2
    bank.state.pay(100, "A")
    await bank.state.courier.settle()
    assert len({parse_event(body).id for body in listener.bodies}) == 1
    [delivery] = bank.state.deliveries
    assert (delivery.outcome, delivery.tries) == ("delivered", ["503", "503", "200"])


async def test_a_delivery_is_given_up_after_its_last_try_and_can_be_sent_again(
    bank: Bank, listener: Listener
) -> None:
    outcomes: list[str] = []
    for listener.status in (500, 200):
        if outcomes:
            bank.state.courier.redeliver(0)
        else:
            bank.state.pay(100, "A")
        await bank.state.courier.settle()
        outcomes.append(bank.state.deliveries[0].outcome)
    assert outcomes == ["failed", "delivered"]
    assert len(set(listener.bodies)) == 1


async def test_nobody_listening_is_noted(listener: Listener) -> None:
    state = BankState(webhook_url="http://127.0.0.1:9/hook", webhook_secret=SECRET, backoff=())
    async for _ in state.courier.run(None):  # type: ignore[arg-type]  # the application is not used
        state.pay(100, "A")
        await state.courier.settle()
    assert state.deliveries[0].tries == ["ClientConnectorError"]


async def test_a_lost_webhook_leaves_the_row_for_the_poll(bank: Bank, listener: Listener) -> None:
    bank.state.pay(100, "A", deliver=False)
    await bank.state.courier.settle()
    assert (listener.bodies, len(bank.state.movements)) == ([], 1)


async def test_held_deliveries_arrive_backwards_and_in_several_copies(bank: Bank, listener: Listener) -> None:
    bank.state.courier.hold()
    bank.state.courier.copies = 2
    movement = bank.state.pay(100, "A", status="pending")
    bank.state.change(movement.id, status="completed")
    assert listener.bodies == []
    bank.state.courier.release(backwards=True)
    await bank.state.courier.settle()
    events = [parse_event(body).event for body in listener.bodies]
    assert events == ["updated", "updated", "created", "created"]


async def test_a_pending_payment_completes_and_another_is_declined(bank: Bank) -> None:
    state = bank.state
    first, second = (state.pay(5000, "A", status="pending") for _ in range(2))
    before = first.updated_at
    assert (first.settled_at, state.main_account.balance_cents) == (None, 0)
    state.change(first.id, status="completed", label="AUTRE NOM")
    state.change(second.id, status="declined")
    assert first.settled_at == first.updated_at > before
    assert (second.settled_at, state.main_account.balance_cents) == (None, 5000)
    state.remove(second.id)
    assert state.movements.get(second.id) is None
    with pytest.raises(ValueError, match="cannot change id"):
        state.change(first.id, id="other")


async def test_subscriptions_are_made_replaced_and_ended_with_a_token_and_receive_events(
    bank: Bank, listener: Listener, http: httpx.AsyncClient
) -> None:
    bank.state.webhook_url = None
    token = bank.state.tokens.issue("organization.read webhook")["access_token"]

    async def answer() -> str:
        return str(token)

    client = bank.client(http, Bearer(answer))
    assert client.manages_webhooks
    made = await client.create_webhook_subscription(listener.url, ["v1/transactions"], SECRET, "le bot")
    assert made.secret is not None
    assert made.secret.get_secret_value() == SECRET
    bank.state.pay(100, "A")
    await bank.state.courier.settle()
    assert parse_event(listener.bodies[0]).subscription_id == made.id
    [seen] = [each async for each in client.webhook_subscriptions()]
    assert (seen.id, seen.secret, seen.description) == (made.id, None, "le bot")
    one = f"{bank.url}/v2/webhook_subscriptions/{made.id}"
    headers = {"Authorization": f"Bearer {token}"}
    body = {"callback_url": listener.url, "types": ["v1/client-invoices"]}
    assert (await http.put(one, json=body, headers=headers)).json()["types"] == ["v1/client-invoices"]
    assert (await http.get(one, headers=headers)).json()["types"] == ["v1/client-invoices"]
    bank.state.pay(100, "B")
    await bank.state.courier.settle()
    assert len(listener.bodies) == 1
    assert (await http.delete(one, headers=headers)).status_code == httpx.codes.NO_CONTENT
    assert [each async for each in client.webhook_subscriptions()] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"callback_url": "ftp://x", "types": ["v1/transactions"]},
        {"callback_url": "https://x.example", "types": []},
        {"callback_url": "https://x.example", "types": ["v1/transactions"], "secret": "short"},
        {"callback_url": "https://x.example", "types": ["v1/transactions"], "description": "x" * 257},
        [],
    ],
)
async def test_a_wrong_subscription_is_a_flat_400(bank: Bank, http: httpx.AsyncClient, wrong: object) -> None:
    token = bank.state.tokens.issue("webhook")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = await http.post(f"{bank.url}/v2/webhook_subscriptions", json=wrong, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_request"
