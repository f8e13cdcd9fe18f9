"""The invariants A1-A8, looked at from outside: database, Slack's and the bank's view, log, small model."""

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from sandbox import agency
from store.checks import check_all
from store.engine import Database
from tests.faults.model import Books
from tests.faults.plan import ADMINS
from tests.world import FINANCE, World, text_of

if TYPE_CHECKING:
    from tests.faults.run import Record

SHOWN = {
    "allocated": "✓ Associé",
    "partly_allocated": "Associé en partie",
    "ignored": "Hors facturation",
    "proposed": "À rapprocher",
    "unmatched": "À rapprocher",
}
SECRETS = (agency.SLACK_BOT_TOKEN, agency.SLACK_SIGNING_SECRET, agency.QONTO_API_KEY,
           agency.QONTO_WEBHOOK_SECRET, agency.API_TOKEN)  # fmt: skip
RAW_BODY = re.compile(r'\\?"subscription_id\\?"|\\?"counterparty_account_number\\?"|payload=%7B')
MONEY = {"transactions": ("amount_cents", "allocated_cents"), "allocations": ("amount_cents", "write_off_cents"),
         "invoices": ("total_cents", "settled_cents")}  # fmt: skip
Row = dict[str, Any]


async def check(world: World, database: Database, record: "Record", log: str) -> list[str]:
    """Return every invariant that does not hold, by its number; and note what was seen happen."""
    async with database.read() as session:
        problems = [
            f"A2/A3/A5/A6 {one.code}: {one.object_type} {one.object_id}" for one in await check_all(session)
        ]
        problems += await acknowledged_are_stored(session, world)
        problems += await bank_and_books_agree(session, world)
        problems += await decisions_were_asked_for(session, record)
        problems += await model_agrees(session)
        problems += await slack_shows_the_state(session, world, record)
        problems += await talents_were_told_once(session, world)
        problems += await money_is_integer(session, database)
        record.sometimes |= await seen(session, world, log)
    return problems + nothing_secret_in(log)


async def rows(session: AsyncSession, query: str) -> list[Row]:
    return [dict(row._mapping) for row in await session.execute(text(query))]


async def acknowledged_are_stored(session: AsyncSession, world: World) -> list[str]:
    """A1: each delivery answered 2xx is in the inbox, once (A2)."""
    stored = Counter(row["event_id"] for row in await rows(session, "SELECT event_id FROM inbox"))
    acked = {
        each.event_id
        for each in world.sandbox.bank.deliveries
        if any(result.startswith("2") for result in each.tries)
    }
    lost = [f"A1 lost event {event}" for event in acked if stored[event] == 0]
    return lost + [f"A2 event twice {event}" for event, count in stored.items() if count > 1]


async def bank_and_books_agree(session: AsyncSession, world: World) -> list[str]:
    """Nothing lost: each movement of the bank is here once, with its status and its exact cents."""
    query = "SELECT qonto_id, status, amount_cents, allocated_cents, bank_problem FROM transactions"
    ours = {row["qonto_id"]: row for row in await rows(session, query)}
    problems = []
    for movement in world.sandbox.bank.movements:
        row = ours.pop(movement.id, None)
        if row is None:
            problems.append(f"A1 lost movement {movement.id}")
        elif row["status"] != movement.status:
            problems.append(f"movement {movement.id} is {movement.status}, we say {row['status']}")
        elif row["amount_cents"] != movement.amount_cents and row["bank_problem"] is None:
            problems.append(
                f"A8 movement {movement.id}: {movement.amount_cents} became {row['amount_cents']}"
            )
    return problems + [f"movement {qonto_id} was invented" for qonto_id in ours]


async def decisions_were_asked_for(session: AsyncSession, record: "Record") -> list[str]:
    """A4: each decision is one click of an admin, has its audit line, and no click counted twice."""
    problems = []
    decisions = await rows(session, "SELECT id, transaction_id, kind, actor FROM decisions ORDER BY id")
    audited = Counter(
        (row["action"], row["actor"], row["object_id"])
        for row in await rows(session, "SELECT action, actor, object_id FROM audit")
    )
    asked = Counter((_KINDS.get(click.action_id), click.who) for click in record.clicks)
    made = Counter((row["kind"], row["actor"]) for row in decisions)
    problems += [f"A4 {who} {kind} {n} times, clicked {asked[kind, who]}" for (kind, who), n in made.items()
                 if n > asked[kind, who]]  # fmt: skip
    for row in decisions:
        if row["actor"] not in ADMINS:
            problems.append(f"A4 decision {row['id']} by {row['actor']}")
        if not audited[row["kind"], row["actor"], str(row["transaction_id"])]:
            problems.append(f"A4 decision {row['id']} without audit line")
    return problems + await _acknowledged_clicks_count(session, record, decisions)


async def _acknowledged_clicks_count(
    session: AsyncSession, record: "Record", decisions: list[Row]
) -> list[str]:
    """A click that Slack was answered is decided, by this person or by the one who was faster."""
    proposals = {row["id"]: row["transaction_id"] for row in await rows(
        session, "SELECT id, transaction_id FROM proposals")}  # fmt: skip
    undone = {row["id"]: row["transaction_id"] for row in await rows(
        session, "SELECT id, transaction_id FROM decisions")}  # fmt: skip
    known = {(row["kind"], row["transaction_id"]) for row in decisions}
    withdrawn = {row["id"] for row in await rows(
        session, "SELECT id FROM transactions WHERE bank_problem IS NOT NULL OR status <> 'completed'")}  # fmt: skip
    problems = []
    for click in record.clicks:
        kind = _KINDS.get(click.action_id)
        number = int(click.value.removeprefix("v1:"))
        payment = {"associate": proposals.get(number), "undo": undone.get(number)}.get(str(kind), number)
        if not click.acknowledged or click.who not in ADMINS or kind != "undo" or payment in withdrawn:
            continue
        if (kind, payment) not in known:
            problems.append(f"an acknowledged {kind} of payment {payment} is not there")
    return problems


