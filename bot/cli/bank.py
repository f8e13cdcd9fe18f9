"""``qonto-bot qonto``: connect, subscribe."""

import asyncio
from datetime import datetime

import typer
from aiohttp import web

from bot.bank.access import BankAccess
from bot.bank.consent import LIFETIME, start_consent
from bot.bank.subscriptions import subscribe
from bot.cli.errors import CommandError
from bot.cli.parts import bank_client, load_settings, open_bank, open_tables
from bot.context import Context, utc_now
from bot.settings import Settings
from bot.web.middleware import middlewares
from bot.web.oauth import routes
from store.db.engine import Database

POLL_SECONDS = 1.0


def connect() -> None:
    """Autoriser le service dans Qonto : une adresse à ouvrir, une fois."""
    connected = asyncio.run(_connect(load_settings()))
    if not connected:
        raise CommandError("Personne n’a donné l’accès en dix minutes : relancer qonto-bot qonto connect.")
    typer.echo("Qonto est connecté. Pour recevoir les webhooks : qonto-bot qonto subscribe.")


async def _connect(settings: Settings) -> bool:
    async with open_tables(settings) as database, open_bank(settings, database) as access:
        url = await start_consent(database, access, utc_now())
        before = await access.tokens.stored_at()
        door = await _open_door(settings, database, access)
        try:
            typer.echo("Ouvrir cette adresse, se connecter à Qonto et accepter (valable dix minutes) :")
            typer.echo(url)
            return await _is_renewed(access, before)
        finally:
            if door is not None:
                await door.cleanup()


async def _is_renewed(access: BankAccess, before: datetime | None) -> bool:
    """Wait for the person to come back. The running service may be the one that serves them."""
    waited = 0.0
    while await access.tokens.stored_at() == before:
        if waited >= LIFETIME.total_seconds():
            return False
        await asyncio.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
    return True


async def _open_door(settings: Settings, database: Database, access: BankAccess) -> web.AppRunner | None:
    """Serve the callback alone; None when the port is taken, by the service itself most likely."""
    ctx = Context(settings, database, bank_client(access))
    app = web.Application(middlewares=middlewares(settings))
    app.add_routes(routes(ctx))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError:
        await runner.cleanup()
        return None
    return runner


def subscribe_to_events() -> None:
    """Recevoir les événements de Qonto ; ne crée que ce qui manque."""
    for event_type, created in asyncio.run(_subscribe(load_settings())).items():
        state = "abonnement créé" if created else "abonnement déjà en place"
        typer.echo(f"{event_type} : {state}.")


async def _subscribe(settings: Settings) -> dict[str, bool]:
    async with open_tables(settings) as database, open_bank(settings, database) as access:
        return await subscribe(settings, database, access, utc_now())
