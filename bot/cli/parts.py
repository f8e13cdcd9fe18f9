"""What several commands need: the settings, the open database, the bank."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx

from bot.bank.access import BankAccess
from bot.cli.errors import CommandError
from bot.context import Actor, Context
from bot.settings import Settings
from qonto import QontoClient, Retries
from qonto.transport import TIMEOUT
from store.db.engine import Database, open_database
from store.db.schema import upgrade
from store.types import ActorKind

# A busy service takes SQLite's lock again and again, and SQLite gives turns to nobody. No webhook waits for a
# command: it may wait a minute for its own.
PATIENCE = 60.0
T = TypeVar("T")


def load_settings() -> Settings:
    """Read the settings. Raises SettingsError with every problem, CommandError for an unreadable file."""
    try:
        return Settings.load()
    except UnicodeDecodeError:
        raise CommandError("Le fichier .env n’est pas en UTF-8 : l’enregistrer à nouveau en UTF-8.") from None


def operator() -> Actor:
    """Name who runs a command: the account on this machine, which holds the settings anyway."""
    name = os.environ.get("SUDO_USER") or os.environ.get("USER") or "console"
    return Actor(ActorKind.COMMAND, name[:100], is_admin=True)


@asynccontextmanager
async def open_tables(settings: Settings) -> AsyncIterator[Database]:
    """Open the database with its tables up to date; the service may be running beside."""
    await upgrade(settings.database_url)
    database = open_database(settings.database_url, patience=PATIENCE)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_bank(
    settings: Settings, database: Database, retries: Retries | None = None
) -> AsyncIterator[BankAccess]:
    """Open the way to the bank."""
    async with httpx.AsyncClient(timeout=TIMEOUT) as http:
        try:
            access = BankAccess(settings, database, http, retries=retries)
        except ValueError:
            raise CommandError("QONTO_OAUTH_URL doit commencer par https://.") from None
        yield access


def bank_client(access: BankAccess) -> QontoClient:
    """Give the client of the daily work. Raises CommandError for settings it cannot be built from."""
    try:
        return access.client
    except ValueError:
        raise CommandError(
            "QONTO_API_KEY s’écrit identifiant:clé, sans espace, et QONTO_API_URL commence par https://."
        ) from None


@asynccontextmanager
async def open_context(settings: Settings) -> AsyncIterator[Context]:
    """Open everything a use case needs."""
    async with open_tables(settings) as database, open_bank(settings, database) as access:
        yield Context(settings, database, bank_client(access))


def run_with(use_case: Callable[[Context], Awaitable[T]]) -> T:
    """Run a use case with everything it needs, then close it all."""

    async def run() -> T:
        async with open_context(load_settings()) as ctx:
            return await use_case(ctx)

    return asyncio.run(run())


def sqlite_file(database: Database) -> Path:
    """Give the database's file. Raises CommandError on PostgreSQL."""
    if database.file is None:
        raise CommandError(
            "Sur PostgreSQL, sauvegarder avec l’outil du serveur : "
            "pg_dump --format=custom --file=sauvegarde.dump, puis pg_restore pour restaurer."
        )
    return database.file
