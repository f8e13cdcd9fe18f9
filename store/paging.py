"""Opaque cursors for lists read in pages by (instant, id) or (day, id)."""

import base64
import binascii
import json
from datetime import date, datetime

from store.errors import StoreError


class CursorRefused(StoreError):
    """The cursor was not made by us, or not for this list."""


def write_cursor(moment: datetime | date, row_id: int) -> str:
    """Turn the last row of a page into what finds the next one."""
    raw = json.dumps([moment.isoformat(), row_id]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_instant_cursor(cursor: str) -> tuple[datetime, int]:
    """Read a cursor of a list ordered by instant. Raises CursorRefused."""
    text, row_id = _read(cursor)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CursorRefused("unreadable cursor") from error
    if moment.tzinfo is None:
        raise CursorRefused("unreadable cursor")
    return moment, row_id


def read_day_cursor(cursor: str) -> tuple[date, int]:
    """Read a cursor of a list ordered by day. Raises CursorRefused."""
    text, row_id = _read(cursor)
    try:
        return date.fromisoformat(text), row_id
    except ValueError as error:
        raise CursorRefused("unreadable cursor") from error


def _read(cursor: str) -> tuple[str, int]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        value = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise CursorRefused("unreadable cursor") from error
    match value:
        case [str(text), int(row_id)] if abs(row_id) < 2**63:
            return text, row_id
    raise CursorRefused("unreadable cursor")
