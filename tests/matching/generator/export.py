"""Write a generated world as the three CSV files of the backtest contract."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from matching import InvoiceStatus
from tests.matching.generator.agency import World


def export(world: World, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    numbers = {one.id: one.number for one in world.invoices}
    _write(directory / "clients.csv", ("client_id", "name", "aliases", "ibans"), (
        (f"C{one.id}", one.name, "|".join(one.aliases), _ibans(world, one.id)) for one in world.clients
    ))  # fmt: skip
    _write(
        directory / "invoices.csv",
        ("number", "client_id", "currency", "total", "open", "issue_date", "due_date", "status", "kind", "net_total",
         "other_references"),
        ((one.number, f"C{one.client_id}", one.currency, _decimal(one.total_cents), _decimal(one.open_cents),
          one.issue_date, one.due_date, "open" if one.status is InvoiceStatus.PARTLY_PAID else one.status.value,
          one.kind.value, _decimal(one.net_cents or 0), "|".join(one.references)) for one in world.invoices),
    )  # fmt: skip
    _write(
        directory / "payments.csv",
        ("payment_id", "currency", "amount", "settled_on", "payer_name", "payer_iban", "text", "expected"),
        ((f"P{one.payment.id}", one.payment.currency, _decimal(one.payment.amount_cents), one.payment.settled_on,
          one.payment.payer_name, one.payment.payer_iban, one.payment.text,
          "|".join(f"{numbers[part.invoice_id]}:{_decimal(part.amount_cents)}" for part in one.expected) or "none")
         for one in world.truths),
    )  # fmt: skip


def _ibans(world: World, client_id: int) -> str:
    learnt = world.memory.ibans.items()
    return "|".join(
        iban for iban, payer in learnt if any(link.client_id == client_id for link in payer.links)
    )


def _decimal(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _write(path: Path, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)
