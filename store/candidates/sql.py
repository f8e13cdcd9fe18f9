"""The statements behind ``fetch``, written once per shape: few of them, all answered by indexes.

A payment pays for the number of its statements before anything else (on SQLite each is handed to another
thread, on PostgreSQL it is a round trip), so many small capped questions travel as one UNION ALL. Lists of
keys and words come in a few fixed lengths, padded, so that plans and caches are reused; clients, at most
eight and each two questions to plan, as they are. Values always travel as parameters.

A client's name is a subquery, never a join: beside a UNION ALL whose size PostgreSQL overrates, a join was
planned as one reading of the whole table of clients for every payment.
"""

import time
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Date, Select, String, column, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import TextualSelect

from matching import InvoiceKind
from matching.lookups import CLIENT_LIMIT, COUNT_LIMIT, KEY_HITS_LIMIT, SAME_AMOUNT_LIMIT, TOKEN_LIMIT
from store.models import IS_OPEN, Client, Invoice
from store.models.selects import as_text, standing
from store.types import Int64, UtcDateTime

Value = TypeVar("Value", str, int)

LENGTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
# SQLite allows 500 terms in a compound select.
MOST_UNITED = 64
HIT, EQUAL, OLDEST, EXACT = "hit", "equal", "oldest", "exact"
BEARER, BEARERS, EQUALS, OPEN, CLIENTS, OWN = "bearer", "bearers", "equals", "open", "clients", "own"

_HITS = """
    SELECT 'hit' AS part, key AS word, kind, invoice_id
    FROM invoice_references WHERE {which} LIMIT {limit}
"""
_NAMED = """
    SELECT '{part}' AS part, '' AS word, '' AS kind, id AS invoice_id
    FROM invoices WHERE {which} ORDER BY due_date, id LIMIT {limit}
"""
_OF_AMOUNT = "currency = :currency AND kind = 'invoice' AND open_cents = :cents"
_OF_CLIENT = f"client_id = :client{{n}} AND currency = :currency{{n}} AND {IS_OPEN}"
_EXACT_OF_CLIENT = (
    "client_id = :client{n} AND currency = :currency{n} AND kind = 'invoice' AND open_cents = :cents{n}"
)
_INVOICES = """
    SELECT named.part, named.word, named.kind, i.id, i.number, i.client_id,
        (SELECT c.name FROM clients c WHERE c.id = i.client_id) AS name, i.currency, i.total_cents,
        i.open_cents, i.net_total_cents, i.kind AS invoice_kind, i.status, i.issue_date, i.due_date, i.paid_at
    FROM ({named}) AS named JOIN invoices i ON i.id = named.invoice_id
"""
_BEARER = """
    SELECT 'bearer' AS part, token AS word, client_id AS number
    FROM client_tokens WHERE token = :t{n} ORDER BY client_id LIMIT {limit}
"""
_BEARERS = """
    SELECT 'bearers' AS part, token AS word, count(*) AS number
    FROM (SELECT token FROM client_tokens WHERE token = :t{n} LIMIT {limit}) AS one GROUP BY token
"""
_COUNTED = """
    SELECT '{part}' AS part, '' AS word, count(*) AS number FROM (SELECT 1 FROM {rows} LIMIT {limit}) AS one
"""
_OWN = "SELECT 'own' AS part, iban AS word, 0 AS number FROM bank_accounts WHERE iban IS NOT NULL"
_WORDS = """
    SELECT asked.part, asked.word, asked.number, CASE WHEN asked.part = 'bearer'
        THEN (SELECT c.name FROM clients c WHERE c.id = asked.number) END AS name
    FROM ({asked}) AS asked
"""
_PAID = """
    SELECT id, client_id, due_date FROM invoices
    WHERE client_id = :client{n} AND currency = :currency AND open_cents = 0 AND status = 'paid'
    ORDER BY due_date DESC LIMIT {limit}
"""
_DELAYS = """
    SELECT paid.client_id, paid.due_date, max(t.ordered_at) AS moment
    FROM ({paid}) AS paid JOIN allocations a ON a.invoice_id = paid.id
    JOIN transactions t ON t.id = a.transaction_id
    WHERE {standing} GROUP BY paid.id, paid.client_id, paid.due_date ORDER BY paid.id
"""
_INVOICE_COLUMNS = (
    column("part", String), column("word", String), column("kind", String), column("id", Int64),
    column("number", String), column("client_id", Int64), column("name", String), column("currency", String),
    column("total_cents", Int64), column("open_cents", Int64), column("net_total_cents", Int64),
    column("invoice_kind", String), column("status", String), column("issue_date", Date),
    column("due_date", Date), column("paid_at", UtcDateTime),
)  # fmt: skip


