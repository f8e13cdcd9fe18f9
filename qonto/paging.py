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
    before: list[object] = []
    while number is not None:
        asked = [*params, ("page", str(number)), ("per_page", str(per_page))]
        answer = await transport.get(listing.path, asked)
        meta = model_from(PageMeta, answer.get("meta") or {})
        rows = _rows_at(answer, listing)
        ids = [row.get("id") for row in rows]
        _check_progress(meta, number, repeated=bool(ids) and ids == before)
        yield _page(rows, listing.model, meta)
        before = ids or before
        number = meta.next_page


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


def _check_progress(meta: PageMeta, asked: int, *, repeated: bool) -> None:
    if meta.current_page is not None and meta.current_page != asked:
        raise PaginationBroken(f"asked for page {asked}, got page {meta.current_page}")
    if repeated:
        raise PaginationBroken(f"page {asked} repeats the rows of the page before")
    if meta.next_page is not None and meta.next_page <= asked:
        raise PaginationBroken(f"page {asked} is followed by page {meta.next_page}")


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
