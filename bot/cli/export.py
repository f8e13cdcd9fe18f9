"""The command ``export``: reconciliations in a CSV or XLSX file, for the accountant."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.errors import CommandError
from bot.cli.parts import run_with
from bot.context import Context
from bot.exporting import Export, write_export
from bot.queries.periods import ALL, Period
from store.types import ActorKind

SUFFIXES = (".csv", ".xlsx")
DAY = "%Y-%m-%d"


def export(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Fichier .csv ou .xlsx à écrire.")],
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=[DAY], metavar="AAAA-MM-JJ", help="Premier jour (compris)."),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option("--to", formats=[DAY], metavar="AAAA-MM-JJ", help="Dernier jour (compris)."),
    ] = None,
) -> None:
    """Écrire les rapprochements dans un fichier : paiements, factures, qui, quand, lettrage."""
    if file.suffix.lower() not in SUFFIXES:
        raise CommandError("Le fichier doit finir par .csv ou .xlsx.")
    if not file.parent.is_dir():
        raise CommandError(f"Le dossier {file.parent} n’existe pas.")
    period = _period(start, end)
    written = run_with(lambda ctx: _export(ctx, file, period))
    typer.echo(f"{written.payments} paiements exportés, {written.lines} lignes : {file}")


def _period(start: datetime | None, end: datetime | None) -> Period:
    first, last = start.date() if start else None, end.date() if end else None
    if first and last and last < first:
        raise CommandError("--to est avant --from.")
    return Period(first, last, ALL.label)


async def _export(ctx: Context, file: Path, period: Period) -> Export:
    # A file with its own name is a whole one.
    partial = file.with_name(f".partial-{file.name}")
    try:
        written = await write_export(ctx, period, [partial], _name)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return written


def _name(kind: str, actor: str) -> str:
    """Name who decided without asking Slack: a person keeps their id."""
    return "API" if kind == ActorKind.API else actor
