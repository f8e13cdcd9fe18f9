"""SQLite files made once per test process and copied for each test: migrated, with or without the example."""

import asyncio
import atexit
import shutil
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from bot.cli.manifest import build_manifest
from bot.cli.parts import open_context
from bot.context import utc_now
from bot.invoices.importing import import_file
from bot.locale import fr
from bot.settings import FixedSettings
from sandbox.agency import write_invoices_csv
from sandbox.app import Sandbox, example_bank, example_workspace
from sandbox.faults import Faults
from store.db import schema


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end in a thread of its own: a template may be asked for from inside a test's loop."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, work).result()


def sqlite_url_of(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def copy_migrated(folder: Path) -> str:
    """Put an empty, migrated ``bot.db`` into ``folder``; returns its address."""
    return _copy(_migrated(), folder)


def copy_example(folder: Path) -> str:
    """Put a ``bot.db`` that holds the example agency, imported from its file, into ``folder``."""
    today = fr.paris_day(utc_now())
    write_invoices_csv(folder / "factures.csv", today)
    return _copy(_with_example(today), folder)


def _copy(template: Path, folder: Path) -> str:
    file = folder / "bot.db"
    shutil.copyfile(template, file)
    return sqlite_url_of(file)


@cache
def _folder() -> Path:
    folder = Path(mkdtemp(prefix="sqlite-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _migrated() -> Path:
    file = _folder() / "migrated.db"
    run_apart(schema.upgrade(sqlite_url_of(file)))
    return file


@cache
def _with_example(today: date) -> Path:
    file, csv = _folder() / f"example-{today}.db", _folder() / "factures.csv"
    shutil.copyfile(_migrated(), file)
    write_invoices_csv(csv, today)
    run_apart(import_example(sqlite_url_of(file), csv))
    return file


async def import_example(url: str, csv: Path) -> None:
    """Import the example's file into a migrated database as the command line does; nobody is called."""
    nowhere = "http://127.0.0.1:1"
    sandbox = Sandbox(example_workspace(build_manifest(nowhere, socket_mode=False)), example_bank(), Faults())
    values: dict[str, Any] = {name.lower(): value for name, value in sandbox.environment(nowhere).items()}
    async with open_context(FixedSettings(**(values | {"database_url": url}))) as ctx:
        await import_file(ctx, csv)
