"""The bot's client against the stand-in bank: the way of all reads."""

from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from qonto import (
    ClientInvoice,
    PaginationBroken,
    QontoClient,
    QontoForbidden,
    QontoNotFound,
    QontoRejected,
    Transaction,
    TransactionQuery,
)
from sandbox.bank.state import Account, Drift, PagingTrap
from tests.sandbox.bank.world import Bank, Clock

IBAN = "FR7630004000010000123456789"
STATUSES = ("pending", "declined", "completed")


async def all_of(client: QontoClient, query: TransactionQuery) -> list[Transaction]:
    return [row async for page in client.transactions(query) for row in page.rows]


def main(bank: Bank) -> str:
    account: Account = bank.state.main_account
    return account.id


async def test_a_transfer_arrives_with_payer_reference_and_exact_cents(
    bank: Bank, client: QontoClient
) -> None:
    bank.state.pay(150_019, "NIKE FRANCE SAS", IBAN, "Facture F-2026-014")
    [row] = await all_of(client, TransactionQuery(main(bank)))
    assert (row.amount_cents, row.currency, row.counterparty_name) == (150_019, "EUR", "NIKE FRANCE SAS")
    assert (row.counterparty_iban, row.reference) == (IBAN, "Facture F-2026-014")
    assert await client.transaction(row.id) == row


async def test_only_completed_comes_unless_asked_and_each_status_has_its_own_call(
    bank: Bank, client: QontoClient
) -> None:
    for status in STATUSES:
        bank.state.pay(100, "A", status=status)
    assert [row.status for row in await all_of(client, TransactionQuery(main(bank)))] == ["completed"]
    before = len(bank.calls)
    rows = await all_of(client, TransactionQuery(main(bank), statuses=STATUSES))
    assert [row.status for row in rows] == list(STATUSES)
    assert [call.query.getall("status[]") for call in bank.calls[before:]] == [[s] for s in STATUSES]


async def test_windows_narrow_the_list(bank: Bank, client: QontoClient, clock: Clock) -> None:
    bank.state.pay(100, "OLD")
    clock.advance(days=2)
    new = bank.state.pay(200, "NEW", side="debit", operation_type="transfer")
    since = clock() - timedelta(days=1)
    account = main(bank)
    for query in (
        TransactionQuery(account, updated_at_from=since),
        TransactionQuery(account, settled_at_from=since),
    ):
        assert [row.id for row in await all_of(client, query)] == [new.id]


@pytest.mark.parametrize("drift", [Drift(touch=7, pages=9), Drift(insert=5, touch=3, pages=9)])
async def test_rows_that_move_while_we_page_are_all_found(
    bank: Bank, client: QontoClient, drift: Drift
) -> None:
    """Q7: each touched row moves to the end and pulls the others forward; nothing may be skipped."""
    loaded = set(bank.state.load(900))
    bank.state.drift = drift
    found = {row.id for row in await all_of(client, TransactionQuery(main(bank)))}
    assert loaded <= found
    assert found == {movement.id for movement in bank.state.movements}


async def test_more_rows_in_one_instant_than_a_page_holds_are_all_found(
    bank: Bank, client: QontoClient
) -> None:
    loaded = bank.state.load(250, spacing_seconds=0)
    rows = await all_of(client, TransactionQuery(main(bank)))
    assert {row.id for row in rows} == set(loaded)


@pytest.mark.parametrize("trap", ["ignore_page", "repeat_page"])
async def test_pages_that_do_not_advance_stop_with_an_error(
    bank: Bank, client: QontoClient, trap: PagingTrap
) -> None:
    bank.state.load(250, spacing_seconds=0)
    bank.state.paging_trap = trap
    with pytest.raises(PaginationBroken, match="page 2"):
        await all_of(client, TransactionQuery(main(bank)))


