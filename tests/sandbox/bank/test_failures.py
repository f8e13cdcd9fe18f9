"""The bank down, slow, broken or refusing: what the client does (Q1 to Q6)."""

from collections.abc import Awaitable, Callable
from time import monotonic

import httpx
import pytest

from qonto import (
    ApiKey,
    Bearer,
    QontoBroken,
    QontoClient,
    QontoForbidden,
    QontoRateLimited,
    QontoUnauthorized,
    QontoUnreachable,
    Retries,
    TransactionQuery,
)
from sandbox.faults import Fault, Kind
from tests.sandbox.bank.world import Bank, Clock


@pytest.mark.parametrize("kind", ["status", "reset", "reset_after", "html", "truncate", "huge"])
async def test_a_read_survives_three_failures_in_a_row(bank: Bank, client: QontoClient, kind: Kind) -> None:
    bank.faults.add(Fault("bank:GET /v2/organization", kind, times=3, status=503))
    assert (await client.organization()).slug == "agence-lumen-4821"
    assert len(bank.calls) == 4


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("status", QontoBroken),
        ("html", QontoBroken),
        ("truncate", QontoBroken),
        ("huge", QontoBroken),
        ("reset", QontoUnreachable),
    ],
)
async def test_a_read_gives_up_after_its_attempts(
    bank: Bank, client: QontoClient, kind: Kind, error: type[Exception]
) -> None:
    bank.faults.add(Fault("bank:*", kind, times=None))
    with pytest.raises(error, match="GET /bank/v2/organization"):
        await client.organization()
    assert len(bank.calls) == 4


@pytest.mark.parametrize("kind", ["status", "reset", "reset_after", "html", "truncate"])
async def test_a_failing_page_is_read_again_and_no_row_is_lost(
    bank: Bank, client: QontoClient, kind: Kind
) -> None:
    loaded = set(bank.state.load(250))
    bank.faults.add(Fault("bank:GET /v2/transactions", kind, skip=1, times=2, status=500))
    query = TransactionQuery(bank.state.main_account.id)
    assert {row.id async for page in client.transactions(query) for row in page.rows} == loaded


async def test_retry_after_is_obeyed(bank: Bank, client: QontoClient) -> None:
    bank.faults.add(Fault("bank:*", "status", status=429, retry_after=1))
    start = monotonic()
    await client.organization()
    assert monotonic() - start >= 1
    assert len(bank.calls) == 2


async def test_a_429_without_retry_after_is_tried_again(bank: Bank, client: QontoClient) -> None:
    bank.faults.add(Fault("bank:*", "status", status=429))
    assert await client.organization()


async def test_a_wait_longer_than_allowed_is_handed_to_the_caller(bank: Bank, client: QontoClient) -> None:
    bank.faults.add(Fault("bank:*", "status", status=429, retry_after=900))
    with pytest.raises(QontoRateLimited) as caught:
        await client.organization()
    assert caught.value.retry_after == 900
    assert len(bank.calls) == 1


async def test_a_slow_bank_is_given_up_within_the_total_time(bank: Bank, http: httpx.AsyncClient) -> None:
    bank.faults.add(Fault("bank:*", "delay", delay_ms=1500))
    retries = Retries(total=0.2)
    client = QontoClient(http, ApiKey(bank.state.api_key), base_url=bank.url, retries=retries)
    with pytest.raises(QontoUnreachable, match=r"within 0\.2 s"):
        await client.organization()


async def test_after_a_401_nothing_is_sent_until_the_credentials_are_reset(
    bank: Bank, http: httpx.AsyncClient
) -> None:
    client = bank.client(http, ApiKey("agence-lumen-4821:revoked"))
    for _ in range(5):
        with pytest.raises(QontoUnauthorized, match="authorization_token_invalid"):
            await client.organization()
    assert len(bank.calls) == 1
    bank.state.api_key = "agence-lumen-4821:revoked"
    client.reset_auth()
    assert await client.organization()


async def test_an_expired_token_is_refused_with_401(
    bank: Bank, http: httpx.AsyncClient, clock: Clock
) -> None:
    token = bank.state.tokens.issue("organization.read")["access_token"]
    clock.advance(hours=1)
    with pytest.raises(QontoUnauthorized):
        await bank.client(http, Bearer(_answering(token))).organization()


async def test_a_missing_scope_is_a_403_and_other_calls_go_on(bank: Bank, http: httpx.AsyncClient) -> None:
    token = bank.state.tokens.issue("organization.read")["access_token"]
    client = bank.client(http, Bearer(_answering(token)))
    with pytest.raises(QontoForbidden, match="missing required oauth scope"):
        [each async for each in client.webhook_subscriptions()]
    assert await client.organization()


async def test_without_the_staging_token_the_sign_in_page_is_not_parsed(
    bank: Bank, client: QontoClient
) -> None:
    bank.state.staging_token = "needed"
    with pytest.raises(QontoBroken, match="X-Qonto-Staging-Token"):
        await client.organization()


async def test_a_write_is_never_tried_again(bank: Bank, http: httpx.AsyncClient) -> None:
    client = bank.client(http, Bearer(_answering(bank.state.tokens.issue("webhook")["access_token"])))
    bank.faults.add(Fault("bank:POST *", "reset_after"))
    with pytest.raises(QontoUnreachable):
        await client.create_webhook_subscription("https://bot.example/hook", ["v1/transactions"], "s" * 32)
    assert len(bank.calls) == 1
    assert [each.types async for each in client.webhook_subscriptions()] == [("v1/transactions",)]


async def test_a_planned_error_has_the_banks_own_form(bank: Bank, client: QontoClient) -> None:
    bank.faults.add(Fault("bank:*", "error", status=412, error="invoice_not_in_draft_status"))
    with pytest.raises(Exception, match="412 invoice_not_in_draft_status"):
        await client.organization()


def _answering(token: str) -> Callable[[], Awaitable[str]]:
    async def answer() -> str:
        return token

    return answer


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_followed_nowhere(bank: Bank, http: httpx.AsyncClient, status: int) -> None:
    """The key must not travel: a read is tried again where it belongs, a write is an error."""
    client = bank.client(
        http, Bearer(_answering(bank.state.tokens.issue("organization.read webhook")["access_token"]))
    )
    fault = Fault("bank:*", "status", status=status, location=f"{bank.url}/v2/elsewhere")
    bank.faults.add(fault)
    assert (await client.organization()).slug == "agence-lumen-4821"
    bank.faults.add(fault)
    with pytest.raises(QontoBroken, match=f"status {status}"):
        await client.create_webhook_subscription("https://bot.example/hook", ["v1/transactions"], "s" * 32)
    assert not [call for call in bank.calls if "elsewhere" in str(call)]
