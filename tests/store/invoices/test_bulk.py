"""Saved together or one by one, the same rows come out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from store.db.engine import Database
from store.invoices.bulk import save_many
from store.invoices.parties import InvoiceConflict
from store.invoices.save import NewInvoice, save_invoice
from store.models import Collaboration
from store.types import CollaborationStatus, InvoiceKind
from tests.support.store_rows import NOW

ONE = NewInvoice(
    number="F-1", client="NIKE", client_email="Compta@nike.example", talent="Camille", talent_email="c@a.example",
    collaboration="Air", total_cents=1000, due_date=date(2026, 1, 1),
)  # fmt: skip
KNOWN = [
    ONE,
    replace(ONE, number="F-2", client="Puma", client_email=None, talent="Jules", talent_email=None),
    replace(ONE, number="F-3", client="Sans talent", talent=None, talent_email=None, collaboration=None),
]
ROWS = [
    replace(ONE, number="G-1"),
    replace(ONE, number="G-2", client="  nike ", collaboration="Un autre", kind=InvoiceKind.CREDIT_NOTE),
    replace(ONE, number="G-3", client="Nouveau", collaboration=None, talent_email="autre@a.example"),
    replace(ONE, number="G-4", client="Nouveau", client_email="n@n.example", talent=None, talent_email=None),
    replace(
        ONE, number="G-5", client="Tout autre nom", client_email="n@n.example", talent=None, talent_email=None
    ),
    replace(ONE, number="G-6", client="Puma", client_email="p@p.example", talent="Jules", talent_email=None),
    replace(ONE, number="G-7", client="Puma", client_email=None, talent="Jules", talent_email="j@a.example"),
    replace(ONE, number="F-2", client="Puma", client_email=None, talent="Jules", talent_email=None),
    replace(ONE, number="F-3", client="Sans talent", talent=None, talent_email=None, total_cents=5),
    replace(ONE, number="G-8", client="Sans talent", talent=None, talent_email=None, collaboration="Seule"),
    replace(ONE, number="G-9", client="Sans talent", talent=None, talent_email=None, collaboration="seule"),
    replace(ONE, number="g-1"),
    replace(ONE, number="G-1", total_cents=7),
]
# Names in place of ids, which may be given in another order.
QUERIES = (
    (
        "SELECT i.number, i.number_key, i.total_cents, i.open_cents, i.kind, i.status, i.search_text, c.name,"
        " o.title, o.status AS deal, t.name AS talent FROM invoices i JOIN clients c ON c.id = i.client_id"
        " LEFT JOIN collaborations o ON o.id = i.collaboration_id LEFT JOIN talents t ON t.id = o.talent_id"
        " ORDER BY i.number_key"
    ),
    "SELECT name, name_key, email FROM clients ORDER BY name_key",
    "SELECT name, name_key, email FROM talents ORDER BY name_key, email",
    "SELECT c.name, k.token FROM client_tokens k JOIN clients c ON c.id = k.client_id ORDER BY 1, 2",
    "SELECT i.number_key, r.key, r.kind FROM invoice_references r JOIN invoices i ON i.id = r.invoice_id ORDER BY 1, 2, 3",
    "SELECT c.name, o.title, o.status FROM collaborations o JOIN clients c ON c.id = o.client_id ORDER BY 1, 2",
)


async def saved(database: Database, *, together: bool) -> tuple[Sequence[str], Sequence[Any]]:
    """Save everything and take it back; gives what became of each row, and what the tables said."""
    async with database.write() as session:
        for new in KNOWN:
            await save_invoice(session, new, NOW)
        air = (await session.scalars(select(Collaboration).where(Collaboration.title == "Air"))).first()
        assert air is not None
        air.status, air.paid_at = CollaborationStatus.PAID, NOW
        await session.flush()
        if together:
            kinds: list[str] = [
                "created" if one is None else one.kind for one in await save_many(session, ROWS, NOW)
            ]
        else:
            kinds = [(await save_invoice(session, new, NOW)).kind for new in ROWS]
        await session.flush()
        tables = [[tuple(row) for row in await session.execute(text(query))] for query in QUERIES]
        await session.rollback()
    return kinds, tables


async def test_saved_together_is_saved_one_by_one(database: Database) -> None:
    assert await saved(database, together=True) == await saved(database, together=False)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(ONE, number=" "),
        replace(ONE, number="H", total_cents=0),
        replace(ONE, number="H", talent="Autre"),
    ],
    ids=["no number", "nothing to pay", "somebody else's address"],
)
async def test_a_contradiction_among_many_is_refused_as_alone(database: Database, wrong: NewInvoice) -> None:
    with pytest.raises(InvoiceConflict):
        async with database.write() as session:
            await save_many(session, [ONE, replace(ONE, number="F-2"), wrong], NOW)
