"""Fill an empty database with an agency of any size, by the drivers' own bulk loading."""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from matching import Payment, PaymentId, name_tokens, reference_keys
from store.text import fold, number_key

TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
# Round fees, tax included: most invoices bear one of these, so that each amount is borne by many.
POPULAR_CENTS = (36_000, 60_000, 96_000, 120_000, 150_000, 180_000, 240_000, 360_000, 600_000)
BUSY_CLIENT = 1
BUSY_INVOICES = 5_000
INVOICES_PER_CLIENT = 50
CHUNK = 20_000
WORDS = ("ATELIER", "MAISON", "STUDIO", "GALERIE", "BRASSERIE", "COSMETIQUES", "EDITIONS", "VOYAGES")

COLUMNS = {
    "clients": ("id", "name", "name_key", "created_at"),
    "client_tokens": ("token", "client_id"),
    "invoices": (
        "id", "number", "number_key", "client_id", "kind", "status", "currency", "total_cents",
        "settled_cents", "open_cents", "issue_date", "due_date", "language", "search_text", "version",
        "created_at", "updated_at",
    ),
    "invoice_references": ("invoice_id", "key", "kind"),
}  # fmt: skip

# Table, columns, rows.
Tables = Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]


@dataclass(frozen=True, slots=True)
class Claim:
    """One open invoice of the invented agency."""

    id: int
    client_id: int
    cents: int
    due_date: date

    @property
    def number(self) -> str:
        """The number printed on it."""
        return f"FACT-2026-{self.id:07d}"


def client_name(client_id: int) -> str:
    """Two common words and a rare one."""
    return f"{WORDS[client_id % 8]} {WORDS[client_id // 8 % 8]} {client_id:06d}X"


def client_of(payment: Payment) -> int:
    """The client that bears the payer's name."""
    return int(payment.payer_name[-7:-1])


def claims(size: int) -> Iterator[Claim]:
    """The same invoices for the same size; one client holds up to ``BUSY_INVOICES`` of them."""
    rng = random.Random(size)  # a repeatable choice, no secret
    busy = min(BUSY_INVOICES, size // 10)
    for place in range(1, size + 1):
        client_id = BUSY_CLIENT if place <= busy else rng.randrange(1, _clients(size) + 1)
        cents = rng.choice(POPULAR_CENTS) if rng.random() < 0.7 else rng.randrange(20_000, 900_000)
        yield Claim(place, client_id, cents, TODAY + timedelta(days=rng.randrange(-60, 40)))


def payments(size: int, count: int) -> list[Payment]:
    """A number quoted, a popular amount without one, the busy client without one: in turns."""
    rng = random.Random(size + 1)  # a repeatable choice, no secret
    every = list(claims(size))
    chosen = []
    for place in range(count):
        claim = every[place] if place % 3 == 2 else rng.choice(every)
        chosen.append(
            Payment(
                id=PaymentId(place + 1),
                currency="EUR",
                amount_cents=120_000 if place % 3 == 1 else claim.cents,
                settled_on=TODAY,
                payer_name=client_name(claim.client_id),
                payer_iban=f"FR76{place:023d}",
                text=f"Paiement facture {claim.number}" if place % 3 == 0 else "virement",
            )
        )
    return chosen


def _clients(size: int) -> int:
    return size // INVOICES_PER_CLIENT + 1


def agency(size: int) -> Tables:
    """Every row, table by table, in chunks: those referred to first."""
    return ((table, COLUMNS[table], rows) for table, rows in _tables(size))


def _tables(size: int) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    names = {each: client_name(each) for each in range(1, _clients(size) + 1)}
    yield "clients", [(each, name, fold(name), NOW) for each, name in names.items()]
    yield "client_tokens", [(token, each) for each, name in names.items() for token in name_tokens(name)]
    chunk: list[Claim] = []
    for claim in claims(size):
        chunk.append(claim)
        if len(chunk) == CHUNK or claim.id == size:
            yield "invoices", [_invoice(one, names[one.client_id]) for one in chunk]
            yield (
                "invoice_references",
                [(one.id, key, str(kind)) for one in chunk for key, kind in reference_keys(one.number)],
            )
            chunk = []


def _invoice(claim: Claim, client: str) -> tuple[Any, ...]:
    return (
        claim.id, claim.number, number_key(claim.number), claim.client_id, "invoice", "open", "EUR",
        claim.cents, 0, claim.cents, claim.due_date - timedelta(days=30), claim.due_date, "fr",
        fold(f"{claim.number} {client}"), 1, NOW, NOW,
    )  # fmt: skip


def fill_sqlite(url: str, tables: Tables) -> None:
    """Insert everything in one transaction, then let the planner count."""
    connection = sqlite3.connect(str(make_url(url).database))
    try:
        with connection:
            for table, columns, rows in tables:
                marks = ", ".join("?" * len(columns))
                statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # our own names
                connection.executemany(statement, [_as_text(row) for row in rows])
        connection.execute("ANALYZE")
        connection.commit()
    finally:
        connection.close()


def _as_text(row: Sequence[Any]) -> list[Any]:
    """Instants and days as the service writes them on SQLite."""
    return [
        each.strftime("%Y-%m-%d %H:%M:%S.%f")
        if isinstance(each, datetime)
        else each.isoformat()
        if isinstance(each, date)
        else each
        for each in row
    ]


async def fill_postgres(url: str, tables: Tables) -> None:
    """COPY everything, then let the planner count."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)  # type: ignore[no-untyped-call]  # asyncpg leaves it so
    try:
        for table, columns, rows in tables:
            await connection.copy_records_to_table(table, records=rows, columns=columns)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
