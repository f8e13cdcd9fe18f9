"""What every use case is handed: the database, the bank, the clock, the settings. No Slack in it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.errors import NotAllowedError
from bot.settings import Settings
from matching import Model
from qonto import QontoClient
from store.db.engine import Database
from store.types import ActorKind


def utc_now() -> datetime:
    """Read the clock, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class BankGate:
    """Until when (UTC) the bank is left alone, and why; see ``bot.bank.circuit_breaker``."""

    until: datetime | None = None
    reason: str = ""
    failures: int = 0
    refused: bool = False
    known_good: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. ``is_admin`` was read when the request was executed, not when a button was drawn."""

    kind: ActorKind
    id: str
    is_admin: bool

    def require_admin(self) -> None:
        """Raise NotAllowedError unless this person may decide about payments."""
        if not self.is_admin:
            raise NotAllowedError("Seuls les administrateurs peuvent agir sur les paiements.")


@dataclass(frozen=True, slots=True)
class Context:
    """The service's parts, passed by hand. ``model`` gives the matcher's weights in force now."""

    settings: Settings
    database: Database
    bank: QontoClient
    clock: Callable[[], datetime] = utc_now
    syncing: asyncio.Lock = field(default_factory=asyncio.Lock)
    gate: BankGate = field(default_factory=BankGate)
    model: Callable[[], Model] = Model
