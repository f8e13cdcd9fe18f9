"""Transactions in the order they changed, walked so that nothing is missed while rows move."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from qonto.paging import Listing, Page, fetch_page, pages
from qonto.queries import TransactionQuery
from qonto.transaction import Transaction
from qonto.transport import Transport

TRANSACTION_LIST = Listing("/v2/transactions", "transactions", Transaction)
# Enough to meet the last row again whether the bank reads the bound as "from" or as "after".
MARGIN = timedelta(milliseconds=1)


async def walk(
    transport: Transport, query: TransactionQuery, status: str
) -> AsyncIterator[Page[Transaction]]:
    """Yield the pages of one status.

    A row that is touched while we page moves to the end and pulls the rows behind it one place
    forward, so page numbers would skip one for good. Each page therefore opens a
    window at the last `updated_at` seen; numbers are used only inside one instant, or when the
    bank does not keep to order or window.
    """
    number, window, before = 1, query, None
    while True:
        page = await fetch_page(
            transport, TRANSACTION_LIST, window.params(status), number, query.per_page, before
        )
        if not _honours(page, window.updated_at_from):
            break
        yield page
        if page.meta.next_page is None:
            return
        start = _next_window(page)
        if start is not None and (window.updated_at_from is None or start > window.updated_at_from):
            number, window, before = 1, replace(query, updated_at_from=start), None
        else:
            number, before = page.meta.next_page, page
    async for page in pages(transport, TRANSACTION_LIST, query.params(status), query.per_page):
        yield page


def _honours(page: Page[Transaction], start: datetime | None) -> bool:
    """Tell whether every row is inside the window and the order is as asked."""
    instants = [row.updated_at for row in page.rows]
    known = [instant for instant in instants if instant is not None]
    if len(known) != len(instants):
        return False
    ascending = all(earlier <= later for earlier, later in pairwise(known))
    return ascending and (start is None or not known or known[0] >= start - MARGIN)


def _next_window(page: Page[Transaction]) -> datetime | None:
    last = page.rows[-1].updated_at if page.rows else None
    return None if last is None else last - MARGIN
