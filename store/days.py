"""Days where the agency is."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def paris_day(instant: datetime) -> date:
    """Give the day of an instant in Paris: 23:30 UTC in summer is already tomorrow."""
    return instant.astimezone(PARIS).date()
