"""Use cases: show what was learnt about payers, and forget one of them."""

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import fr
from bot.context import Actor, Context
from bot.errors import InvalidRequestError, NotFoundError
from matching import normal_name
from store import audit, payer_keys, payer_memory, payments
from store.models import Client
from store.payer_keys import Learnt
from store.text import fold
from store.types import PayerKeyKind

_MASKED = re.compile(r"([A-Z]{2})••([0-9A-Z]{4})")


@dataclass(frozen=True, slots=True)
class Memory:
    """What was learnt, with the names of the clients it speaks of."""

    payers: list[Learnt]
    clients: dict[int, str]


async def show_memory(ctx: Context, actor: Actor, *, client: str | None = None) -> Memory:
    """Read what was learnt about every payer, or about those of the clients whose name contains ``client``.

    Raises NotAllowedError.
    """
    actor.require_admin()
    async with ctx.database.read() as session:
        found = await payer_keys.learnt_payers(session, fold(client) if client else None)
        wanted = sorted({int(link.client_id) for one in found for link in one.payer.links})
        rows = await session.scalars(select(Client).where(Client.id.in_(wanted)))
        return Memory(found, {row.id: row.name for row in rows})


async def forget_payer(ctx: Context, actor: Actor, *, wanted: str) -> tuple[PayerKeyKind, str]:
    """Forget what was learnt until now about one IBAN (whole, or masked as it is shown) or one name.

    Decisions and history stay; they only teach nothing about this payer any more, and waiting payments get
    fresh suggestions. Returns the kind and the key as it may be shown. Raises NotAllowedError, NotFoundError
    when nothing was learnt, InvalidRequestError when a masked IBAN fits several.
    """
    actor.require_admin()
    now = ctx.clock()
    async with ctx.database.write() as session:
        kind, key = await _payer_key(session, wanted)
        if await payer_memory.payer(session, kind, key) is None:
            raise NotFoundError("Rien n’a été appris de ce payeur.")
        await payer_keys.forget(session, kind, key, actor=actor.id, now=now)
        shown = shown_key(kind, key)
        await audit.append(
            session,
            at=now,
            actor_kind=actor.kind,
            actor=actor.id,
            action="forget_payer",
            object_type="payer",
            object_id=shown,
            details={"kind": kind},
        )
        await payments.mark_needs_matching_for(session)
    ctx.wake.notify()
    return kind, shown


async def _payer_key(session: AsyncSession, wanted: str) -> tuple[PayerKeyKind, str]:
    compact = "".join(wanted.split()).upper()
    masked = _MASKED.fullmatch(compact)
    if masked is not None:
        several = await payer_keys.ibans_like(session, *masked.groups())
        if len(several) > 1:
            raise InvalidRequestError("Plusieurs IBAN finissent ainsi\u00a0: donner l’IBAN entier.")
        return PayerKeyKind.IBAN, several[0] if several else compact
    if await payer_memory.payer(session, PayerKeyKind.IBAN, compact) is not None:
        return PayerKeyKind.IBAN, compact
    return PayerKeyKind.ALIAS, normal_name(wanted)


def shown_key(kind: PayerKeyKind, key: str) -> str:
    """Write a payer's key so that it can be shown: an IBAN is masked."""
    return (fr.masked_iban(key) or "") if kind is PayerKeyKind.IBAN else key
