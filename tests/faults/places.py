"""A database per seed: copied from one that the migrations made and the example's invoices were imported into."""

import contextlib
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import URL

from sandbox.agency import write_invoices_csv
from store import schema
from tests.databases import bundled_server, execute, sqlite_url_of
from tests.zygote import fork

TEMPLATE = "template_faults"


class Places:
    """Hands out folders and databases; on PostgreSQL ``server`` is the maintenance database."""

    def __init__(self, folder: Path, server: URL | None) -> None:
        self._folder, self._server = folder, server

    async def prepare(self) -> None:
        """Make the database that all the others are copies of."""
        if self._server is not None:
            await execute(self._server, f"CREATE DATABASE {TEMPLATE}")
        url = self._url(TEMPLATE)
        await schema.upgrade(url)
        write_invoices_csv(self._folder / "factures.csv", datetime.now(UTC).date())
        log = self._folder / "import.log"
        command = await fork(["import", "factures.csv"], {"DATABASE_URL": url}, self._folder, log)
        assert await command.wait() == 0, log.read_text()

    def _url(self, name: str) -> str:
        if self._server is None:
            return sqlite_url_of(self._folder / name / "bot.db")
        return self._server.set(database=name).render_as_string(hide_password=False)

    @contextlib.asynccontextmanager
    async def fresh(self) -> AsyncIterator[tuple[Path, str]]:
        """Yield a folder and the address of a database; both are gone afterwards."""
        name = f"seed_{uuid.uuid4().hex[:12]}"
        folder = self._folder / name
        folder.mkdir()
        try:
            if self._server is None:
                shutil.copyfile(self._folder / TEMPLATE / "bot.db", folder / "bot.db")
            else:
                await execute(self._server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
            yield folder, self._url(name)
            if self._server is not None:
                await execute(self._server, f"DROP DATABASE {name} WITH (FORCE)")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def places(kind: str) -> AsyncIterator[Places]:
    """Prepare the place of a whole run on ``sqlite`` or ``postgresql``; it is gone afterwards."""
    with TemporaryDirectory(prefix="faults-") as name, contextlib.ExitStack() as stack:
        server = stack.enter_context(_server()) if kind == "postgresql" else None
        place = Places(Path(name), server)
        await place.prepare()
        yield place


@contextlib.contextmanager
def _server() -> Iterator[URL]:
    running = bundled_server()
    try:
        yield next(running)
    finally:
        running.close()
