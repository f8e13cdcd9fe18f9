"""A context over a real database, with a bank that nobody answers for."""

from datetime import datetime

import httpx
import pytest

from bot.context import Actor, Context
from bot.settings import FixedSettings
from qonto import ApiKey, QontoClient
from store.db.engine import Database
from store.types import ActorKind
from tests.support.store_rows import NOW

MAUD = Actor(ActorKind.SLACK, "U0MAUD", is_admin=True)
NORA = Actor(ActorKind.SLACK, "U0NORA", is_admin=True)
HUGO = Actor(ActorKind.SLACK, "U0HUGO", is_admin=False)


@pytest.fixture
def ctx(database: Database) -> Context:
    def clock() -> datetime:
        return NOW

    settings = FixedSettings(slack_channel="C0PAIEMENTS", slack_admins=("U0MAUD",))
    bank = QontoClient(httpx.AsyncClient(base_url="http://127.0.0.1:9"), ApiKey("agence:secret"))
    return Context(settings, database, bank, clock)
