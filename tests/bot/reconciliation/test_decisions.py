"""Decisions on both databases: what they change, what they refuse, and who wins a race."""

import asyncio

import pytest
from sqlalchemy import func, select

from bot import reconciliation
from bot.context import Context
from bot.errors import (
    AlreadyDecidedError,
    InvalidRequestError,
    InvoiceNotOpenError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
)
from bot.messages.effects import want_card
from bot.queries.payment import load_view
from bot.reconciliation import Choice
from store.books.checks import check_all
from store.messages import ledger
from store.messages.keys import card_key, talent_key
from store.models import Allocation, AuditEntry, Collaboration, Invoice, Message, Talent, Transaction
from store.suggestions import rematching
from store.suggestions.rounds import save_round
from store.types import InvoiceKind, MessagePurpose, MessageState, PaymentState
from tests.bot.conftest import HUGO, MAUD, NORA
from tests.support.store_rows import NOW, add_invoice, add_payment


async def one_of_each(ctx: Context, **invoice: object) -> tuple[int, int]:
    """Store one payment of 1 500,00 € and one invoice of as much; returns their ids."""
    async with ctx.database.write() as session:
        payment = await add_payment(session)
        stored = await add_invoice(session, **invoice)  # type: ignore[arg-type]  # forwarded as they are
        await want_card(session, payment, "C0PAIEMENTS", NOW)
        return payment.id, stored.id


async def seen(ctx: Context, payment: int, invoice: int) -> tuple[Transaction, Invoice, Collaboration]:
    async with ctx.database.read() as session:
        found = await session.get(Invoice, invoice)
        assert found is not None
        deal = await session.get(Collaboration, found.collaboration_id)
        transaction = await session.get(Transaction, payment)
        assert transaction is not None
        assert deal is not None
        assert await check_all(session) == []
        return transaction, found, deal


async def count(ctx: Context, table: type[Allocation | AuditEntry | Message]) -> int:
    async with ctx.database.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_an_association_pays_invoice_and_collaboration_and_wants_the_message(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    decided = await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])
    transaction, paid, deal = await seen(ctx, payment, invoice)
    assert (transaction.state, paid.status, deal.status) == (PaymentState.ALLOCATED, "paid", "paid")
    async with ctx.database.read() as session:
        talent = await session.scalar(select(Talent.id))
        notice = await ledger.find(
            session,
            talent_key(MessagePurpose.TALENT_PAID, transaction.qonto_id, decided.decision_id, talent or 0),
        )
        card = await ledger.find(session, card_key(transaction.qonto_id))
    assert notice is not None
    assert notice.state == MessageState.WANTED
    assert card is not None
    assert card.wanted_version == transaction.version


async def test_asking_again_for_what_stands_changes_nothing(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    first = await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])
    lines = await count(ctx, AuditEntry)
    again = await reconciliation.associate(
        ctx, NORA, transaction_id=payment, choices=[Choice(invoice, 150_000)]
    )
    assert (again.decision_id, again.repeated) == (first.decision_id, True)
    assert await count(ctx, AuditEntry) == lines
    assert await count(ctx, Allocation) == 1


async def test_the_second_of_two_different_choices_is_told_who_was_first(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    async with ctx.database.write() as session:
        other = (await add_invoice(session, "FACT-2026-043")).id
    await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])
    with pytest.raises(AlreadyDecidedError) as refused:
        await reconciliation.associate(ctx, NORA, transaction_id=payment, choices=[Choice(other)])
    assert refused.value.message == "Déjà associé à FACT-2026-042 par <@U0MAUD> il y a 0\u00a0seconde."


async def test_two_admins_at_once_one_wins(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    async with ctx.database.write() as session:
        other = (await add_invoice(session, "FACT-2026-043")).id
    results = await asyncio.gather(
        reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)]),
        reconciliation.associate(ctx, NORA, transaction_id=payment, choices=[Choice(other)]),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["AlreadyDecidedError", "Decided"]
    assert await count(ctx, Allocation) == 1


async def test_two_payments_for_one_invoice_one_wins(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    async with ctx.database.write() as session:
        twin = (await add_payment(session, "t-2")).id
    results = await asyncio.gather(
        reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)]),
        reconciliation.associate(ctx, NORA, transaction_id=twin, choices=[Choice(invoice)]),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["Decided", "InvoiceNotOpenError"]


