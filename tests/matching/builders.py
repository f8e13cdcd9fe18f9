"""A payment, an invoice, a client, with sane defaults; and an index from them."""

from datetime import date

from matching import (
    Client,
    ClientId,
    Invoice,
    InvoiceId,
    InvoiceStatus,
    Link,
    Memory,
    MemoryIndex,
    PastPayment,
    Payer,
    Payment,
    PaymentId,
)

NIKE = Client(id=ClientId(1), name="NIKE France")
DOLMEN = Client(id=ClientId(2), name="Maison Dolmen SAS")
NIKE_IBAN = "FR3194580730215736819303642"
DOLMEN_IBAN = "FR0962129972200332245383236"
DAY = date(2026, 6, 20)


def a_payment(cents: int = 150_000, text: str = "", **changes: object) -> Payment:
    fields: dict[str, object] = {
        "id": PaymentId(1), "currency": "EUR", "amount_cents": cents, "settled_on": DAY, "text": text,
        "payer_name": "NIKE FRANCE", "payer_iban": NIKE_IBAN,
    }  # fmt: skip
    return Payment(**{**fields, **changes})  # type: ignore[arg-type]  # keyword table of a test builder


def an_invoice(place: int, cents: int = 150_000, **changes: object) -> Invoice:
    fields: dict[str, object] = {
        "id": InvoiceId(place), "number": f"FACT-2026-{place:03d}", "client_id": NIKE.id,
        "currency": "EUR", "total_cents": cents, "open_cents": cents, "due_date": date(2026, 6, 15),
        "issue_date": date(2026, 5, 15),
    }  # fmt: skip
    if "status" in changes:
        changes["status"] = InvoiceStatus(str(changes["status"]))
    return Invoice(**{**fields, **changes})  # type: ignore[arg-type]  # same


def learnt(**ibans: int) -> Memory:
    """``learnt(FR..=1)``: this IBAN was confirmed twice for that client."""
    return Memory(
        ibans={
            iban: Payer(links=(Link(client_id=ClientId(one), confirmations=2),))
            for iban, one in ibans.items()
        }
    )


def an_index(
    *invoices: Invoice,
    memory: Memory | None = None,
    clients: tuple[Client, ...] = (NIKE, DOLMEN),
    past: tuple[PastPayment, ...] = (),
) -> MemoryIndex:
    return MemoryIndex(invoices, clients, memory, past=past)
