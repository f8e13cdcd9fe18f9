"""Client invoices and clients as the stand-in keeps them (docs.qonto.com, client-invoices)."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sandbox.bank.errors import listed
from sandbox.bank.movements import written


class InvoiceBook:
    """Clients and their invoices, as JSON objects of the bank's own shape."""

    def __init__(self, tick: Callable[[], datetime]) -> None:
        self._tick = tick
        self.clients: list[dict[str, Any]] = []
        self.invoices: list[dict[str, Any]] = []

    def add_client(self, name: str, email: str | None = None) -> dict[str, Any]:
        """Add a company."""
        instant = written(self._tick())
        client: dict[str, Any] = {
            "id": str(uuid4()),
            "name": name,
            "first_name": None,
            "last_name": None,
            "kind": "company",
            "type": "company",
            "email": email,
            "extra_emails": [],
            "vat_number": None,
            "tax_identification_number": None,
            "billing_address": None,
            "delivery_address": None,
            "currency": "EUR",
            "locale": "FR",
            "created_at": instant,
            "updated_at": instant,
        }
        self.clients.append(client)
        return client

    def add_invoice(
        self,
        number: str | None,
        client: dict[str, Any],
        total_cents: int,
        *,
        status: str = "unpaid",
        issue_date: date = date(2026, 1, 1),
        due_date: date = date(2026, 1, 31),
        imported: bool = False,
    ) -> dict[str, Any]:
        """Add an invoice in EUR; drafts have no items, as the bank writes them."""
        instant = written(self._tick())
        invoice: dict[str, Any] = {
            "id": str(uuid4()),
            "number": number,
            "status": status,
            "invoice_type": "standard",
            "currency": "EUR",
            "total_amount": {"value": f"{total_cents // 100}.{total_cents % 100:02d}", "currency": "EUR"},
            "total_amount_cents": total_cents,
            "amount_paid": {"value": "0.00", "currency": "EUR"},
            "issue_date": issue_date.isoformat(),
            "due_date": due_date.isoformat(),
            "created_at": instant,
            "updated_at": instant,
            "finalized_at": None if status == "draft" else instant,
            "paid_at": "" if status == "draft" else None,
            "items": None if status == "draft" else [],
            "client": client,
            "payment_methods": [],
            "credit_notes_ids": [],
            "imported": imported,
        }
        self.invoices.append(invoice)
        return invoice

    def get(self, invoice_id: str) -> dict[str, Any]:
        """Return an invoice; raises the bank's 404."""
        for invoice in self.invoices:
            if invoice["id"] == invoice_id:
                return invoice
        raise listed(404, "not_found", "client invoice not found", "id")

    def mark_as_paid(self, invoice_id: str, paid_at: object, today: date) -> dict[str, Any]:
        """Set unpaid to paid, or change the day of a paid one; raises the bank's 404 or 422."""
        invoice = self.get(invoice_id)
        if invoice["status"] not in ("unpaid", "paid"):
            raise listed(422, "invalid_status", "only unpaid invoices can be marked as paid")
        day = _day(paid_at) if paid_at is not None else today
        if day > today:
            raise listed(422, "invalid_paid_at", "paid_at cannot be in the future", "paid_at")
        return self._touch(invoice, status="paid", paid_at=f"{day.isoformat()}T00:00:00+02:00")

    def unmark_as_paid(self, invoice_id: str) -> dict[str, Any]:
        """Set paid back to unpaid; raises the bank's 404 or 422."""
        invoice = self.get(invoice_id)
        if invoice["status"] != "paid":
            raise listed(422, "invalid_status", "only paid invoices can be unmarked")
        return self._touch(invoice, status="unpaid", paid_at=None)

    def _touch(self, invoice: dict[str, Any], **fields: Any) -> dict[str, Any]:
        invoice.update(fields, updated_at=written(self._tick()))
        return invoice


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise listed(422, "invalid_paid_at", "paid_at is not a date", "paid_at") from None
