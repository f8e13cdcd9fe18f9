"""Pages and parameters, by the rules of the bank's lists."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import web

from sandbox.bank.errors import listed
from sandbox.bank.state import PagingTrap

Row = TypeVar("Row")
MAX_PER_PAGE = 100


def page_of(
    request: web.Request, rows: Sequence[Row], default_per_page: int = 100, trap: PagingTrap | None = None
) -> tuple[Sequence[Row], dict[str, Any]]:
    """Return the page asked for and its `meta`; raises the bank's 400, or 422 past the end.

    The parameters are `page` and `per_page`, above 100 in silence 100. Traps are ways in which
    the bank has been seen, or feared, to mislead a reader.
    """
    number = _positive(request, "page", 1)
    per_page = min(_positive(request, "per_page", default_per_page), MAX_PER_PAGE)
    if trap == "ignore_page":
        number = 1
    if trap == "fewer_rows":
        per_page = min(per_page, 3)
    chunks = [rows[first : first + per_page] for first in range(0, len(rows), per_page)] or [rows[:0]]
    if trap == "empty_page":
        chunks.insert(1, rows[:0])
    if number > len(chunks):
        raise listed(422, "invalid", "page is past the end", "page")
    meta = _meta(number, per_page, len(chunks), len(rows))
    if trap == "no_next_page" and meta["next_page"] is None:
        del meta["next_page"]
    return chunks[0 if trap == "repeat_page" else number - 1], meta


def instant(request: web.Request, name: str) -> datetime | None:
    """Return an ISO 8601 parameter; raises the bank's 400."""
    value = request.query.get(name)
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise listed(400, "invalid_format", f"{name} is not a date and time", name) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def one_of(request: web.Request, name: str, allowed: Sequence[str], default: str) -> str:
    """Return a parameter with a closed list of values, the first if repeated; raises the bank's 400."""
    value = request.query.get(name, default)
    if value != default and value not in allowed:
        raise listed(400, "not_in_list", f"{name} must be one of: {', '.join(allowed)}", name)
    return value


def _positive(request: web.Request, name: str, default: int) -> int:
    value = request.query.get(name, str(default))
    if not (value.isascii() and value.isdigit() and 0 < len(value) < 10 and int(value) > 0):  # noqa: PLR2004 (more digits than any page number)
        raise listed(400, "invalid_format", f"{name} must be a positive integer", name)
    return int(value)


def _meta(number: int, per_page: int, total_pages: int, total_count: int) -> dict[str, Any]:
    return {
        "current_page": number,
        "next_page": number + 1 if number < total_pages else None,
        "prev_page": number - 1 if number > 1 else None,
        "total_pages": total_pages,
        "total_count": total_count,
        "per_page": per_page,
    }
