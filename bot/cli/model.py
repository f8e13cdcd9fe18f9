"""``qonto-bot model``: report, refit, rollback."""

from typing import Annotated

import typer

from bot.cli.errors import CommandError
from bot.cli.model_texts import held_back, lines_of
from bot.cli.parts import operator, run_with
from bot.suggestions.refit import read_model, refit_model, roll_back_model


def report() -> None:
    """Montrer les poids en service, ce qu’ils changent et s’ils tiennent ce qu’ils annoncent."""
    for line in lines_of(run_with(lambda ctx: read_model(ctx, operator()))):
        typer.echo(line)


def refit() -> None:
    """Ajuster les poids sur vos décisions ; gardés seulement s’ils font mieux sur les plus récentes."""
    trial = run_with(lambda ctx: refit_model(ctx, operator()))
    lines = list(held_back(trial.before, trial.after))
    if not trial.accepted:
        kept = f"{trial.previous.version} reste en service"
        raise CommandError(f"Les poids ajustés ne font pas mieux : {kept}.", *lines)
    typer.echo(f"Poids {trial.model.version} en service. Le robot les prend sans être relancé.")
    for line in lines:
        typer.echo(line)


def rollback(
    *,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Revenir tout de suite à la table livrée.")
    ] = False,
) -> None:
    """Revenir aux poids d’avant ; les versions ajustées restent gardées."""
    model = run_with(lambda ctx: roll_back_model(ctx, operator(), to_shipped=shipped))
    typer.echo(f"Poids {model.version} en service. Le robot les prend sans être relancé.")
