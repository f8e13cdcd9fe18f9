"""The payers that decisions teach something about, to be shown to an admin, and forgotten on request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from matching import Payer, PayerClass, normal_name
from store.candidates import payer_memory
from store.candidates.payer_sql import COLUMNS
from store.db.dialects import insert
from store.models import Allocation, Client, DeclaredPayer, ForgottenPayer, Invoice, Rejection, Transaction
from store.text import fold
from store.types import PayerKeyKind, PaymentState

LISTED = 500


@dataclass(frozen=True, slots=True)
class Learnt:
    """One payer key with what is known of it; ``name`` is the one its latest transfer bore.

    ``transaction_id`` is one of its payments.
    """

    kind: PayerKeyKind
    key: str
    name: str
    payer: Payer
    transaction_id: int


async def learnt_payers(session: AsyncSession, client_key: str | None = None) -> list[Learnt]:
    """List what was learnt, the latest payers first, at most ``LISTED`` of each kind.

    ``client_key``: only payers of clients whose folded name contains it.
    """
    found = []
    for kind in PayerKeyKind:
        rows = (await session.execute(_keys(kind, _decided(client_key), LISTED))).all()
        learnt = [await _learnt(session, kind, row) for row in rows]
        found += [one for one in learnt if one is not None]
    return found


async def payers_page(
    session: AsyncSession, typed: str, offset: int, limit: int
) -> tuple[list[Learnt], bool]:
    """Read one page of what was learnt or declared, the latest payers first; and whether more follow.

    ``typed``: only payers whose name, or whose client's name, contains it.
    """
    rows: list[tuple[PayerKeyKind, Any]] = []
    for kind in PayerKeyKind:
        wanted = _decided(None) if not typed else or_(_decided(fold(typed)), _named(typed))
        keys = _keys(kind, wanted, offset + limit + 1)
        rows += [(kind, row) for row in await session.execute(keys)]
    rows.sort(key=lambda one: (one[1].latest, one[0]), reverse=True)
    learnt = [await _learnt(session, kind, row) for kind, row in rows[offset : offset + limit]]
    return [one for one in learnt if one is not None], len(rows) > offset + limit


async def payer_key_of(session: AsyncSession, kind: PayerKeyKind, transaction_id: int) -> str | None:
    """Read the key of the payer of one payment: how a button names a payer without showing its IBAN."""
    return await session.scalar(select(COLUMNS[kind]).where(Transaction.id == transaction_id))


async def _learnt(session: AsyncSession, kind: PayerKeyKind, row: Any) -> Learnt | None:
    payer = await payer_memory.payer(session, kind, row.key)
    if payer is None:
        return None
    return Learnt(kind, row.key, await _name(session, kind, row.key), payer, row.latest_id)


def _decided(client_key: str | None) -> ColumnElement[bool]:
    """Payments somebody decided about, or whose payer somebody declared; only of the clients so named."""
    decided: list[ColumnElement[bool]] = []
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
        decided += [column.in_(_declared(kind)) for kind, column in COLUMNS.items()]
    return or_(*decided)


def _declared(kind: PayerKeyKind) -> Select[str]:
    return select(DeclaredPayer.key).where(DeclaredPayer.key_kind == kind)


def _named(typed: str) -> ColumnElement[bool]:
    return and_(Transaction.payer_key.contains(normal_name(typed), autoescape=True), _decided(None))


def _keys(kind: PayerKeyKind, wanted: ColumnElement[bool], limit: int) -> Select[str | None, datetime, int]:
    column, latest = COLUMNS[kind], func.max(Transaction.ordered_at)
    return (
        select(column.label("key"), latest.label("latest"), func.max(Transaction.id).label("latest_id"))
        .where(column.is_not(None), wanted)
        .group_by(column)
        .order_by(latest.desc(), column)
        .limit(limit)
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
    await declare(session, kind, key, None, actor=actor, now=now)


async def declare(
    session: AsyncSession,
    kind: PayerKeyKind,
    key: str,
    payer_class: PayerClass | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Keep an admin's word on what a payer is; None takes it back."""
    if payer_class is None:
        gone = delete(DeclaredPayer).where(DeclaredPayer.key_kind == kind, DeclaredPayer.key == key)
        await session.execute(gone.execution_options(synchronize_session=False))
        return
    changed = {"payer_class": payer_class, "declared_at": now, "actor": actor}
    statement = insert(session, DeclaredPayer).values(key_kind=kind, key=key, **changed)
    await session.execute(statement.on_conflict_do_update(index_elements=["key_kind", "key"], set_=changed))
