"""A database per seed: a copy of one that was migrated once and holds the example agency."""

import contextlib
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import URL

from sandbox.agency import write_invoices_csv
from store.db import schema
from tests.support.databases import bundled_server, execute
from tests.support.templates import copy_example, import_example

TEMPLATE = "template_faults"


class Places:
    """Hands out folders and databases; on PostgreSQL ``server`` is the maintenance database."""

    def __init__(self, folder: Path, server: URL | None) -> None:
        self._folder, self._server = folder, server

    @contextlib.asynccontextmanager
    async def fresh(self) -> AsyncIterator[tuple[Path, str]]:
        """Yield a folder, with the example's file, and the address of a database; both are gone afterwards."""
        name = f"seed_{uuid.uuid4().hex[:12]}"
        folder = self._folder / name
        folder.mkdir()
        try:
            if self._server is None:
                yield folder, copy_example(folder)
            else:
                write_invoices_csv(folder / "factures.csv", datetime.now(UTC).date())
                await execute(self._server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
                yield folder, _url(self._server, name)
                await execute(self._server, f"DROP DATABASE {name} WITH (FORCE)")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def places(kind: str) -> AsyncIterator[Places]:
    """Prepare the place of a whole run on ``sqlite`` or ``postgresql``; it is gone afterwards."""
    with TemporaryDirectory(prefix="faults-") as name, contextlib.ExitStack() as stack:
        server = stack.enter_context(_running_server()) if kind == "postgresql" else None
        if server is not None:
            await execute(server, f"CREATE DATABASE {TEMPLATE}")
            await schema.upgrade(_url(server, TEMPLATE))
            file = Path(name) / "factures.csv"
            write_invoices_csv(file, datetime.now(UTC).date())
            await import_example(_url(server, TEMPLATE), file)
        yield Places(Path(name), server)


@contextlib.contextmanager
def _running_server() -> Iterator[URL]:
    running = bundled_server()
    try:
        yield next(running)
    finally:
        running.close()


def _url(server: URL, name: str) -> str:
    return server.set(database=name).render_as_string(hide_password=False)
