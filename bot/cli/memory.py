"""``qonto-bot memory``: list, forget."""

import asyncio
from collections.abc import Iterator
from typing import Annotated

import typer

from bot.cli.french import FrenchCommand, FrenchGroup
from bot.cli.parts import load_settings, open_context, operator
from bot.locale import fr
from bot.suggestions.payers import DECLARABLE, Memory, forget_payer, show_memory, shown_key
from matching import Link, normal_name
from store.candidates.payers import Learnt
from store.types import PayerKeyKind

KINDS = {PayerKeyKind.IBAN: "IBAN", PayerKeyKind.ALIAS: "Nom"}


def group() -> typer.Typer:
    """Give the group of commands."""
    app = typer.Typer(
        cls=FrenchGroup, help="Ce que le robot a appris des payeurs : voir, oublier.", no_args_is_help=True
    )
    app.command("list", cls=FrenchCommand)(list_memory)
    app.command("forget", cls=FrenchCommand)(forget)
    return app


def list_memory(
    client: Annotated[
        str | None, typer.Option("--client", metavar="NOM", help="Seulement les payeurs de ce client.")
    ] = None,
) -> None:
    """Montrer ce que vos décisions ont appris : quel IBAN et quel nom paient pour quel client."""
    memory = asyncio.run(_show(client))
    if not memory.payers:
        typer.echo("Rien n’a encore été appris." if client is None else "Rien n’a été appris de ce client.")
    for one in memory.payers:
        for line in _lines(one, memory.clients):
            typer.echo(line)


async def _show(client: str | None) -> Memory:
    async with open_context(load_settings()) as ctx:
        return await show_memory(ctx, operator(), client=client)


def _lines(one: Learnt, clients: dict[int, str]) -> Iterator[str]:
    shown = shown_key(one.kind, one.key)
    name = f" ({one.name})" if one.name and normal_name(one.name) != shown else ""
    yield f"{KINDS[one.kind]} {shown}{name}"
    for link in one.payer.links:
        yield f"  → {clients[int(link.client_id)]} : {', '.join(_facts(link))}"
    if one.payer.declared in DECLARABLE:
        yield f"  → déclaré : {DECLARABLE[one.payer.declared].lower()}"
    if one.payer.not_client_count:
        aside = fr.count(one.payer.not_client_count, "paiement écarté", "paiements écartés")
        yield f"  → pas un client : {aside}"


def _facts(link: Link) -> Iterator[str]:
    yield fr.count(link.confirmations, "confirmation")
    if link.last_date:
        yield f"la dernière le {fr.day(link.last_date)}"
    if link.contradictions:
        yield fr.count(link.contradictions, "annulation")
    if link.refused_date:
        yield f"refusé pour un paiement du {fr.day(link.refused_date)}"
    if link.blocked:
        yield "jamais associé seul"


def forget(
    payer: Annotated[
        str, typer.Argument(metavar="PAYEUR", help="IBAN (entier, ou tel que « list » le montre) ou nom.")
    ],
) -> None:
    """Oublier ce qui a été appris d’un payeur ; les associations et l’historique restent."""
    kind, shown = asyncio.run(_forget(payer))
    typer.echo(f"Oublié : {KINDS[kind]} {shown}. Les associations faites restent.")


async def _forget(payer: str) -> tuple[PayerKeyKind, str]:
    async with open_context(load_settings()) as ctx:
        return await forget_payer(ctx, operator(), wanted=payer)
