"""Opaque cursors for lists read in pages by (instant, id) or (day, id)."""

import base64
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from store.errors import StoreError

Moment = TypeVar("Moment", date, datetime)


class CursorRefused(StoreError):
    """The cursor was not made by us, or not for this list."""


def write_cursor(moment: datetime | date, row_id: int) -> str:
    """Turn the last row of a page into what finds the next one."""
    raw = json.dumps([moment.isoformat(), row_id]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_instant_cursor(cursor: str) -> tuple[datetime, int]:
    """Read a cursor of a list ordered by instant. Raises CursorRefused."""
    moment, row_id = _read(cursor, datetime.fromisoformat)
    if moment.tzinfo is None:
        raise CursorRefused("unreadable cursor")
    return moment, row_id


def read_day_cursor(cursor: str) -> tuple[date, int]:
    """Read a cursor of a list ordered by day. Raises CursorRefused."""
    return _read(cursor, date.fromisoformat)


def _read(cursor: str, moment_of: Callable[[str], Moment]) -> tuple[Moment, int]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        match json.loads(base64.b64decode(padded, altchars=b"-_", validate=True)):
            case [str(text), int(row_id)] if abs(row_id) < 2**63:
                return moment_of(text), row_id
    except (ValueError, RecursionError) as error:  # binascii.Error is a ValueError
        raise CursorRefused("unreadable cursor") from error
    raise CursorRefused("unreadable cursor")