_KINDS = {
    "proposal.associate": "associate",
    "proposal.associate_partly": "associate",
    "payment.ignore": "ignore",
    "payment.restore": "restore",
    "payment.undo": "undo",
}


async def model_agrees(session: AsyncSession) -> list[str]:
    """Fold the decisions over a trivial model and compare with what the tables say of each object."""
    books = Books()
    for row in await rows(session, "SELECT id, number, kind, total_cents FROM invoices"):
        books.invoice(row["id"], row["total_cents"], credit=row["kind"] == "credit_note")
    for row in await rows(session, "SELECT id, amount_cents FROM transactions WHERE state IS NOT NULL"):
        books.payment(row["id"], row["amount_cents"])
    parts: dict[int, list[Row]] = defaultdict(list)
    for row in await rows(session, "SELECT * FROM allocations ORDER BY id"):
        parts[row["decision_id"]].append(row)
    for decision in await rows(session, "SELECT * FROM decisions ORDER BY id"):
        books.decide(decision, parts[decision["id"]])
    problems = [f"A3 model: {one}" for one in books.problems]
    for row in await rows(session, "SELECT id, state, allocated_cents, bank_problem FROM transactions"):
        problems += books.compare_payment(row)
    for row in await rows(session, "SELECT id, status FROM invoices"):
        problems += books.compare_invoice(row)
    return problems


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


async def slack_shows_the_state(session: AsyncSession, world: World, record: "Record") -> list[str]:
    """A5: one message per key; each where the ledger says; each card shows its payment's present state."""
    standing = _keys(world)
    problems = [f"A5 {key} stands {len(places)} times" for key, places in standing.items() if len(places) > 1]
    ledger = {row["key"]: row for row in await rows(session, "SELECT * FROM messages")}
    problems += [f"A5 {key} is in Slack, not in the ledger" for key in standing if key not in ledger]
    for key, row in ledger.items():
        if row["ts"] and (row["channel"], row["ts"]) not in standing.get(key, []) and not record.deleted[key]:
            problems.append(f"A5 {key} is in the ledger, not in Slack")
    payments = await rows(session, "SELECT id, state, settled_at, side, status FROM transactions")
    for payment in payments:
        key = f"payment_card:{payment['id']}"
        if payment["state"] is None or payment["settled_at"] is None:
            continue
        if not standing.get(key):
            if not record.deleted[key] and key in ledger:
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
        "SELECT DISTINCT a.decision_id, c.talent_id, t.slack_user_id,"
        " (SELECT COUNT(*) FROM allocations r WHERE r.reverses_id = a.id) AS undone"
        " FROM allocations a JOIN invoices i ON i.id = a.invoice_id"
        " JOIN collaborations c ON c.id = i.collaboration_id JOIN talents t ON t.id = c.talent_id"
        " WHERE a.reverses_id IS NULL AND a.amount_cents > 0"
    )
    problems = []
    for row in await rows(session, query):
        person = f"{row['decision_id']}:{row['talent_id']}"
        paid = len(standing.get(f"talent_paid:{person}", []))
        corrected = len(standing.get(f"talent_correction:{person}", []))
        expected = {(0, 0), (1, 1)} if row["undone"] else {(1, 0)}
        if row["slack_user_id"] is None:
            expected = {(0, 0)}
        if (paid, corrected) not in expected:
            problems.append(f"A5 talent {person}: told {paid}, corrected {corrected}, undone {row['undone']}")
    return problems


async def money_is_integer(session: AsyncSession, database: Database) -> list[str]:
    """A8: the database holds integers, whatever its columns would have let in."""
    kind = "typeof({})" if database.is_sqlite else "pg_typeof({})::text"
    problems = []
    for table, columns in MONEY.items():
        for column in columns:
            found = await rows(session, f"SELECT DISTINCT {kind.format(column)} AS kind FROM {table}")
            problems += [f"A8 {table}.{column} holds {row['kind']}" for row in found
                         if row["kind"] not in {"integer", "bigint"}]  # fmt: skip
    return problems


def nothing_secret_in(log: str) -> list[str]:
    """A7: no token, secret, whole IBAN or raw body in the log of the whole run."""
    problems = [f"A7 a secret is in the log: {secret[:8]}…" for secret in SECRETS if secret in log]
    problems += [
        f"A7 an IBAN is in the log: {payer.iban[:6]}…" for payer in agency.payers() if payer.iban in log
    ]
    return problems + (["A7 a raw body is in the log"] if RAW_BODY.search(log) else [])


async def seen(session: AsyncSession, world: World, log: str) -> set[str]:
    """What happened at least once: a run in which these never do proves nothing."""
    workspace, bank = world.sandbox.workspace, world.sandbox.bank
    whispers = " ".join(
        message.text for message in workspace.ephemerals("U0MAUD") + workspace.ephemerals("U0NORA")
    )
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
        "two admins collided": "Déjà associé" in whispers,
        "a stale click was refused": any(
            words in whispers
            for words in ("déjà annulée", "déjà à rapprocher", "déjà payée", "n’existe plus")
        ),
        "reconciliation healed a gap": undelivered,
        "the bank changed its mind after a decision": "bank_changed" in actions,
        "somebody without the right was refused": any(each.startswith("refused:") for each in actions),
        "a commit's outcome was unknown": "commit outcome unknown" in log,
    }
    return {name for name, happened in found.items() if happened}


__all__ = ["FINANCE", "check"]