async def test_somebody_without_the_right_is_refused_and_it_is_written_down(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    with pytest.raises(NotAllowedError):
        await reconciliation.associate(ctx, HUGO, transaction_id=payment, choices=[Choice(invoice)])
    assert await count(ctx, Allocation) == 0
    async with ctx.database.read() as session:
        line = await session.scalar(select(AuditEntry).order_by(AuditEntry.seq.desc()))
    assert line is not None
    assert (line.actor, line.action, line.object_id) == ("U0HUGO", "refused:associate", str(payment))


@pytest.mark.parametrize(
    ("choices", "error"),
    [
        ([], InvalidRequestError),
        ([Choice(1), Choice(1)], InvalidRequestError),
        ([Choice(1, 0)], InvalidRequestError),
        ([Choice(1, -5)], InvalidRequestError),
        ([Choice(1, 150_001)], InvoiceNotOpenError),
        ([Choice(1, 149_000, 1_000)], InvalidRequestError),
        ([Choice(1, 149_000, -1, "fee")], InvalidRequestError),
        ([Choice(999)], NotFoundError),
        ([Choice(number) for number in range(1, 102)], InvalidRequestError),
    ],
)
async def test_a_wrong_request_changes_nothing(
    ctx: Context, choices: list[Choice], error: type[RefusedError]
) -> None:
    payment, invoice = await one_of_each(ctx)
    mapped = [
        Choice(invoice if one.invoice_id == 1 else one.invoice_id + 1000, *_rest(one)) for one in choices
    ]
    with pytest.raises(error):
        await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=mapped)
    assert await count(ctx, Allocation) == 0


def _rest(choice: Choice) -> tuple[int | None, int, str | None]:
    return choice.amount_cents, choice.write_off_cents, choice.write_off_reason


async def test_the_sum_may_not_exceed_the_payment(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    async with ctx.database.write() as session:
        other = (await add_invoice(session, "FACT-2026-043")).id
    with pytest.raises(InvalidRequestError, match="dépassent le paiement"):
        await reconciliation.associate(
            ctx, MAUD, transaction_id=payment, choices=[Choice(invoice, 150_000), Choice(other, 100)]
        )


async def test_another_currency_is_never_mixed(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx, currency="USD")
    with pytest.raises(InvalidRequestError, match="en USD"):
        await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])


async def test_a_part_leaves_the_rest_and_a_second_part_closes_it(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx, total_cents=100_000)
    async with ctx.database.write() as session:
        other = (await add_invoice(session, "FACT-2026-043", total_cents=80_000)).id
    await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])
    transaction, _, _ = await seen(ctx, payment, invoice)
    assert (transaction.state, transaction.unallocated_cents) == (PaymentState.PARTLY_ALLOCATED, 50_000)
    await reconciliation.associate(ctx, NORA, transaction_id=payment, choices=[Choice(other)])
    transaction, partly, _ = await seen(ctx, payment, other)
    assert transaction.state == PaymentState.ALLOCATED
    assert (partly.status, partly.open_cents) == ("partly_paid", 30_000)


async def test_a_gap_accepted_as_a_fee_settles_the_invoice(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx, total_cents=151_500)
    await reconciliation.associate(
        ctx, MAUD, transaction_id=payment, choices=[Choice(invoice, 150_000, 1_500, "fee")]
    )
    transaction, paid, _ = await seen(ctx, payment, invoice)
    assert (transaction.state, paid.status) == (PaymentState.ALLOCATED, "paid")


async def test_a_credit_note_lowers_what_a_group_costs(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx, total_cents=170_000)
    async with ctx.database.write() as session:
        note = (
            await add_invoice(session, "AV-2026-001", total_cents=20_000, kind=InvoiceKind.CREDIT_NOTE)
        ).id
    await reconciliation.associate(
        ctx, MAUD, transaction_id=payment, choices=[Choice(invoice, 170_000), Choice(note, -20_000)]
    )
    transaction, paid, _ = await seen(ctx, payment, invoice)
    assert (transaction.state, paid.status) == (PaymentState.ALLOCATED, "paid")


async def a_proposal(ctx: Context, payment: int, invoice: int, cents: int, residual: int) -> int:
    async with ctx.database.write() as session:
        saved = await save_round(
            session,
            transaction_id=payment,
            outcome="preselect",
            flags=[],
            suggestions=[
                {
                    "allocations": [{"invoice_id": invoice, "amount_cents": cents}],
                    "residual_cents": residual,
                    "residual_reason": "fee" if residual < 0 else None,
                    "probability": 0.9,
                    "confidence": "very_likely",
                    "reasons": [],
                    "model_version": "test",
                }
            ],
            now=NOW,
        )
        return saved.suggestions[0].id


