from datetime import UTC, datetime

NOW = datetime(2026, 1, 27, 9, 0, tzinfo=UTC)
