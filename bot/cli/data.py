"""Commands about data: sync, import, backtest."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from bot.bank.sync import MOST_DAYS, SyncReport, sync_recent
from bot.cli.errors import CommandError
from bot.cli.parts import operator, run_with
from bot.invoices.importing import ImportOptions, import_file
from bot.invoices.importing.layout import HEADINGS
from bot.suggestions.backtest import run_backtest

PROGRESS_SECONDS = 5.0


def sync(
    days: Annotated[
        int, typer.Option("--days", min=1, max=MOST_DAYS, metavar="JOURS", help="Jours à relire chez Qonto.")
    ] = 30,
) -> None:
    """Lire chez Qonto ce que les webhooks auraient manqué."""
    report = run_with(lambda ctx: sync_recent(ctx, days=days, progress=_show_sync))
    typer.echo(
        f"Synchronisation : {report.new} nouveaux, {report.updated} mis à jour, "
        f"{report.unchanged} inchangés ({report.seconds:.0f} s)."
    )
    typer.echo(f"Paiements à rapprocher parmi les nouveaux : {report.to_explain}.")


async def _show_sync(report: SyncReport) -> None:
    typer.echo(f"… {report.new + report.updated + report.unchanged} opérations lues", err=True)


def import_invoices(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Fichier CSV des factures.")],
    update: Annotated[
        bool, typer.Option("--update", help="Modifier les factures connues qui n’ont encore aucun paiement.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Importer les lignes correctes, écarter les autres.")
    ] = False,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="TITRE=COLONNE",
            help="Titre de votre fichier, par exemple « À régler=total ».",
        ),
    ] = None,
) -> None:
    """Importer des factures : tout le fichier ou rien, et chaque ligne fautive est nommée."""
    options = ImportOptions(
        update=update, skip_bad=skip_bad, columns=_columns(column or []), progress=_Progress()
    )
    report = run_with(lambda ctx: import_file(ctx, file, actor=operator(), options=options))
    for sentence in report.sentences():
        typer.echo(sentence)


def _columns(given: list[str]) -> dict[str, str]:
    columns = {}
    for each in given:
        heading, _, column = each.rpartition("=")
        if not heading or column not in HEADINGS:
            raise CommandError(f"--column s’écrit TITRE=COLONNE ; colonnes : {', '.join(HEADINGS)}.")
        columns[heading] = column
    return columns


def backtest(
    directory: Annotated[
        Path, typer.Argument(metavar="DOSSIER", help="Dossier de clients.csv, invoices.csv et payments.csv.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FICHIER", help="Fichier des résultats, une ligne JSON par paiement."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FICHIER", help="Image PNG de la courbe risque-couverture."),
    ] = None,
) -> None:
    """Rejouer un historique : les suggestions auraient-elles été justes ?"""
    if out is None:
        run_backtest(directory, sys.stdout, sys.stderr, picture=picture)
        return
    partial = out.with_name(f".{out.name}.partial")
    try:
        # A file with its own name is a whole one.
        with partial.open("w", encoding="utf-8") as stream:
            run_backtest(directory, stream, sys.stderr, picture=picture)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


class _Progress:
    """Says where a long import stands, every few seconds."""

    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def __call__(self, stage: str, lines: int) -> None:
        if time.monotonic() - self._said_at >= PROGRESS_SECONDS:
            self._said_at = time.monotonic()
            typer.echo(f"… {lines} lignes {stage}", err=True)
