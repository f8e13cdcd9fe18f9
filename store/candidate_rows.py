"""The capped, indexed questions behind ``store.candidates``. Columns, not objects: this runs per payment."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from matching import (
    Client,
    ClientId,
    ClientRequest,
    Invoice,
    InvoiceId,
    InvoiceKind,
    InvoiceStatus,
    KeyHit,
    KeyKind,
)
from matching.lookups import CLIENT_LIMIT, COUNT_LIMIT, KEY_HITS_LIMIT, SAME_AMOUNT_LIMIT, TOKEN_LIMIT
from store import models
from store.models import IS_OPEN, ClientToken
from store.unions import named, padded, union

PARIS = ZoneInfo("Europe/Paris")
IDS_PER_SELECT = 500

_HITS = "SELECT key, kind, invoice_id FROM invoice_references WHERE key = {value} LIMIT {limit}"
_TOKENS = "SELECT token, client_id FROM client_tokens WHERE token = {value} ORDER BY client_id LIMIT {limit}"


async def key_hits(session: AsyncSession, keys: Collection[str]) -> tuple[tuple[KeyHit, ...], bool]:
    """The invoices of any status behind each key; a key borne by too many brings none.

    The second value says that this happened to a key that should tell invoices apart.
    """
    found: dict[str, list[KeyHit]] = {}
    for group in padded(sorted(keys), ""):
        query = union(_HITS, len(group), KEY_HITS_LIMIT + 1)
        for key, kind, invoice_id in await session.execute(query, named(group)):
            found.setdefault(key, []).append(KeyHit(key, KeyKind(kind), InvoiceId(invoice_id)))
    hits: list[KeyHit] = []
    capped = False
    for several in found.values():
        if len(several) <= KEY_HITS_LIMIT:
            hits += several
        elif several[0].kind is not KeyKind.SEQUENCE:
            capped = True
    return tuple(hits), capped


async def clients_by_token(
    session: AsyncSession, tokens: Collection[str]
) -> tuple[Mapping[str, int], set[ClientId]]:
    """How many clients bear each word, and which ones when they are few."""
    found: dict[str, list[ClientId]] = {token: [] for token in tokens}
    for group in padded(sorted(tokens), ""):
        query = union(_TOKENS, len(group), TOKEN_LIMIT + 1)
        for token, client_id in await session.execute(query, named(group)):
            found[token].append(ClientId(client_id))
    counts = {token: len(ids) for token, ids in found.items()}
    for token in [token for token, count in counts.items() if count > TOKEN_LIMIT]:
        capped = select(ClientToken.client_id).where(ClientToken.token == token).limit(COUNT_LIMIT).subquery()
        counts[token] = await session.scalar(select(func.count()).select_from(capped)) or 0
    few = {one for ids in found.values() if len(ids) <= TOKEN_LIMIT for one in ids}
    return counts, few


async def same_amount(session: AsyncSession, currency: str, cents: int) -> tuple[tuple[InvoiceId, ...], int]:
    """Open invoices of exactly these cents, oldest due first and capped; and how many, counted to a limit."""
    exact = select(models.Invoice.id).where(
        models.Invoice.currency == currency,
        models.Invoice.kind == InvoiceKind.INVOICE,
        models.Invoice.open_cents == cents,
    )
    by_due = exact.order_by(models.Invoice.due_date, models.Invoice.id).limit(SAME_AMOUNT_LIMIT)
    ids = tuple(InvoiceId(found) for found in await session.scalars(by_due))
    if len(ids) < SAME_AMOUNT_LIMIT:
        return ids, len(ids)
    counted = select(func.count()).select_from(exact.limit(COUNT_LIMIT).subquery())
    return ids, await session.scalar(counted) or 0


async def client_open(session: AsyncSession, request: ClientRequest) -> tuple[tuple[InvoiceId, ...], bool]:
    """What a client still owes in one currency, oldest due first, plus those of exactly the payment's cents.

    The second value says that the cap cut the list.
    """
    of_client = select(models.Invoice.id).where(
        models.Invoice.client_id == request.client_id, models.Invoice.currency == request.currency
    )
    by_due = (models.Invoice.due_date, models.Invoice.id)
    oldest = of_client.where(text(IS_OPEN)).order_by(*by_due).limit(CLIENT_LIMIT + 1)
    ids = list(await session.scalars(oldest))
    truncated = len(ids) > CLIENT_LIMIT
    if truncated:
        exact = of_client.where(
            models.Invoice.open_cents == request.amount_cents,
            models.Invoice.kind == InvoiceKind.INVOICE,
        )
        equals = await session.scalars(exact.order_by(*by_due).limit(SAME_AMOUNT_LIMIT))
        ids = [*ids[:CLIENT_LIMIT], *equals]
    return tuple(InvoiceId(one) for one in dict.fromkeys(ids)), truncated


async def invoices(session: AsyncSession, ids: Iterable[InvoiceId]) -> dict[InvoiceId, Invoice]:
    """Read invoices as the matcher sees them."""
    one = models.Invoice
    columns = (
        one.id,
        one.number,
        one.client_id,
        models.Client.name,
        one.currency,
        one.total_cents,
        one.open_cents,
        one.net_total_cents,
        one.kind,
        one.status,
        one.issue_date,
        one.due_date,
        one.paid_at,
    )
    wanted = sorted(ids)
    found: dict[InvoiceId, Invoice] = {}
    for start in range(0, len(wanted), IDS_PER_SELECT):
        query = select(*columns).join(models.Client, models.Client.id == one.client_id)
        for row in await session.execute(query.where(one.id.in_(wanted[start : start + IDS_PER_SELECT]))):
            found[InvoiceId(row.id)] = _invoice(row)
    return found


def _invoice(row: Any) -> Invoice:
    return Invoice(
        id=InvoiceId(row.id),
        number=row.number,
        client_id=ClientId(row.client_id),
        client_name=row.name,
        currency=row.currency,
        total_cents=row.total_cents,
        open_cents=row.open_cents,
        net_cents=row.net_total_cents,
        kind=InvoiceKind(row.kind),
        status=InvoiceStatus(row.status),
        issue_date=row.issue_date,
        due_date=row.due_date,
        paid_date=row.paid_at.astimezone(PARIS).date() if isinstance(row.paid_at, datetime) else None,
    )


async def clients(session: AsyncSession, ids: Iterable[ClientId]) -> dict[ClientId, Client]:
    """Read clients as the matcher sees them."""
    wanted = sorted(ids)
    found: dict[ClientId, Client] = {}
    for start in range(0, len(wanted), IDS_PER_SELECT):
        query = select(models.Client.id, models.Client.name).where(
            models.Client.id.in_(wanted[start : start + IDS_PER_SELECT])
        )
        for client_id, name in await session.execute(query):
            found[ClientId(client_id)] = Client(id=ClientId(client_id), name=name)
    return found
