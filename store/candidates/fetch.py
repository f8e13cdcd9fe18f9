"""Answer the matcher's look-ups from the tables (design D6): every question by an index, every list capped.

The in-memory counterpart, with the same limits, is ``matching.MemoryIndex``. A payment costs at most
``MOST_STATEMENTS``, both rounds together, as long as none of its keys is borne by very many invoices.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Found, Lookups, Memory
from store.candidates import rows
from store.candidates.payer_memory import read
from store.candidates.rows import invoices_named

MOST_STATEMENTS = 7


async def fetch(session: AsyncSession, lookups: Lookups) -> Found:
    """Answer one round of look-ups. All statuses by key; open ones only by amount and by client.

    What was learnt of the payer, its earlier payments and our own accounts come with a round that names the
    payment; how late clients pay, with one that asks about clients.
    """
    connection = await session.connection()
    named = await invoices_named(connection, lookups)
    words = await rows.words(connection, lookups)
    payer = await read(connection, lookups) if lookups.payment_id is not None else None
    delays = await rows.delays(connection, lookups.clients)
    return Found(
        hits=named.all_hits,
        invoices=named.invoices,
        same_amount=named.same_amount,
        same_amount_count=words.equals,
        open_count=words.open_count,
        client_open={one.client_id: named.open_at(one.client_id) for one in lookups.clients},
        clients={**words.clients, **named.clients, **(payer.clients if payer else {})},
        token_counts=words.token_counts,
        client_count=words.client_count,
        memory=payer.memory(delays) if payer else Memory(delays=delays),
        past=payer.past if payer else (),
        own_ibans=words.own_ibans,
        capped=frozenset({"key_hits"}) if named.capped else frozenset(),
    )
