"""``qonto-bot inbox``: list, replay."""

import asyncio
from typing import Annotated

import typer

from bot.bank.replay import replay
from bot.cli.errors import CommandError
from bot.cli.french import FrenchCommand, FrenchGroup
from bot.cli.parts import load_settings, open_context, open_tables, operator
from bot.locale import fr
from store.inbox.handling import events_to_look_at

SHOWN = 200
STATES = {
    "pending": "en échec, sera réessayée",
    "dead": "abandonnée",
    "quarantined": "illisible",
    "conflict": "contradictoire",
}


def group() -> typer.Typer:
    """Give the group of commands."""
    app = typer.Typer(
        cls=FrenchGroup,
        help="Notifications de Qonto qui n’ont pas pu être traitées : voir, rejouer.",
        no_args_is_help=True,
    )
    app.command("list", cls=FrenchCommand)(list_events)
    app.command("replay", cls=FrenchCommand)(replay_events)
    return app


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
    count = asyncio.run(_replay(number))
    typer.echo(f"{fr.count(count, 'notification remise', 'notifications remises')} à traiter.")


async def _replay(number: int | None) -> int:
    async with open_context(load_settings()) as ctx:
        return await replay(ctx, operator(), event_id=number)
