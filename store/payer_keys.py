"""The payers that decisions teach something about, to be shown to an admin, and forgotten on request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from matching import Payer
from store import payer_memory
from store.models import Allocation, Client, ForgottenPayer, Invoice, Rejection, Transaction
from store.types import PayerKeyKind, PaymentState
from store.upsert import insert

LISTED = 500

# Where the payments of a payer are found, by an index.
COLUMNS: Mapping[PayerKeyKind, InstrumentedAttribute[str | None]] = {
    PayerKeyKind.IBAN: Transaction.counterparty_iban,
    PayerKeyKind.ALIAS: Transaction.payer_key,
}


@dataclass(frozen=True, slots=True)
class Learnt:
    """One payer key with what is known of it; ``name`` is the one its latest transfer bore."""

    kind: PayerKeyKind
    key: str
    name: str
    payer: Payer


async def learnt_payers(session: AsyncSession, client_key: str | None = None) -> list[Learnt]:
    """List what was learnt, the latest payers first, at most ``LISTED`` of each kind.

    ``client_key``: only payers of clients whose folded name contains it.
    """
    found = []
    for kind in PayerKeyKind:
        rows = (await session.execute(_keys(kind, client_key))).all()
        for key in [row.key for row in rows]:
            payer = await payer_memory.payer(session, kind, key)
            if payer is not None:
                found.append(Learnt(kind, key, await _name(session, kind, key), payer))
    return found


def _keys(kind: PayerKeyKind, client_key: str | None) -> Select[Any]:
    column = COLUMNS[kind]
    decided: list[Any] = []
    for table in (Allocation, Rejection):
        ids = select(table.transaction_id)
        if client_key is not None:
            ids = ids.join(Invoice, Invoice.id == table.invoice_id).join(
                Client, Client.id == Invoice.client_id
            )
            ids = ids.where(Client.name_key.contains(client_key, autoescape=True))
        decided.append(Transaction.id.in_(ids))
    if client_key is None:
        decided.append(Transaction.state == PaymentState.IGNORED)
    return (
        select(column.label("key"))
        .where(column.is_not(None), or_(*decided))
        .group_by(column)
        .order_by(func.max(Transaction.ordered_at).desc(), column)
        .limit(LISTED)
    )


async def _name(session: AsyncSession, kind: PayerKeyKind, key: str) -> str:
    query = select(Transaction.counterparty_name).where(COLUMNS[kind] == key)
    return await session.scalar(query.order_by(Transaction.ordered_at.desc()).limit(1)) or ""


async def ibans_like(session: AsyncSession, country: str, last_four: str) -> Sequence[str]:
    """The payers' IBANs of this country with these last four characters, as a masked one shows them."""
    column = Transaction.counterparty_iban
    query = select(column).where(column.like(f"{country}%{last_four}")).distinct().order_by(column).limit(2)
    return [each for each in await session.scalars(query) if each is not None]


async def forget(session: AsyncSession, kind: PayerKeyKind, key: str, *, actor: str, now: datetime) -> None:
    """Let decisions taken until ``now`` teach nothing about this payer. The decisions themselves stay."""
    statement = insert(session, ForgottenPayer).values(key_kind=kind, key=key, forgotten_at=now, actor=actor)
    changed = {"forgotten_at": now, "actor": actor}
    await session.execute(statement.on_conflict_do_update(index_elements=["key_kind", "key"], set_=changed))
