"""Searching past payments, reading one payment's record, and the figures of a period."""

from datetime import timedelta

from store.db.engine import Database
from store.queries import figures, history
from store.queries.history import Filter
from store.types import PaymentState
from tests.support.store_rows import NOW, add_invoice, add_payment, associate, undo


async def test_payments_are_found_by_what_they_say_or_paid(database: Database) -> None:
    async with database.write() as session:
        paid = await add_payment(session, "t-1")
        invoice = await add_invoice(session)
        await associate(session, paid.id, (invoice.id, 150_000))
        other = await add_payment(
            session, "t-2", amount_cents=9_900, counterparty_name="Éole", reference="x", label="Éole"
        )
        old = await add_payment(session, "t-3", settled_at=NOW - timedelta(days=90), reference="vieux")
    asked = [
        (Filter(), [paid.id, other.id, old.id]),
        (Filter(text="eole"), [other.id]),
        (Filter(text="99,00"), [other.id]),
        (Filter(text="fact-2026-042 camille"), [paid.id]),
        (Filter(text="%_'\""), []),
        (Filter(client_id=invoice.client_id), [paid.id]),
        (Filter(talent_id=invoice.collaboration.talent_id if invoice.collaboration else 0), [paid.id]),
        (Filter(states=(PaymentState.ALLOCATED,)), [paid.id]),
        (Filter(since=NOW - timedelta(days=1)), [paid.id, other.id]),
        (Filter(until=NOW - timedelta(days=1)), [old.id]),
    ]
    async with database.read() as session:
        for wanted, ids in asked:
            found = await history.find_payments(session, wanted, offset=0, limit=10)
            assert (sorted(found.ids), found.total) == (sorted(ids), len(ids)), wanted
        page = await history.find_payments(session, Filter(), offset=2, limit=1)
        assert (list(page.ids), page.total, page.cents) == ([old.id], 3, {"EUR": 309_900})


async def test_names_are_found_without_accents(database: Database) -> None:
    async with database.write() as session:
        await add_invoice(session, client="Océane", client_email="compta@oceane.example")
        await add_invoice(
            session,
            "F-2",
            client="NIKE",
            talent="Zoé",
            talent_email="zoe@agence.example",
            collaboration="Stories",
        )
    async with database.read() as session:
        assert [row.name for row in await history.find_clients(session, "ocea", 5)] == ["Océane"]
        assert [row.name for row in await history.find_talents(session, "ZOE", 5)] == ["Zoé"]
        assert len(await history.find_clients(session, "", 5)) == 2
        assert await history.find_clients(session, "%", 5) == []


async def test_a_record_holds_every_decision_and_what_it_moved(database: Database) -> None:
    async with database.write() as session:
        payment = await add_payment(session)
        invoice = await add_invoice(session)
        decision = await associate(session, payment.id, (invoice.id, 150_000))
        await undo(session, decision.id)
    async with database.read() as session:
        record = await history.read_record(session, payment.id)
    assert [row.kind for row in record.decisions] == ["associate", "undo"]
    assert [row.amount_cents for row in record.allocations] == [150_000, -150_000]


async def test_the_figures_count_what_stands(database: Database) -> None:
    async with database.write() as session:
        paid = await add_payment(session, "t-1")
        invoice = await add_invoice(session)
        undone = await associate(session, paid.id, (invoice.id, 150_000))
        await undo(session, undone.id)
        await associate(session, paid.id, (invoice.id, 150_000))
        await add_payment(session, "t-2", amount_cents=500)
        await add_payment(session, "t-3", settled_at=NOW - timedelta(days=90))
    since = NOW - timedelta(days=1)
    async with database.read() as session:
        sums = await figures.sums_by_state(session, since, None)
        assert sums[PaymentState.ALLOCATED] == figures.Tally(1, {"EUR": 150_000})
        assert sums[PaymentState.UNMATCHED] == figures.Tally(1, {"EUR": 500})
        assert await figures.delays_seconds(session, since, None) == [0.0]
        assert await figures.followed(session, since, None) == (0, 0, 1)
