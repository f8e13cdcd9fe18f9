"""The three CSV files of a backtest (design.md, contract "Backtest") as the matcher's own values."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TypeVar

from matching import (
    Allocation,
    Client,
    ClientId,
    Invoice,
    InvoiceId,
    InvoiceKind,
    InvoiceStatus,
    Link,
    Memory,
    MemoryIndex,
    Payer,
    Payment,
    PaymentId,
    Side,
)
from matching.reading.keys import compact

CONFIRMED_IN_THE_PAST = 2
"""``ibans`` of clients.csv were confirmed by people: each counts as often as the matcher asks to be sure."""

NEEDED = {
    "clients.csv": ("client_id", "name"),
    "invoices.csv": ("number", "client_id", "currency", "total", "open", "due_date", "status"),
    "payments.csv": ("payment_id", "currency", "amount", "settled_on", "text"),
}

Row = dict[str, str]
Parsed = TypeVar("Parsed")


class BacktestUnreadableError(ValueError):
    """A file is missing or a line cannot be read.

    The message is one French sentence saying where and what to do.
    """


@dataclass(frozen=True, slots=True)
class PastPaymentRow:
    """A payment to score. ``expected`` is None without an answer.

    Empty when the answer is *none of these*.
    """

    payment_id: str
    payment: Payment
    expected: tuple[Allocation, ...] | None


@dataclass(frozen=True, slots=True)
class History:
    """Everything the three files say."""

    clients: tuple[Client, ...]
    invoices: tuple[Invoice, ...]
    memory: Memory
    rows: tuple[PastPaymentRow, ...]

    def index(self) -> MemoryIndex:
        """The look-ups of the matcher over this history."""
        return MemoryIndex(self.invoices, self.clients, self.memory)


def read_history(directory: Path) -> History:
    """Read clients.csv, invoices.csv and payments.csv. Raises BacktestUnreadableError."""
    ids: dict[str, ClientId] = {}
    clients, memory = [], defaultdict[str, list[Link]](list)
    for place, row in _rows(directory, "clients.csv"):
        client = _parse("clients.csv", place, row, partial(_client, ids=ids))
        clients.append(client)
        for iban in _listed(row.get("ibans", "")):
            memory[compact(iban)].append(Link(client_id=client.id, confirmations=CONFIRMED_IN_THE_PAST))
    invoices = [
        _parse("invoices.csv", place, row, partial(_invoice, invoice_id=InvoiceId(place), ids=ids))
        for place, row in _rows(directory, "invoices.csv")
    ]
    numbers = {invoice.number: invoice.id for invoice in invoices}
    rows = [
        _parse("payments.csv", place, row, partial(_payment, payment_id=PaymentId(place), numbers=numbers))
        for place, row in _rows(directory, "payments.csv")
    ]
    learnt = {iban: Payer(links=tuple(links)) for iban, links in memory.items()}
    return History(tuple(clients), tuple(invoices), Memory(ibans=learnt), tuple(rows))


def _rows(directory: Path, name: str) -> Iterator[tuple[int, Row]]:
    """Rows with their line number; commas or semicolons.

    A byte-order mark is no part of the first heading.
    """
    try:
        text = (directory / name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BacktestUnreadableError(
            f"{name}\u00a0: fichier absent ou illisible. Placer dans {directory} un fichier CSV en UTF-8."
        ) from error
    heading = text.split("\n", 1)[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if heading.count(";") > heading.count(",") else ","
    )
    missing = [column for column in NEEDED[name] if column not in (reader.fieldnames or ())]
    if missing:
        raise BacktestUnreadableError(f"{name}\u00a0: colonnes manquantes\u00a0: {', '.join(missing)}.")
    for row in reader:
        yield (
            reader.line_num,
            {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)},
        )


def _parse(name: str, line: int, row: Row, parse: Callable[[Row], Parsed]) -> Parsed:
    try:
        return parse(row)
    except KeyError as error:
        raise BacktestUnreadableError(
            f"{name}, ligne {line}\u00a0: «\u00a0{error.args[0]}\u00a0» est inconnu."
        ) from error
    except ValueError as error:
        raise BacktestUnreadableError(f"{name}, ligne {line}\u00a0: {error}") from error


def _client(row: Row, ids: dict[str, ClientId]) -> Client:
    client_id = ids.setdefault(row["client_id"], ClientId(len(ids) + 1))
    return Client(id=client_id, name=row["name"], aliases=_listed(row.get("aliases", "")))


def _invoice(row: Row, invoice_id: InvoiceId, ids: dict[str, ClientId]) -> Invoice:
    total, left = cents(row["total"]), cents(row["open"]) if row["open"] else 0
    status = InvoiceStatus(row["status"].lower())
    if status is InvoiceStatus.OPEN and left < total:
        status = InvoiceStatus.PARTLY_PAID
    others = (row.get("creditor_reference", ""), *_listed(row.get("other_references", "")))
    return Invoice(
        id=invoice_id,
        number=row["number"],
        client_id=ids[row["client_id"]],
        currency=row["currency"].upper(),
        total_cents=total,
        open_cents=left,
        net_cents=cents(row["net_total"]) if row.get("net_total") else None,
        issue_date=_day(row["issue_date"]) if row.get("issue_date") else None,
        due_date=_day(row["due_date"]),
        kind=InvoiceKind(row.get("kind") or "invoice"),
        status=status,
        references=tuple(reference for reference in others if reference),
    )


def _payment(row: Row, payment_id: PaymentId, numbers: dict[str, InvoiceId]) -> PastPaymentRow:
    iban = compact(row.get("payer_iban", ""))
    payment = Payment(
        id=payment_id,
        currency=row["currency"].upper(),
        amount_cents=cents(row["amount"]),
        settled_on=_day(row["settled_on"]),
        payer_name=row.get("payer_name", ""),
        payer_iban=iban or None,
        text=row["text"],
        side=Side(row.get("side") or "credit"),
    )
    return PastPaymentRow(row["payment_id"], payment, _expected(row.get("expected", ""), numbers))


def _expected(text: str, numbers: dict[str, InvoiceId]) -> tuple[Allocation, ...] | None:
    if not text:
        return None
    if text.lower() == "none":
        return ()
    pairs = (part.rpartition(":") for part in text.split("|"))
    allocations = [Allocation(numbers[number.strip()], cents(amount)) for number, _, amount in pairs]
    return tuple(sorted(allocations, key=lambda allocation: allocation.invoice_id))


def cents(text: str) -> int:
    """``1 500,00`` or ``1500.00`` as whole cents. ValueError when unreadable or finer than a cent."""
    plain = "".join(text.split()).replace("\u202f", "").replace(",", ".")
    try:
        exact = Decimal(plain) * 100
    except InvalidOperation as error:
        raise ValueError(f"montant illisible\u00a0: «\u00a0{text}\u00a0».") from error
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise ValueError(f"montant illisible\u00a0: «\u00a0{text}\u00a0».")
    return int(exact)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise ValueError(f"date illisible\u00a0: «\u00a0{text}\u00a0» (écrire 2026-01-31).") from error


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())
