"""``make demo``: both stand-ins, an example agency and the real service, without any account."""

import asyncio
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.app import SERVICE, Service, build_app
from bot.cli.manifest import build_manifest
from bot.context import utc_now
from bot.invoices.importing import import_file
from bot.locale import fr
from bot.runtime.logs import configure_logging
from bot.settings import FixedSettings, Settings
from sandbox.agency import write_invoices_csv
from sandbox.app import SANDBOX, Sandbox, build_sandbox
from store.db.schema import upgrade

HOST = "127.0.0.1"
PAGE_PORT = 8765
BOT_PORT = 8080
SHUTDOWN_SECONDS = 2.0


@asynccontextmanager
async def running_demo(
    folder: Path, *, page_port: int = PAGE_PORT, bot_port: int = BOT_PORT
) -> AsyncIterator[tuple[str, Sandbox, Service]]:
    """Run stand-ins and service until the block ends; yields the page's address.

    A port in use is replaced by a free one.
    """
    bot_url = f"http://{HOST}:{free_port(bot_port)}"
    page_url = f"http://{HOST}:{free_port(page_port)}"
    stand_ins = build_sandbox(bot_url=bot_url, manifest=build_manifest(bot_url, socket_mode=False))
    sandbox = stand_ins[SANDBOX]
    settings = demo_settings(sandbox, page_url, folder)
    async with _serving(stand_ins, page_url):
        await upgrade(settings.database_url)
        app = await build_app(settings)
        async with _serving(app, bot_url):
            service = app[SERVICE]
            await load_example(service, folder)
            yield page_url, sandbox, service


def demo_settings(sandbox: Sandbox, page_url: str, folder: Path) -> Settings:
    """Give the settings of a service that lives with the stand-ins; the machine's own are not read."""
    values: dict[str, Any] = {name.lower(): value for name, value in sandbox.environment(page_url).items()}
    values |= {
        "database_url": f"sqlite+aiosqlite:///{folder / 'demo.db'}",
        "data_dir": folder,
        "log_level": "warning",
    }
    return FixedSettings(**values)


async def load_example(service: Service, folder: Path) -> None:
    """Import the example agency's invoices the way an agency would: from a file."""
    path = folder / "factures.csv"
    write_invoices_csv(path, fr.paris_day(utc_now()))
    await import_file(service.ctx, path)


@asynccontextmanager
async def _serving(app: web.Application, url: str) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        host, port = url.removeprefix("http://").split(":")
        await web.TCPSite(runner, host, int(port)).start()
        yield
    finally:
        await runner.cleanup()


def free_port(wanted: int) -> int:
    """Give ``wanted`` when nothing listens there, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on this machine")


def run_demo(say: Callable[[str], object] = sys.stdout.write) -> None:
    """Run the demo until Ctrl+C; everything it wrote is gone afterwards."""
    asyncio.run(_until_stopped(say))


async def _until_stopped(say: Callable[[str], object]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    with tempfile.TemporaryDirectory(prefix="qonto-bot-demo-") as folder:
        async with running_demo(Path(folder)) as (url, sandbox, service):
            configure_logging(service.ctx.settings)
            say(WELCOME.format(url=url, team=sandbox.workspace.team_name))
            sys.stdout.flush()
            await stop.wait()
            say("\nArrêt de la démonstration.\n")


WELCOME = """
Démonstration prête : {url}

  1. Ouvrez cette adresse. Vous êtes Maud, administratrice de l’agence {team}.
  2. Dans « La banque », faites payer un client : la carte arrive dans #paiements.
  3. Cliquez sur « Associer » : facture et collaboration sont payées, le talent est prévenu.

Tout reste sur cette machine et disparaît à l’arrêt (Ctrl+C).
"""