@pytest.mark.parametrize("trap", ["no_next_page", "empty_page", "fewer_rows"])
async def test_odd_pages_are_followed_to_the_end(bank: Bank, client: QontoClient, trap: PagingTrap) -> None:
    loaded = set(bank.state.load(20))
    bank.state.paging_trap = trap
    rows = await all_of(client, TransactionQuery(main(bank), per_page=8))
    assert {row.id for row in rows} == loaded


async def test_the_organisation_and_its_accounts_are_read(bank: Bank, client: QontoClient) -> None:
    bank.state.main_account.balance_cents = -1234
    bank.state.accounts.append(Account(main=False, is_external=True, iban=None, balance_cents=1999))
    organization = await client.organization()
    assert organization.slug == "agence-lumen-4821"
    assert [account.is_external_account for account in organization.bank_accounts] == [False]
    assert [account.id async for account in client.accounts()] == [a.id for a in bank.state.accounts]


async def test_unknown_ids_and_wrong_values_are_refused_with_their_reason(
    bank: Bank, client: QontoClient
) -> None:
    with pytest.raises(QontoNotFound, match="Transaction not found"):
        await client.transaction("nobody/../../here")
    with pytest.raises(QontoNotFound):
        await all_of(client, TransactionQuery("unknown"))
    with pytest.raises(QontoRejected, match="not_in_list") as caught:
        await all_of(client, TransactionQuery(main(bank), statuses=("settled",)))
    assert (caught.value.status, caught.value.code) == (400, "not_in_list")
    assert caught.value.trace_id


async def test_a_naive_window_is_refused_before_any_call(bank: Bank, client: QontoClient) -> None:
    with pytest.raises(ValueError, match="must be aware"):
        await all_of(client, TransactionQuery(main(bank), updated_at_from=datetime(2026, 1, 1)))  # noqa: DTZ001 (naive on purpose)
    assert bank.calls == []


async def test_invoices_are_listed_read_marked_and_unmarked(bank: Bank, http: httpx.AsyncClient) -> None:
    nike = bank.state.invoices.add_client("NIKE FRANCE SAS", "compta@nike.example")
    bank.state.invoices.add_invoice(None, nike, 100, status="draft")
    row = bank.state.invoices.add_invoice("F-1", nike, 150_000)
    bank.state.invoices.add_invoice("F-2", nike, 150_000, imported=True)
    today = bank.state.now().date()
    one = f"/v2/client_invoices/{row['id']}"

    async def ask(method: str, path: str, **how: Any) -> Any:
        headers = {"Authorization": bank.state.api_key}
        return (await http.request(method, f"{bank.url}{path}", headers=headers, **how)).json()

    async def mark(day: date) -> Any:
        return await ask("POST", f"{one}/mark_as_paid", json={"paid_at": day.isoformat()})

    listed = await ask("GET", "/v2/client_invoices", params={"filter[status]": "unpaid"})
    assert [each["number"] for each in listed["client_invoices"]] == ["F-1"]
    for _ in range(2):
        paid = ClientInvoice.model_validate((await mark(today))["client_invoice"])
        assert (paid.status, paid.paid_at is not None) == ("paid", True)
    assert "future" in str(await mark(today + timedelta(days=1)))
    await ask("POST", f"{one}/unmark_as_paid")
    assert ClientInvoice.model_validate((await ask("GET", one))["client_invoice"]).paid_at is None
    assert "invalid_status" in str(await ask("POST", f"{one}/unmark_as_paid"))
    assert [each["name"] for each in (await ask("GET", "/v2/clients"))["clients"]] == ["NIKE FRANCE SAS"]


async def test_an_api_key_cannot_touch_subscriptions_and_does_not_try(
    bank: Bank, client: QontoClient
) -> None:
    with pytest.raises(QontoForbidden, match="oauth_required"):
        client.webhook_subscriptions()
    assert bank.calls == []


async def test_the_staging_header_goes_with_every_call(bank: Bank, http: httpx.AsyncClient) -> None:
    bank.state.staging_token = "staging-token"
    assert (await bank.client(http).organization()).slug
    assert bank.calls[-1].headers["X-Qonto-Staging-Token"] == "staging-token"
