"""Lists of the bank, page by page, in a way that always ends.

Transactions are walked in the order they changed, so that nothing is missed while rows move.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from qonto.errors import PaginationBroken, QontoBroken
from qonto.fields import BankModel, plain, problem_of
from qonto.models import PageMeta, Transaction
from qonto.transport import Params, Transport

MAX_PER_PAGE = 100


@dataclass(frozen=True)
class TransactionQuery:
    """Which transactions of one account (docs.qonto.com, transactions/list-transactions).

    Windows are aware instants; `updated_*` is for incremental sync, `settled_*` for accounting periods.
    One call is made per status, because several in one are not reliably honoured. The order is that of
    changes, so that rows which move while we page are met again rather than missed.
    """

    account_id: str
    statuses: tuple[str, ...] = ("completed",)
    updated_at_from: datetime | None = None
    settled_at_from: datetime | None = None
    per_page: int = MAX_PER_PAGE

    def params(self, status: str) -> list[tuple[str, str]]:
        """Return the parameters of the call for one status, without the page."""
        return [
            ("bank_account_id", self.account_id),
            ("status[]", status),
            *_instant("updated_at_from", self.updated_at_from),
            *_instant("settled_at_from", self.settled_at_from),
            ("sort_by", "updated_at:asc"),
        ]


def _instant(name: str, value: datetime | None) -> Iterator[tuple[str, str]]:
    """Write an instant as the bank does; raises ValueError on a naive one."""
    if value is None:
        return
    if value.tzinfo is None:
        raise ValueError(f"{name} must be aware")
    yield name, value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Model = TypeVar("Model", bound=BankModel)


@dataclass(frozen=True)
class UnreadableRow:
    """A row of a page that could not be understood; `raw` is kept for a person to look at."""

    id: str | None
    problem: str
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Page(Generic[Model]):
    """One page of a list: one bad row does not hide the others."""

    rows: tuple[Model, ...]
    unreadable: tuple[UnreadableRow, ...]
    meta: PageMeta


@dataclass(frozen=True)
class Listing(Generic[Model]):
    """A list of the bank: where it is, the key its rows stand under, and what a row is."""

    path: str
    key: str
    model: type[Model]


async def pages(
    transport: Transport, listing: Listing[Model], params: Params = (), per_page: int = MAX_PER_PAGE
) -> AsyncIterator[Page[Model]]:
    """Yield every page, following `next_page` until it is null or missing.

    Raises PaginationBroken when the bank serves another page than asked (an unknown parameter name
    is ignored in silence, and page 1 comes for ever), goes backwards, or repeats a page whole.
    """
    number: int | None = 1
    before: Page[Model] | None = None
    while number is not None:
        page = await fetch_page(transport, listing, params, number, per_page, before)
        yield page
        before = page if page.rows else before
        number = page.meta.next_page


async def fetch_page(
    transport: Transport,
    listing: Listing[Model],
    params: Params,
    number: int,
    per_page: int,
    before: Page[Model] | None,
) -> Page[Model]:
    """Return one page; raises PaginationBroken when it is another one, leads back, or repeats ``before``."""
    answer = await transport.get(listing.path, [*params, ("page", str(number)), ("per_page", str(per_page))])
    meta = model_from(PageMeta, answer.get("meta") or {})
    if meta.current_page is not None and meta.current_page != number:
        raise PaginationBroken(f"asked for page {number}, got page {meta.current_page}")
    if meta.next_page is not None and meta.next_page <= number:
        raise PaginationBroken(f"page {number} is followed by page {meta.next_page}")
    page = _page(_rows_at(answer, listing), listing.model, meta)
    if before is not None and page.rows and page.rows == before.rows:
        raise PaginationBroken(f"page {number} repeats the rows of the page before")
    return page


async def rows_of(listed: AsyncIterator[Page[Model]]) -> AsyncIterator[Model]:
    """Yield the rows of all pages; raises QontoBroken at the first page with an unreadable one."""
    async for page in listed:
        for row in page.unreadable:
            raise QontoBroken(f"row {row.id}: {row.problem}")
        for model in page.rows:
            yield model


def model_from(model: type[Model], data: object) -> Model:
    """Validate one object of an answer; raises QontoBroken naming the fields, without their values."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise QontoBroken(f"unreadable {model.__name__}: {problem_of(error)}") from None


def _rows_at(answer: Mapping[str, Any], listing: Listing[Model]) -> list[Mapping[str, Any]]:
    rows = answer.get(listing.key)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise QontoBroken(f"{listing.path}: no list of {listing.key}")
    return rows


def _page(rows: Iterable[Mapping[str, Any]], model: type[Model], meta: PageMeta) -> Page[Model]:
    read: list[Model] = []
    unreadable: list[UnreadableRow] = []
    for row in rows:
        try:
            read.append(model.model_validate(row))
        except ValidationError as error:
            row_id = row.get("id")
            unreadable.append(
                UnreadableRow(row_id if isinstance(row_id, str) else None, problem_of(error), plain(row))
            )
    return Page(tuple(read), tuple(unreadable), meta)


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
