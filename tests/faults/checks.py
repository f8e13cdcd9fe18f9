"""The invariants A1-A8, looked at from outside: database, Slack's and the bank's view, log, small model."""

import re
from collections import Counter, defaultdict

from sqlalchemy.ext.asyncio import AsyncSession

from sandbox import agency
from store.books.checks import check_all
from store.db.engine import Database
from tests.faults.model import Books
from tests.faults.plan import ADMINS
from tests.faults.record import Record
from tests.faults.rows import Row, rows
from tests.faults.screens import slack_shows_the_state, talents_were_told_once
from tests.faults.sometimes import seen
from tests.support.world import World

SECRETS = (agency.SLACK_BOT_TOKEN, agency.SLACK_SIGNING_SECRET, agency.QONTO_API_KEY,
           agency.QONTO_WEBHOOK_SECRET, agency.API_TOKEN)  # fmt: skip
RAW_BODY = re.compile(r'\\?"subscription_id\\?"|\\?"counterparty_account_number\\?"|payload=%7B')
MONEY = {"transactions": ("amount_cents", "allocated_cents"), "allocations": ("amount_cents", "write_off_cents"),
         "invoices": ("total_cents", "settled_cents")}  # fmt: skip
_KINDS = {
    "proposal.associate": "associate",
    "proposal.associate_partly": "associate",
    "payment.ignore": "ignore",
    "payment.restore": "restore",
    "payment.undo": "undo",
}


async def check(world: World, database: Database, record: Record, log: str) -> list[str]:
    """Return every invariant that does not hold, by its number; and note what was seen happen."""
    async with database.read() as session:
        problems = [
            f"A2/A3/A5/A6 {one.code}: {one.object_type} {one.object_id}" for one in await check_all(session)
        ]
        problems += await acknowledged_are_stored(session, world)
        problems += await bank_and_books_agree(session, world)
        problems += await decisions_were_asked_for(session, world, record)
        problems += await model_agrees(session)
        problems += await suggestions_are_of_today(session)
        problems += await slack_shows_the_state(session, world, record)
        problems += await talents_were_told_once(session, world)
        problems += await money_is_integer(session, database)
        record.sometimes |= await seen(session, world, log)
    return problems + nothing_secret_in(log)


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
    ours = {row["qonto_id"]: row for row in await rows(session, "SELECT * FROM transactions")}
    dealt_with = {
        row["object_id"]
        for row in await rows(session, "SELECT object_id FROM audit WHERE action = 'bank_problem_settled'")
    }
    problems = []
    for movement in world.sandbox.bank.movements:
        row = ours.pop(movement.id, None)
        if row is None:
            problems.append(f"A1 lost movement {movement.id}")
        elif row["status"] != movement.status:
            problems.append(f"movement {movement.id} is {movement.status}, we say {row['status']}")
        elif row["amount_cents"] != movement.amount_cents and not (
            row["bank_problem"] or (row["allocated_cents"] and str(row["id"]) in dealt_with)
        ):
            problems.append(
                f"A8 movement {movement.id}: {movement.amount_cents} became {row['amount_cents']}"
            )
    return problems + [f"movement {qonto_id} was invented" for qonto_id in ours]


async def decisions_were_asked_for(session: AsyncSession, world: World, record: Record) -> list[str]:
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
    return problems + await _acknowledged_undo_is_there(session, world, record)


async def _acknowledged_undo_is_there(session: AsyncSession, world: World, record: Record) -> list[str]:
    """An undo that Slack was answered has happened, or the person was told that it has not."""
    asked = {
        (int(click.value.removeprefix("v1:")), click.who)
        for click in record.clicks
        if _KINDS.get(click.action_id) == "undo" and click.acknowledged and click.who in ADMINS
    }
    query = (
        "SELECT d.id FROM decisions d JOIN transactions t ON t.id = d.transaction_id"
        " WHERE d.kind = 'associate' AND t.bank_problem IS NULL AND t.status = 'completed'"
        " AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.reverses_id = d.id)"
    )
    standing = {row["id"] for row in await rows(session, query)}
    missing = Counter(who for decision, who in asked if decision in standing)
    told = {who: len(world.sandbox.workspace.ephemerals(who)) for who in missing}
    return [
        f"A4 {n} acknowledged undos of {who} are not there" for who, n in missing.items() if n > told[who]
    ]


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


async def suggestions_are_of_today(session: AsyncSession) -> list[str]:
    """A5: a waiting payment suggests no invoice that is settled; nobody who asked was forgotten."""
    query = (
        "SELECT p.transaction_id, i.number FROM proposals p"
        " JOIN proposal_invoices named ON named.proposal_id = p.id JOIN invoices i ON i.id = named.invoice_id"
        " JOIN transactions t ON t.id = p.transaction_id"
        " WHERE t.state IN ('unmatched', 'proposed', 'partly_allocated') AND i.open_cents = 0"
        " AND p.round = (SELECT max(r.round) FROM matching_rounds r WHERE r.transaction_id = t.id)"
    )
    return [
        f"A5 payment {row['transaction_id']} suggests {row['number']}, which is settled"
        for row in await rows(session, query)
    ]


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
