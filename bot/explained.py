"""What a payment settled already is no news about it: its own part is not held against the rest."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Flag, Outcome, Reason
from matching.text import compact
from store import decisions
from store.models import Transaction

ABOUT_PAID = frozenset({"reference_settled", "duplicate_suspect"})
ABOUT_TYPING = frozenset({"reference_near"})
ABOUT_PAYER = frozenset({"iban_once", "iban_known", "alias_known"})


async def without_own_part(session: AsyncSession, transaction: Transaction, outcome: Outcome) -> Outcome:
    """Drop the doubts and reasons that stand only because of what this payment paid already.

    An invoice it quotes is paid by it; its payer « déjà associé 1 fois » was so by this very payment.
    """
    if not transaction.allocated_cents:
        return outcome
    live = await decisions.live_allocations(session, transaction.id)
    own = {compact(row.invoice.number) for row in live}
    clients = {row.invoice.client.name for row in live}
    proposals = [
        replace(
            each,
            reasons=tuple(
                one for one in each.reasons if not _is_own(one, own) and not _is_this_payment(one, clients)
            ),
        )
        for each in outcome.proposals
    ]
    flags = tuple(flag for flag in outcome.flags if not _is_own(flag, own))
    return replace(outcome, proposals=tuple(proposals), flags=flags)


def _is_this_payment(said: Reason, clients: Collection[str]) -> bool:
    return said.code in ABOUT_PAYER and said.params.get("count") == 1 and said.params.get("client") in clients


def _is_own(said: Flag | Reason, own: Collection[str]) -> bool:
    if said.code in ABOUT_PAID:
        return compact(str(said.params.get("number", ""))) in own
    quoted = compact(str(said.params.get("quoted", "")))
    return said.code in ABOUT_TYPING and any(quoted and number.endswith(quoted) for number in own)
