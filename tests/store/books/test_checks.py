import pytest
from sqlalchemy import text

from store.books import checks
from store.db.engine import Database
from store.messages import ledger
from store.types import MessagePurpose
from tests.support.store_rows import NOW, add_invoice, add_payment, associate

# What an operator would have to lift to break the books by hand: constraints, unique indexes, triggers.
LIFT_POSTGRES = {
    "transactions": [
        "ck_transactions_not_over_allocated",
        "ck_transactions_state_matches_allocations",
        "uq_transactions_qonto_id",
    ],
    "invoices": ["ck_invoices_status_matches_settled", "ck_invoices_open_is_what_is_left"],
    "inbox": ["uq_inbox_key"],
    "messages": ["uq_messages_channel_ts", "uq_messages_key"],
}


async def break_by_hand(database: Database, *statements: str) -> None:
    async with database.write() as session:
        if database.is_sqlite:
            await session.execute(text("PRAGMA ignore_check_constraints=ON"))
        else:
            for table, names in LIFT_POSTGRES.items():
                for name in names:
                    await session.execute(
                        text(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name} CASCADE")
                    )
        for statement in statements:
            await session.execute(text(statement))


async def found(database: Database) -> set[tuple[str, int]]:
    async with database.read() as session:
        return {(one.code, one.object_id) for one in await checks.check_all(session)}


async def books(database: Database) -> tuple[int, int, int]:
    async with database.write() as session:
        payment = await add_payment(session)
        invoice = await add_invoice(session)
        other = await add_invoice(session, "F-2", collaboration="Autre")
        await associate(session, payment.id, (invoice.id, 150_000))
        return payment.id, invoice.id, other.id


async def test_sound_books_have_no_problem(database: Database) -> None:
    await books(database)
    assert await found(database) == set()


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("UPDATE transactions SET allocated_cents = 149999", {"payment_sum", "payment_state"}),
        ("UPDATE transactions SET state = 'unmatched'", {"payment_state"}),
        ("UPDATE transactions SET amount_cents = 149999", {"payment_state"}),
        ("UPDATE invoices SET settled_cents = 1 WHERE number = 'F-2'", {"invoice_sum"}),
        (
            "UPDATE invoices SET status = 'paid', settled_cents = total_cents, open_cents = 0 WHERE number = 'F-2'",
            {"invoice_sum", "paid_without_payment", "collaboration_status"},
        ),
        ("UPDATE collaborations SET status = 'open'", {"collaboration_status"}),
        ("UPDATE collaborations SET status = 'paid'", {"collaboration_status"}),
    ],
)
async def test_a_stored_sum_or_state_that_differs_from_the_rows_is_found(
    database: Database, statement: str, codes: set[str]
) -> None:
    """A3, X6: each check is seen to fire."""
    await books(database)
    await break_by_hand(database, statement)
    assert {code for code, _ in await found(database)} == codes


async def test_rows_that_stand_twice_are_found_on_postgresql(postgres_url: str) -> None:
    """A2, A5: where the unique constraints were lifted."""
    from store.db.engine import open_database  # noqa: PLC0415  # this test has a database of its own

    database = open_database(postgres_url)
    payment_id, _, _ = await books(database)
    day = "'2026-01-01'"
    event = (
        "INSERT INTO inbox (key, body, body_sha256, state, attempts, received_at, next_attempt_at)"
        f" VALUES ('e', '', '', 'handled', 1, {day}, {day})"
    )
    columns = (
        "slug, side, status, amount_cents, currency, bank_updated_at, ordered_at, search_text, payload,"
        " allocated_cents, version, needs_matching, needs_reread, created_at, updated_at"
    )
    again = (
        f"INSERT INTO transactions (qonto_id, {columns})"
        f" SELECT qonto_id, {columns.replace('allocated_cents', '0')} FROM transactions WHERE id = {payment_id}"
    )
    message = (
        "INSERT INTO messages (key, purpose, object_id, channel, ts, state, wanted_version, shown_version,"
        f" attempts, next_attempt_at, created_at) VALUES ('k', 'payment_card', 1, 'C', '1', 'sent', 1, 1, 0, {day}, {day})"
    )
    await break_by_hand(database, event, event, again, message, message)
    codes = {code for code, _ in await found(database)}
    assert codes == {"event_twice", "transaction_twice", "place_twice", "message_twice"}
    await database.close()


async def test_two_live_messages_about_one_thing_are_found(database: Database) -> None:
    """A5"""
    for key in ("payment_card:1", "payment_card:1:again", "alert:1", "alert:2"):
        purpose = MessagePurpose.PAYMENT_CARD if key.startswith("p") else MessagePurpose.ALERT
        async with database.write() as session:
            await ledger.want(session, key=key, purpose=purpose, object_id=1, target="C", version=1, now=NOW)
    assert {code for code, _ in await found(database)} == {"message_twice"}
