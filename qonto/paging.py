"""Lists of the bank, page by page, in a way that always ends."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from qonto.documents import plain
from qonto.errors import PaginationBroken, QontoBroken
from qonto.fields import BankModel, problem_of
from qonto.models import PageMeta
from qonto.transport import Params, Transport

MAX_PER_PAGE = 100
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
