"""Use cases: show what was learnt about payers, forget one of them, say what one of them is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import admins_only, trace
from bot.context import Actor, Context
from bot.errors import InvalidRequestError, NotFoundError
from bot.locale import fr
from matching import PayerClass, normal_name
from store.candidates import payers as payer_keys
from store.candidates.payer_memory import payer
from store.candidates.payers import Learnt
from store.models import Client
from store.suggestions import rematching
from store.text import fold
from store.types import PayerKeyKind

PAGE = 10
TYPED = 100
# What an admin may declare; the other classes are found, never given.
DECLARABLE = {
    PayerClass.CLIENT: "Client",
    PayerClass.GROUP: "Groupe ou agence",
    PayerClass.FACTOR: "Affacturage",
    PayerClass.PLATFORM: "Plateforme",
}
_MASKED = re.compile(r"([A-Z]{2})••([0-9A-Z]{4})")


@dataclass(frozen=True, slots=True)
class Memory:
    """What was learnt, with the names of the clients it speaks of."""

    payers: list[Learnt]
    clients: dict[int, str]
    offset: int = 0
    has_more: bool = False


@admins_only("read_memory")
async def show_memory(ctx: Context, _actor: Actor, *, client: str | None = None) -> Memory:
    """Read what was learnt about every payer, or about those of the clients whose name contains ``client``.

    Raises NotAllowedError.
    """
    async with ctx.database.read() as session:
        found = await payer_keys.learnt_payers(session, fold(client) if client else None)
        return Memory(found, await _names(session, found))


@admins_only("read_memory")
async def read_page(ctx: Context, _actor: Actor, *, typed: str, offset: int) -> Memory:
    """Read one page of what was learnt, payers or clients named like ``typed``. Raises NotAllowedError."""
    async with ctx.database.read() as session:
        found, more = await payer_keys.payers_page(session, typed.strip()[:TYPED], offset, PAGE)
        return Memory(found, await _names(session, found), offset, has_more=more)


async def _names(session: AsyncSession, found: Sequence[Learnt]) -> dict[int, str]:
    wanted = sorted({int(link.client_id) for one in found for link in one.payer.links})
    rows = await session.scalars(select(Client).where(Client.id.in_(wanted)))
    return {row.id: row.name for row in rows}


@admins_only("forget_payer")
async def forget_payer(ctx: Context, actor: Actor, *, wanted: str) -> tuple[PayerKeyKind, str]:
    """Forget what was learnt until now about one IBAN (whole, or masked as it is shown) or one name.

    Decisions and history stay; they only teach nothing about this payer any more, and waiting payments get
    fresh suggestions. Returns the kind and the key as it may be shown. Raises NotAllowedError, NotFoundError
    when nothing was learnt, InvalidRequestError when a masked IBAN fits several.
    """
    async with ctx.database.write() as session:
        kind, key = await _payer_key(session, wanted)
        await _forget(ctx, session, actor, kind, key)
    return kind, shown_key(kind, key)


@admins_only("forget_payer")
async def forget_payer_of(ctx: Context, actor: Actor, *, kind: PayerKeyKind, transaction_id: int) -> str:
    """Forget the payer of one payment, under one of its keys; returns the key as it may be shown.

    Raises NotAllowedError, NotFoundError when nothing is known of it (any more).
    """
    async with ctx.database.write() as session:
        key = await _key_of(session, kind, transaction_id)
        await _forget(ctx, session, actor, kind, key)
    return shown_key(kind, key)


async def _forget(ctx: Context, session: AsyncSession, actor: Actor, kind: PayerKeyKind, key: str) -> None:
    if await payer(session, kind, key) is None:
        raise NotFoundError("Rien n’a été appris de ce payeur.")
    await payer_keys.forget(session, kind, key, actor=actor.id, now=ctx.clock())
    await _trace(ctx, session, actor, "forget_payer", kind, key)


@admins_only("declare_payer")
async def declare_payer_of(
    ctx: Context, actor: Actor, *, kind: PayerKeyKind, transaction_id: int, payer_class: PayerClass | None
) -> str:
    """Say what kind of payer this is, or let the matcher work it out again; returns the key as shown.

    Raises NotAllowedError, NotFoundError for a payer nobody knows, InvalidRequestError for a class that
    is no admin's to give.
    """
    if payer_class is not None and payer_class not in DECLARABLE:
        raise InvalidRequestError("Ce genre de payeur ne se choisit pas.")
    async with ctx.database.write() as session:
        key = await _key_of(session, kind, transaction_id)
        await payer_keys.declare(session, kind, key, payer_class, actor=actor.id, now=ctx.clock())
        await _trace(ctx, session, actor, "declare_payer", kind, key, payer_class)
    return shown_key(kind, key)


async def _key_of(session: AsyncSession, kind: PayerKeyKind, transaction_id: int) -> str:
    key = await payer_keys.payer_key_of(session, kind, transaction_id)
    if not key:
        raise NotFoundError("Ce payeur est inconnu.")
    return key


async def _trace(
    ctx: Context,
    session: AsyncSession,
    actor: Actor,
    action: str,
    kind: PayerKeyKind,
    key: str,
    payer_class: PayerClass | None = None,
) -> None:
    """Write who did what to the memory, and have waiting payments looked at with what is left of it."""
    said = {"kind": kind} | ({"class": payer_class} if action == "declare_payer" else {})
    await trace(session, actor, action, ("payer", shown_key(kind, key)), ctx.clock(), said)
    await rematching.ask_for_all(session, ctx.clock())


async def _payer_key(session: AsyncSession, wanted: str) -> tuple[PayerKeyKind, str]:
    compact = "".join(wanted.split()).upper()
    masked = _MASKED.fullmatch(compact)
    if masked is not None:
        several = await payer_keys.ibans_like(session, *masked.groups())
        if len(several) > 1:
            raise InvalidRequestError("Plusieurs IBAN finissent ainsi\u00a0: donner l’IBAN entier.")
        return PayerKeyKind.IBAN, several[0] if several else compact
    if await payer(session, PayerKeyKind.IBAN, compact) is not None:
        return PayerKeyKind.IBAN, compact
    return PayerKeyKind.ALIAS, normal_name(wanted)


def shown_key(kind: PayerKeyKind, key: str) -> str:
    """Write a payer's key so that it can be shown: an IBAN is masked."""
    return (fr.masked_iban(key) or "") if kind is PayerKeyKind.IBAN else key
