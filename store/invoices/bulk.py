"""Save many invoices at once: what is new in a few statements, everything else one by one as ever.

A row is new when its number is unknown. Parties are looked up together; the rules that need care (an
unknown client, a talent without an address, a name that contradicts) stay those of ``parties``.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.books import arithmetic
from store.db.dialects import insert
from store.invoices.parties import email_key, find_or_add_client, find_or_add_talent, new_collaboration
from store.invoices.save import (
    NewInvoice,
    Parties,
    Saved,
    checked_key,
    deal_title,
    new_row,
    reference_rows,
    save_invoice,
)
from store.models import Client, Collaboration, Invoice, InvoiceReference, Talent
from store.text import fold, number_key
from store.types import InvoiceKind

Deal = tuple[int, int | None, str]


async def save_many(session: AsyncSession, rows: Sequence[NewInvoice], now: datetime) -> list[Saved | None]:
    """Save up to a few hundred invoices; for each what ``save_invoice`` gives, or None for a created one.

    Raises InvoiceConflict as ``save_invoice`` does: the transaction must then be rolled back.
    """
    known = set(await _known_keys(session, rows))
    first: dict[str, NewInvoice] = {}
    for new in rows:
        key = checked_key(new)
        if key not in known:
            first.setdefault(key, new)
    created = await _create(session, first, now)
    return [
        None
        if (key := number_key(new.number)) in created and first[key] is new
        else await save_invoice(session, new, now)
        for new in rows
    ]


async def _known_keys(session: AsyncSession, rows: Sequence[NewInvoice]) -> Iterable[str]:
    keys = [number_key(new.number) for new in rows]
    return await session.scalars(select(Invoice.number_key).where(Invoice.number_key.in_(keys)))


async def _create(session: AsyncSession, new: dict[str, NewInvoice], now: datetime) -> set[str]:
    """Insert what nobody has inserted meanwhile; gives the keys that were."""
    if not new:
        return set()
    clients = await _clients(session, new.values(), now)
    talents = await _talents(session, new.values(), now)
    deals, before = await _collaborations(session, new.values(), clients, talents, now)
    parties = {key: _parties(one, clients, talents, deals) for key, one in new.items()}
    values = [new_row(one, key, parties[key], now) for key, one in sorted(new.items())]
    statement = insert(session, Invoice).on_conflict_do_nothing(index_elements=["number_key"])
    added = await session.execute(statement.returning(Invoice.number_key, Invoice.id), values)
    ids: dict[str, int] = dict(tuple(row) for row in added)
    references = [row for key, number in ids.items() for row in reference_rows(number, new[key])]
    if references:
        await session.execute(insert(session, InvoiceReference), references)
    for key in ids:
        deal = parties[key].collaboration
        if deal is not None and deal.id in before and new[key].kind == InvoiceKind.INVOICE:
            await arithmetic.reopen_collaboration(session, deal)
    return set(ids)


def _client_of(new: NewInvoice) -> tuple[str, str | None]:
    return fold(new.client), email_key(new.client_email)


def _talent_of(new: NewInvoice) -> tuple[str, str | None]:
    return fold(new.talent) if new.talent else "", email_key(new.talent_email)


async def _clients(
    session: AsyncSession, new: Iterable[NewInvoice], now: datetime
) -> dict[tuple[str, str | None], Client]:
    """Each client once: known by its name and with nothing to complete, else as for a single invoice."""
    asked = {_client_of(one): one for one in new}
    query = select(Client).where(Client.name_key.in_({name for name, _ in asked}))
    by_name = {row.name_key: row for row in await session.scalars(query)}
    found = {}
    for (name, address), one in asked.items():
        client = by_name.get(name)
        if client is None or (address and client.email is None):
            client = await find_or_add_client(session, one.client, one.client_email, now)
        found[name, address] = client
    return found


async def _talents(
    session: AsyncSession, new: Iterable[NewInvoice], now: datetime
) -> dict[tuple[str, str | None], Talent | None]:
    """Each talent once: known by an address and the same name, else as for a single invoice."""
    asked = {_talent_of(one): one for one in new}
    query = select(Talent).where(Talent.email.in_({address for _, address in asked if address}))
    by_address = {row.email: row for row in await session.scalars(query)}
    found: dict[tuple[str, str | None], Talent | None] = {}
    for (name, address), one in asked.items():
        talent = by_address.get(address) if address else None
        if talent is None or (name and talent.name_key != name):
            talent = await find_or_add_talent(session, one.talent, one.talent_email, now)
        found[name, address] = talent
    return found


async def _collaborations(
    session: AsyncSession,
    new: Iterable[NewInvoice],
    clients: dict[tuple[str, str | None], Client],
    talents: dict[tuple[str, str | None], Talent | None],
    now: datetime,
) -> tuple[dict[Deal, Collaboration], set[int]]:
    """Find the deals, add those missing; gives them, and the ids of those that were there before."""
    asked: dict[Deal, NewInvoice] = {}
    for one in new:
        deal = _deal_of(one, clients[_client_of(one)], talents[_talent_of(one)])
        if deal is not None:
            asked.setdefault(deal, one)
    found = await _find_deals(session, asked)
    if len(found) < len(asked):
        # A unique constraint does not hold for an absent talent: the client's row is the lock.
        locked = sorted({deal[0] for deal in asked if deal not in found})
        await session.execute(
            select(Client.id).where(Client.id.in_(locked)).order_by(Client.id).with_for_update()
        )
        found = await _find_deals(session, asked)
    before = {row.id for row in found.values()}
    added = {
        deal: new_collaboration(
            deal[0], deal[1], deal_title(one, talents[_talent_of(one)]) or "", one.currency, now
        )
        for deal, one in asked.items()
        if deal not in found
    }
    session.add_all(added.values())
    await session.flush()
    return found | added, before


def _deal_of(new: NewInvoice, client: Client, talent: Talent | None) -> Deal | None:
    title = deal_title(new, talent)
    return None if title is None else (client.id, talent.id if talent else None, fold(title))


async def _find_deals(session: AsyncSession, asked: Iterable[Deal]) -> dict[Deal, Collaboration]:
    deals = set(asked)
    query = select(Collaboration).where(
        Collaboration.client_id.in_({client for client, _, _ in deals}),
        Collaboration.title_key.in_({title for _, _, title in deals}),
    )
    rows = {(row.client_id, row.talent_id, row.title_key): row for row in await session.scalars(query)}
    return {deal: row for deal, row in rows.items() if deal in deals}


def _parties(
    new: NewInvoice,
    clients: dict[tuple[str, str | None], Client],
    talents: dict[tuple[str, str | None], Talent | None],
    deals: dict[Deal, Collaboration],
) -> Parties:
    client, talent = clients[_client_of(new)], talents[_talent_of(new)]
    deal = _deal_of(new, client, talent)
    return Parties(client, talent if deal else None, deals[deal] if deal else None)
