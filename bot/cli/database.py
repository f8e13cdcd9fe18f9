"""``qonto-bot db``: upgrade, backup, check."""

import asyncio
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.errors import CommandError
from bot.cli.parts import load_settings, sqlite_file
from store.books.audit import Problem
from store.books.checks import check_all
from store.db import schema
from store.db.engine import open_database

SHOWN_PROBLEMS = 50


def upgrade() -> None:
    """Créer les tables ou les mettre à jour (« serve » le fait aussi)."""
    asyncio.run(schema.upgrade(load_settings().database_url))
    typer.echo("Base de données à jour.")


def backup(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FICHIER]", help="Fichier à créer ; par défaut dans DATA_DIR.")
    ] = None,
) -> None:
    """Sauvegarder la base SQLite dans un seul fichier, même pendant que le service tourne."""
    settings = load_settings()
    source = sqlite_file(open_database(settings.database_url))
    if not source.exists():
        raise CommandError("Aucune base à sauvegarder : lancer d’abord qonto-bot db upgrade.")
    target = file or settings.data_dir / "backups" / f"bot-{datetime.now(UTC):%Y%m%d-%H%M%S}.db"
    copy_database(source, target)
    typer.echo(f"Base sauvegardée dans {target}.")
    typer.echo(
        f"Restaurer : arrêter le service, puis copier ce fichier à la place de {source} "
        f"et supprimer {source.name}-wal et {source.name}-shm s’ils existent."
    )


def copy_database(source: Path, target: Path) -> None:
    """Write a consistent copy, checked before it gets its name. Raises FileExistsError, OSError.

    sqlite.org/lang_vacuum.html: VACUUM INTO reads one snapshot; copying the file alone would leave out
    what is still in the -wal file.
    """
    if target.exists():
        raise FileExistsError(17, "exists", str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        # Created first, for its rights: the copy holds names and IBANs.
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _vacuum_into(source, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _vacuum_into(source: Path, target: Path) -> None:
    try:
        with sqlite3.connect(f"file:{source.resolve()}?mode=ro", uri=True, timeout=30) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        connection.close()
        copy = sqlite3.connect(target)
        verdict = copy.execute("PRAGMA integrity_check(1)").fetchone()
        copy.close()
    except sqlite3.Error as error:
        raise CommandError(
            f"La sauvegarde a échoué ({error}). Vérifier la place sur le disque et qonto-bot db check."
        ) from error
    if verdict != ("ok",):
        raise CommandError("La copie est abîmée : lancer qonto-bot db check sur la base.")


def check() -> None:
    """Vérifier le fichier, les tables, les comptes et la chaîne du journal d’audit."""
    problems = asyncio.run(_check(load_settings().database_url))
    if problems:
        raise CommandError(
            f"{len(problems)} anomalie(s) : restaurer une sauvegarde ou demander de l’aide.",
            *(f"- {each.object_type} {each.object_id} : {each.code}" for each in problems[:SHOWN_PROBLEMS]),
        )
    typer.echo("Base de données saine : fichier, tables et journal d’audit.")


async def _check(url: str) -> list[Problem]:
    await schema.check(url)
    database = open_database(url)
    try:
        async with database.read() as session:
            return await check_all(session)
    finally:
        await database.close()
