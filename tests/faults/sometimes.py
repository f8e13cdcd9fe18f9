"""What must be seen at least once in a run: where these never happen, nothing was proved."""

from sqlalchemy.ext.asyncio import AsyncSession

from tests.faults.plan import MAUD, NORA
from tests.faults.rows import rows
from tests.support.world import World

SOMETIMES = frozenset({
    "a duplicate was dropped", "a send was resolved after an unknown outcome",
    "a message that never landed was sent again", "two admins collided", "a stale click was refused",
    "reconciliation healed a gap", "the bank changed its mind after a decision",
    "somebody without the right was refused", "a commit's outcome was unknown",
    "a restart found unfinished work",
})  # fmt: skip
TAKEN = ("Déjà associé", "est hors facturation", "déjà hors facturation")
STALE = ("déjà annulée", "déjà à rapprocher", "déjà payée", "n’existe plus")


async def seen(session: AsyncSession, world: World, log: str) -> set[str]:
    """Name what happened in this seed."""
    workspace, bank = world.sandbox.workspace, world.sandbox.bank
    whispers = " ".join(message.text for message in workspace.ephemerals(MAUD) + workspace.ephemerals(NORA))
    actions = {row["action"] for row in await rows(session, "SELECT DISTINCT action FROM audit")}
    known = {row["qonto_id"] for row in await rows(session, "SELECT qonto_id FROM transactions")}
    told = b" ".join(each.body for each in bank.deliveries if each.outcome == "delivered")
    undelivered = any(each.encode() not in told for each in known)
    found = {
        "a duplicate was dropped": any(
            sum(result.startswith("2") for result in each.tries) > 1 for each in bank.deliveries
        ),
        "a send was resolved after an unknown outcome": "after an unknown outcome" in log,
        "a message that never landed was sent again": "never landed" in log,
        "two admins collided": any(words in whispers for words in TAKEN),
        "a stale click was refused": any(words in whispers for words in STALE),
        "reconciliation healed a gap": undelivered,
        "the bank changed its mind after a decision": "bank_changed" in actions,
        "somebody without the right was refused": any(each.startswith("refused:") for each in actions),
        "a commit's outcome was unknown": "commit outcome unknown" in log,
    }
    return {name for name, happened in found.items() if happened}