@lru_cache(maxsize=256)
def invoices_named(keys: int, clients: int, *, equals: bool, each: bool = False) -> TextualSelect:
    """The invoices behind so many keys, those of the payment's cents, and what is open at so many clients.

    ``each`` caps every key by itself; without it the keys are capped together, which costs far less: should
    that cap be reached (see ``hits_limit``), the same keys are asked for again with it.
    """
    parts = []
    if keys and each:
        parts += [_HITS.format(which=f"key = :k{n}", limit=KEY_HITS_LIMIT + 1) for n in range(keys)]
    elif keys:
        names = ", ".join(f":k{n}" for n in range(keys))
        parts.append(_HITS.format(which=f"key IN ({names})", limit=hits_limit(keys)))
    if equals:
        parts.append(_NAMED.format(part=EQUAL, which=_OF_AMOUNT, limit=SAME_AMOUNT_LIMIT))
    for n in range(clients):
        of_client, exact = _OF_CLIENT.format(n=n), _EXACT_OF_CLIENT.format(n=n)
        parts.append(_NAMED.format(part=OLDEST, which=of_client, limit=CLIENT_LIMIT + 1))
        parts.append(_NAMED.format(part=EXACT, which=exact, limit=SAME_AMOUNT_LIMIT))
    return text(_INVOICES.format(named=united(parts))).columns(*_INVOICE_COLUMNS)


def hits_limit(keys: int) -> int:
    """As many rows as keys can bring before one of them is surely borne by too many."""
    return keys * KEY_HITS_LIMIT + 1


@lru_cache(maxsize=64)
def clients_and_counts(
    tokens: int, *, scale: bool = False, open_up_to: int = 0, clients_up_to: int = 0
) -> TextualSelect:
    """Who bears so many words of a name, and how many do.

    ``scale``: also how many invoices bear the payment's cents, our own accounts, and how many invoices are
    open and clients there are, counted so far (0: not at all).
    """
    parts = []
    for n in range(tokens):
        parts.append(_BEARER.format(n=n, limit=TOKEN_LIMIT + 1))
        parts.append(_BEARERS.format(n=n, limit=COUNT_LIMIT))
    if scale:
        equals = f"invoices WHERE {_OF_AMOUNT}"
        parts += [_COUNTED.format(part=EQUALS, rows=equals, limit=COUNT_LIMIT), _OWN]
    if open_up_to:
        is_open = f"invoices WHERE currency = :currency AND kind = 'invoice' AND {IS_OPEN}"
        parts.append(_COUNTED.format(part=OPEN, rows=is_open, limit=open_up_to))
    if clients_up_to:
        parts.append(_COUNTED.format(part=CLIENTS, rows="clients", limit=clients_up_to))
    query = _WORDS.format(asked=united(parts))
    return text(query).columns(
        column("part", String), column("word", String), column("number", Int64), column("name", String)
    )


@lru_cache(maxsize=8)
def delays(clients: int, each: int) -> TextualSelect:
    """When the latest paid invoices of so many clients were due, and when their money came."""
    paid = united([_PAID.format(n=n, limit=each) for n in range(clients)])
    return text(_DELAYS.format(paid=paid, standing=as_text(standing, "a"))).columns(
        column("client_id", Int64), column("due_date", Date), column("moment", UtcDateTime)
    )


def united(parts: Sequence[str]) -> str:
    """One UNION ALL of capped SELECTs: PostgreSQL wants a name for each, both want them inside another."""
    return " UNION ALL ".join(f"SELECT * FROM ({one}) AS p{at}" for at, one in enumerate(parts))  # noqa: S608  # our own text


def padded(values: Sequence[Value], nothing: Value, longest: int = LENGTHS[-1]) -> list[list[Value]]:
    """Cut into lists of a few lengths, filled up with a value that matches nothing."""
    groups = [list(values[start : start + longest]) for start in range(0, len(values), longest)]
    lengths = [next(length for length in LENGTHS if length >= len(group)) for group in groups]
    return [group + [nothing] * (length - len(group)) for group, length in zip(groups, lengths, strict=True)]


def named(prefix: str, values: Sequence[Value]) -> dict[str, Value]:
    """The parameters of a list."""
    return {f"{prefix}{n}": value for n, value in enumerate(values)}


EXACT_UP_TO = 2_000
REMEMBER_SECONDS = 600.0

# One memory per database connection pool; gone with it.
_remembered: MutableMapping[Any, dict[str, tuple[float, int]]] = WeakKeyDictionary()


def open_invoices(currency: str) -> tuple[str, Select[Any]]:
    """Name the count of a currency's open invoices, and what it counts."""
    is_open = (Invoice.currency == currency, Invoice.kind == InvoiceKind.INVOICE, Invoice.open_cents > 0)
    return f"open:{currency}", select(Invoice.id).where(*is_open)


def clients() -> tuple[str, Select[Any]]:
    """Name the count of clients, and what it counts."""
    return "clients", select(Client.id)


def remembered(connection: AsyncConnection, name: str) -> int | None:
    """Give a large count taken less than ten minutes ago, by this process; None when there is none."""
    counted_at, count = _remembered.get(_pool(connection), {}).get(name, (0.0, 0))
    return count if count and time.monotonic() - counted_at < REMEMBER_SECONDS else None


async def whole(connection: AsyncConnection, counted: tuple[str, Select[Any]], so_far: int) -> int:
    """Give ``so_far`` when counting stopped below ``EXACT_UP_TO``; else count everything, and remember it."""
    if so_far < EXACT_UP_TO:
        return so_far
    name, query = counted
    count = await connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    _remembered.setdefault(_pool(connection), {})[name] = (time.monotonic(), count)
    return count


def _pool(connection: AsyncConnection) -> Any:
    return connection.sync_connection.engine if connection.sync_connection else connection.engine
