"""``qonto-bot memory``: list, forget."""

from collections.abc import Iterator
from typing import Annotated

import typer

from bot.cli.parts import operator, run_with
from bot.locale import fr
from bot.suggestions.payers import DECLARABLE, forget_payer, show_memory, shown_key
from matching import Link, normal_name
from store.candidates.payers import Learnt
from store.types import PayerKeyKind

KINDS = {PayerKeyKind.IBAN: "IBAN", PayerKeyKind.ALIAS: "Nom"}


def list_memory(
    client: Annotated[
        str | None, typer.Option("--client", metavar="NOM", help="Seulement les payeurs de ce client.")
    ] = None,
) -> None:
    """Montrer ce que vos décisions ont appris : quel IBAN et quel nom paient pour quel client."""
    memory = run_with(lambda ctx: show_memory(ctx, operator(), client=client))
    if not memory.payers:
        typer.echo("Rien n’a encore été appris." if client is None else "Rien n’a été appris de ce client.")
    for payer in memory.payers:
        for line in _lines(payer, memory.clients):
            typer.echo(line)


def _lines(learnt: Learnt, clients: dict[int, str]) -> Iterator[str]:
    shown = shown_key(learnt.kind, learnt.key)
    name = f" ({learnt.name})" if learnt.name and normal_name(learnt.name) != shown else ""
    yield f"{KINDS[learnt.kind]} {shown}{name}"
    for link in learnt.payer.links:
        yield f"  → {clients[int(link.client_id)]} : {', '.join(_facts(link))}"
    if learnt.payer.declared in DECLARABLE:
        yield f"  → déclaré : {DECLARABLE[learnt.payer.declared].lower()}"
    if learnt.payer.not_client_count:
        aside = fr.count(learnt.payer.not_client_count, "paiement écarté", "paiements écartés")
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
    kind, shown = run_with(lambda ctx: forget_payer(ctx, operator(), wanted=payer))
    typer.echo(f"Oublié : {KINDS[kind]} {shown}. Les associations faites restent.")
