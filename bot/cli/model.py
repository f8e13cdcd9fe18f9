"""``qonto-bot model``: report, refit, rollback."""

import asyncio
from typing import Annotated

import typer

from bot.cli.errors import CommandError
from bot.cli.french import FrenchCommand, FrenchGroup
from bot.cli.model_texts import held_back, lines_of
from bot.cli.parts import load_settings, open_context, operator
from bot.suggestions.refit import ModelReport, read_model, refit_model, roll_back_model
from matching import Model, Refit


def group() -> typer.Typer:
    """Give the group of commands."""
    app = typer.Typer(
        cls=FrenchGroup,
        help="Les poids qui font les suggestions : voir, ajuster, revenir en arrière.",
        no_args_is_help=True,
    )
    app.command("report", cls=FrenchCommand)(report)
    app.command("refit", cls=FrenchCommand)(refit)
    app.command("rollback", cls=FrenchCommand)(rollback)
    return app


def report() -> None:
    """Montrer les poids en service, ce qu’ils changent et s’ils tiennent ce qu’ils annoncent."""
    for line in lines_of(asyncio.run(_report())):
        typer.echo(line)


async def _report() -> ModelReport:
    async with open_context(load_settings()) as ctx:
        return await read_model(ctx, operator())


def refit() -> None:
    """Ajuster les poids sur vos décisions ; gardés seulement s’ils font mieux sur les plus récentes."""
    trial = asyncio.run(_refit())
    lines = list(held_back(trial.before, trial.after))
    if not trial.accepted:
        kept = f"{trial.previous.version} reste en service"
        raise CommandError(f"Les poids ajustés ne font pas mieux : {kept}.", *lines)
    typer.echo(f"Poids {trial.model.version} en service. Le robot les prend sans être relancé.")
    for line in lines:
        typer.echo(line)


async def _refit() -> Refit:
    async with open_context(load_settings()) as ctx:
        return await refit_model(ctx, operator())


def rollback(
    *,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Revenir tout de suite à la table livrée.")
    ] = False,
) -> None:
    """Revenir aux poids d’avant ; les versions ajustées restent gardées."""
    model = asyncio.run(_rollback(to_shipped=shipped))
    typer.echo(f"Poids {model.version} en service. Le robot les prend sans être relancé.")


async def _rollback(*, to_shipped: bool) -> Model:
    async with open_context(load_settings()) as ctx:
        return await roll_back_model(ctx, operator(), to_shipped=to_shipped)
