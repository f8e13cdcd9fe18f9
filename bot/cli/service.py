"""Commands about the service: serve, demo, doctor, manifest."""

import asyncio
import errno
import json

import typer
from aiohttp import web

from bot.app import build_app
from bot.cli.doctor import examine
from bot.cli.errors import CommandError
from bot.cli.manifest import build_manifest
from bot.cli.parts import load_settings
from bot.runtime.logs import configure_logging
from bot.settings import Settings
from bot.web.heads import ServingLoop
from store.db.schema import upgrade

SHUTDOWN_SECONDS = 10.0
KEEPALIVE_SECONDS = 75.0
FAILED = 1


def serve() -> None:
    """Faire tourner le service."""
    settings = load_settings()
    missing = settings.missing_to_serve()
    if missing:
        raise CommandError(
            "Il manque des réglages (environnement ou .env) :", *(f"- {each}" for each in missing)
        )
    configure_logging(settings)
    asyncio.run(upgrade(settings.database_url))
    try:
        web.run_app(
            build_app(settings),
            host=settings.host,
            port=settings.port,
            print=None,
            access_log=None,
            shutdown_timeout=SHUTDOWN_SECONDS,
            keepalive_timeout=KEEPALIVE_SECONDS,
            loop=ServingLoop(),
        )
    except OSError as error:
        raise _unreachable_address(error, settings) from error


def _unreachable_address(error: OSError, settings: Settings) -> CommandError | OSError:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return CommandError(f"L’adresse {where} est déjà prise : arrêter l’autre programme ou changer PORT.")
    if error.errno in {errno.EADDRNOTAVAIL, errno.EACCES}:
        return CommandError(f"L’adresse {where} ne peut pas être ouverte : vérifier HOST et PORT.")
    return error


def demo() -> None:
    """Essayer sans compte : un Slack et un Qonto d’exemple sur cette machine."""
    from bot.cli.demo import run_demo  # noqa: PLC0415  # the service does not load the stand-ins

    run_demo()


def doctor() -> None:
    """Vérifier les réglages, la base, Qonto et Slack, et dire quoi faire."""
    findings = asyncio.run(examine(load_settings()))
    for finding in findings:
        typer.echo(finding.line())
    if any(finding.ok is False for finding in findings):
        raise typer.Exit(FAILED)


def manifest() -> None:
    """Écrire le manifeste de l’application Slack pour ces réglages (JSON, à coller chez Slack)."""
    settings = load_settings()
    socket_mode = settings.slack_app_token is not None
    if not socket_mode and settings.public_url is None:
        raise CommandError(
            "Donner l’adresse du service dans PUBLIC_URL, ou SLACK_APP_TOKEN pour le Socket Mode."
        )
    address = str(settings.public_url) if settings.public_url else None
    typer.echo(json.dumps(build_manifest(address, socket_mode=socket_mode), ensure_ascii=False, indent=2))
