"""``qonto-bot inbox``: list, replay."""

import asyncio
from typing import Annotated

import typer

from bot.bank.replay import replay
from bot.cli.errors import CommandError
from bot.cli.parts import load_settings, open_tables, operator, run_with
from bot.locale import fr
from store.inbox.handling import events_to_look_at

SHOWN = 200
STATES = {
    "pending": "en échec, sera réessayée",
    "dead": "abandonnée",
    "quarantined": "illisible",
    "conflict": "contradictoire",
}


def list_events() -> None:
    """Montrer les notifications en échec, abandonnées, illisibles ou contradictoires, et pourquoi."""
    lines = asyncio.run(_lines())
    for line in lines[:SHOWN] or ["Toutes les notifications reçues sont traitées."]:
        typer.echo(line)
    if len(lines) > SHOWN:
        typer.echo(f"… seules les {SHOWN} plus récentes sont montrées.")


async def _lines() -> list[str]:
    async with open_tables(load_settings()) as database, database.read() as session:
        events = await events_to_look_at(session, SHOWN + 1)
    return [
        f"{event.id}  {event.event_type or 'type inconnu'}  {STATES[event.state]}  "
        f"{fr.count(event.attempts, 'essai')}  reçue le {fr.moment(event.received_at)}  "
        f"{event.last_error or 'sans raison notée'}"
        for event in events
    ]


def replay_events(
    number: Annotated[
        int | None, typer.Argument(metavar="[NUMÉRO]", min=1, help="Numéro que « list » montre.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Rejouer tout ce qui attend quelqu’un.")] = False,
) -> None:
    """Rejouer une notification, ou toutes ; le service en marche les traite aussitôt."""
    if (number is None) != every:
        raise CommandError("Donner le numéro d’une notification, ou bien --all.")
    count = run_with(lambda ctx: replay(ctx, operator(), event_id=number))
    typer.echo(f"{fr.count(count, 'notification remise', 'notifications remises')} à traiter.")