async def test_a_suggestion_short_by_a_fee_can_settle_or_leave_the_gap_due(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx, total_cents=151_500)
    proposal = await a_proposal(ctx, payment, invoice, 151_500, -1_500)
    await reconciliation.associate_suggestion(ctx, MAUD, suggestion_id=proposal, partly=True)
    _, partly, _ = await seen(ctx, payment, invoice)
    assert (partly.status, partly.open_cents) == ("partly_paid", 1_500)
    await reconciliation.undo(ctx, MAUD, transaction_id=payment)
    await reconciliation.associate_suggestion(ctx, MAUD, suggestion_id=proposal)
    _, paid, _ = await seen(ctx, payment, invoice)
    assert (paid.status, paid.open_cents) == ("paid", 0)


async def test_an_unknown_suggestion_is_refused(ctx: Context) -> None:
    with pytest.raises(NotFoundError):
        await reconciliation.associate_suggestion(ctx, MAUD, suggestion_id=404)
    with pytest.raises(NotFoundError):
        await reconciliation.undo_decision(ctx, MAUD, decision_id=404)
    with pytest.raises(NotFoundError):
        await reconciliation.ignore(ctx, MAUD, transaction_id=404, reason="x")


async def test_a_message_that_has_not_left_never_leaves_after_an_undo(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    decided = await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])
    await reconciliation.undo_decision(ctx, NORA, decision_id=decided.decision_id)
    transaction, reopened, deal = await seen(ctx, payment, invoice)
    assert (transaction.state, reopened.status, deal.status) == (PaymentState.UNMATCHED, "open", "open")
    async with ctx.database.read() as session:
        rows = (await session.scalars(select(Message).where(Message.talent_id.is_not(None)))).all()
    assert [row.state for row in rows] == [MessageState.CANCELLED]


async def test_a_message_that_may_have_left_gets_a_correction(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])
    async with ctx.database.write() as session:
        row = (await session.scalars(select(Message).where(Message.talent_id.is_not(None)))).one()
        await ledger.start_sending(session, [row.id], NOW)
    await reconciliation.undo(ctx, MAUD, transaction_id=payment)
    async with ctx.database.read() as session:
        purposes = (
            await session.scalars(select(Message.purpose).where(Message.talent_id.is_not(None)))
        ).all()
    assert sorted(purposes) == [MessagePurpose.TALENT_CORRECTION, MessagePurpose.TALENT_PAID]


async def test_undoing_twice_is_said(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])
    await reconciliation.undo(ctx, MAUD, transaction_id=payment)
    with pytest.raises(AlreadyDecidedError, match="déjà annulée"):
        await reconciliation.undo(ctx, NORA, transaction_id=payment)


async def test_a_payment_set_aside_comes_back(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    await reconciliation.ignore(ctx, MAUD, transaction_id=payment, reason="remboursement TVA")
    again = await reconciliation.ignore(ctx, NORA, transaction_id=payment, reason="autre")
    assert again.repeated
    with pytest.raises(AlreadyDecidedError, match="hors facturation"):
        await reconciliation.associate(ctx, NORA, transaction_id=payment, choices=[Choice(invoice)])
    async with ctx.database.read() as session:
        view = await load_view(session, payment)
    assert view is not None
    assert view.last_decision is not None
    assert (view.ignored_reason, view.last_decision.actor) == ("remboursement TVA", "U0MAUD")
    await reconciliation.restore(ctx, NORA, transaction_id=payment)
    with pytest.raises(AlreadyDecidedError, match="déjà à rapprocher"):
        await reconciliation.restore(ctx, NORA, transaction_id=payment)
    await reconciliation.associate(ctx, NORA, transaction_id=payment, choices=[Choice(invoice)])
    with pytest.raises(AlreadyDecidedError, match="Déjà associé"):
        await reconciliation.ignore(ctx, MAUD, transaction_id=payment, reason="x")


async def test_a_movement_that_is_no_payment_cannot_be_associated(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    async with ctx.database.write() as session:
        row = await session.get(Transaction, payment)
        assert row is not None
        row.state = None
        row.needs_matching = False
    with pytest.raises(InvalidRequestError, match="pas un paiement"):
        await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])


async def test_another_payment_suggested_for_the_same_invoice_is_looked_at_again(ctx: Context) -> None:
    payment, invoice = await one_of_each(ctx)
    async with ctx.database.write() as session:
        twin = await add_payment(session, "t-2")
        twin.needs_matching = False
        twin.state = PaymentState.PROPOSED
    await a_proposal(ctx, twin.id, invoice, 150_000, 0)
    await reconciliation.associate(ctx, MAUD, transaction_id=payment, choices=[Choice(invoice)])
    async with ctx.database.read() as session:
        assert not (await session.get_one(Transaction, twin.id)).needs_matching, "no decision waits for it"
        assert await rematching.is_asked(session)
    assert await ctx.database.run(lambda session: rematching.spread(session, NOW))
    async with ctx.database.read() as session:
        assert (await session.get_one(Transaction, twin.id)).needs_matching
        assert not await rematching.is_asked(session)
