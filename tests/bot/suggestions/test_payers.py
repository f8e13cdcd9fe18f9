"""The memory of payers, shown and forgotten, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot import reconciliation
from bot.context import Context
from bot.errors import InvalidRequestError, NotAllowedError, NotFoundError
from bot.reconciliation import Choice
from bot.suggestions.payers import forget_payer, show_memory
from bot.suggestions.propose import payment_of
from matching import Memory, wanted
from store.books import audit
from store.candidates.fetch import fetch
from store.models import AuditEntry
from store.types import PayerKeyKind
from tests.bot.conftest import HUGO, MAUD
from tests.support.store_rows import IBAN, NOW, add_invoice, add_payment

SAME_END = "FR9430004000010000123450189"


async def associated(ctx: Context, qonto_id: str = "t-1", number: str = "FACT-2026-042") -> int:
    async with ctx.database.write() as session:
        payment = (await add_payment(session, qonto_id)).id
        invoice = (await add_invoice(session, number)).id
    await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])
    return payment


def at(ctx: Context, minutes: float) -> Context:
    def clock() -> datetime:
        return NOW + timedelta(minutes=minutes)

    return replace(ctx, clock=clock)


async def slice_for_a_new_payment(ctx: Context) -> Memory:
    async with ctx.database.write() as session:
        payment = await add_payment(session, "t-new")
        return (await fetch(session, wanted(payment_of(payment)))).memory


async def test_what_was_learnt_is_listed_by_account_and_by_name(ctx: Context) -> None:
    await associated(ctx)
    memory = await show_memory(ctx, MAUD)
    assert [(one.kind, one.key, one.name) for one in memory.payers] == [
        (PayerKeyKind.IBAN, IBAN, "NIKE FRANCE SAS"),
        (PayerKeyKind.ALIAS, "NIKE FRANCE", "NIKE FRANCE SAS"),
    ]
    link = memory.payers[0].payer.links[0]
    assert (link.confirmations, link.last_date) == (1, NOW.date())
    assert list(memory.clients.values()) == ["NIKE"]


async def test_the_list_can_be_one_clients(ctx: Context) -> None:
    await associated(ctx)
    assert len((await show_memory(ctx, MAUD, client="nike")).payers) == 2
    assert (await show_memory(ctx, MAUD, client="adès")).payers == []
    assert (await show_memory(ctx, MAUD, client="%")).payers == []


async def test_a_forgotten_account_teaches_nothing_and_the_name_is_kept(ctx: Context) -> None:
    await associated(ctx)
    assert await forget_payer(at(ctx, 1), MAUD, wanted="FR76 3000 6000 0112 3456 7890 189") == (
        PayerKeyKind.IBAN,
        "FR••0189",
    )
    memory = await slice_for_a_new_payment(ctx)
    assert memory.ibans == {}
    assert memory.aliases["NIKE FRANCE"].links[0].confirmations == 1
    async with ctx.database.read() as session:
        line = await session.get_one(AuditEntry, 2)
        assert (line.actor, line.action, line.object_id) == ("U0MAUD", "forget_payer", "FR••0189")
        assert await audit.check_chain(session) == []


async def test_a_forgotten_name_teaches_nothing_and_the_account_is_kept(ctx: Context) -> None:
    await associated(ctx)
    await forget_payer(at(ctx, 1), MAUD, wanted="nike france s.a.s")
    memory = await slice_for_a_new_payment(ctx)
    assert memory.aliases == {}
    assert memory.ibans[IBAN].links[0].confirmations == 1


async def test_what_is_decided_afterwards_is_learnt_anew(ctx: Context) -> None:
    await associated(ctx)
    await forget_payer(at(ctx, 1), MAUD, wanted="FR••0189")
    await associated(at(ctx, 2), "t-2", "FACT-2026-043")
    memory = await slice_for_a_new_payment(ctx)
    assert memory.ibans[IBAN].links[0].confirmations == 1
    await forget_payer(at(ctx, 3), MAUD, wanted=IBAN)
    assert (await slice_for_a_new_payment(ctx)).ibans == {}


async def test_payments_set_aside_are_forgotten_too(ctx: Context) -> None:
    async with ctx.database.write() as session:
        payment = (await add_payment(session)).id
    await reconciliation.ignore(ctx, MAUD, transaction_id=payment, reason="autre")
    assert (await slice_for_a_new_payment(ctx)).ibans[IBAN].not_client_count == 1
    await forget_payer(at(ctx, 1), MAUD, wanted=IBAN)
    assert (await slice_for_a_new_payment(ctx)).ibans == {}
    async with ctx.database.write() as session:
        other = (await add_payment(session, "t-2")).id
    await reconciliation.ignore(at(ctx, 2), MAUD, transaction_id=other, reason="autre")
    assert (await slice_for_a_new_payment(ctx)).ibans[IBAN].not_client_count == 1


async def test_forgetting_asks_for_one_known_payer_and_for_the_right(ctx: Context) -> None:
    await associated(ctx)
    for unknown in ("Personne", "FR••9999", SAME_END, ""):
        with pytest.raises(NotFoundError):
            await forget_payer(ctx, MAUD, wanted=unknown)
    async with ctx.database.write() as session:
        await add_payment(session, "t-9", counterparty_iban=SAME_END)
    with pytest.raises(InvalidRequestError, match="IBAN entier"):
        await forget_payer(ctx, MAUD, wanted="FR••0189")
    with pytest.raises(NotAllowedError):
        await forget_payer(ctx, HUGO, wanted=IBAN)
    with pytest.raises(NotAllowedError):
        await show_memory(ctx, HUGO)
