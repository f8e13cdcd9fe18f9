"""A5, what people see in Slack: one message per key, each card as its payment is, each talent told once."""

from collections import defaultdict

from sqlalchemy.ext.asyncio import AsyncSession

from tests.faults.record import Record
from tests.faults.rows import rows
from tests.support.world import World, text_of

SHOWN = {
    "allocated": "✓ Associé",
    "partly_allocated": "Associé en partie",
    "ignored": "Hors facturation",
    "proposed": "À rapprocher",
    "unmatched": "À rapprocher",
}


def _keys(world: World) -> dict[str, list[tuple[str, str]]]:
    """Every message that stands in Slack with one of our keys, by key."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    workspace = world.sandbox.workspace
    for channel, messages in workspace.history.items():
        for message in messages.values():
            key = ((message.metadata or {}).get("event_payload") or {}).get("key")
            if message.user == workspace.app.bot_user and message.ephemeral_to is None:
                found[str(key)].append((channel, message.ts))
    return found


async def slack_shows_the_state(session: AsyncSession, world: World, record: Record) -> list[str]:
    """A5: one message per key; each where the ledger says; each card shows its payment's present state."""
    standing = _keys(world)
    problems = [f"A5 {key} stands {len(places)} times" for key, places in standing.items() if len(places) > 1]
    ledger = {row["key"]: row for row in await rows(session, "SELECT * FROM messages")}
    problems += [f"A5 {key} is in Slack, not in the ledger" for key in standing if key not in ledger]
    for key, row in ledger.items():
        if row["ts"] and (row["channel"], row["ts"]) not in standing.get(key, []) and not record.deleted[key]:
            problems.append(f"A5 {key} is in the ledger, not in Slack")
    payments = await rows(session, "SELECT id, qonto_id, state, settled_at, side, status FROM transactions")
    for payment in payments:
        key = f"payment_card:{payment['qonto_id']}"
        if payment["state"] is None or payment["settled_at"] is None:
            continue
        if not standing.get(key):
            # One of many at once has no card of its own: it is a line of the card that groups them.
            if not record.deleted[key] and key in ledger and ledger[key]["state"] != "cancelled":
                problems.append(f"no card for payment {payment['id']}")
            continue
        channel, ts = standing[key][0]
        message = world.sandbox.workspace.history[channel][ts]
        if SHOWN[payment["state"]] not in text_of({"blocks": message.blocks}):
            problems.append(f"the card of payment {payment['id']} does not show {payment['state']}")
    return problems


async def talents_were_told_once(session: AsyncSession, world: World) -> list[str]:
    """A5: each standing association is told once; each undone one never, or once and then corrected."""
    standing = _keys(world)
    query = (
        "SELECT DISTINCT a.decision_id, c.talent_id, t.slack_user_id, p.qonto_id,"
        " (SELECT COUNT(*) FROM allocations r WHERE r.reverses_id = a.id) AS undone"
        " FROM allocations a JOIN invoices i ON i.id = a.invoice_id"
        " JOIN transactions p ON p.id = a.transaction_id"
        " JOIN collaborations c ON c.id = i.collaboration_id JOIN talents t ON t.id = c.talent_id"
        " WHERE a.reverses_id IS NULL AND a.amount_cents > 0"
    )
    problems = []
    for row in await rows(session, query):
        person = f"{row['qonto_id']}:{row['decision_id']}:{row['talent_id']}"
        paid = len(standing.get(f"talent_paid:{person}", []))
        corrected = len(standing.get(f"talent_correction:{person}", []))
        expected = {(0, 0), (1, 1)} if row["undone"] else {(1, 0)}
        if row["slack_user_id"] is None:
            expected = {(0, 0)}
        if (paid, corrected) not in expected:
            problems.append(f"A5 talent {person}: told {paid}, corrected {corrected}, undone {row['undone']}")
    return problems
