"""One import, in three passes: read the file, compare with what is known, save.

All or nothing: nothing is saved while anything is wrong in the file or against what is known. Saving goes
in short transactions (D5: a long one would keep webhooks from being stored), so a crash may leave the
first part saved; importing the same file again saves the rest, because what is there already is unchanged.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import trace
from bot.context import Actor, Context
from bot.invoices.importing.cells import read_invoice
from bot.invoices.importing.compare import compare
from bot.invoices.importing.encoding import detect_encoding, shown_name
from bot.invoices.importing.layout import Layout, read_layout
from bot.invoices.importing.lines import BrokenCsvError, data_lines, open_text, read_heading
from bot.invoices.importing.model import ImportOptions, ImportRefusedError, ImportReport, Problem, Problems
from bot.invoices.importing.staging import Staging
from bot.invoices.save import conflict_reason
from store.invoices.bulk import save_many
from store.invoices.parties import InvoiceConflict
from store.invoices.save import NewInvoice, Saved, save_invoice
from store.suggestions import rematching
from store.types import ActorKind

MOST_ROWS = 1000
# Rows saved together: what a transaction may have too many of when its time is used.
TOGETHER = 100
MOST_SECONDS = 0.08
# Between two transactions. A writer of another process that waits for SQLite's lock looks again after 1 ms,
# then more and more rarely, every 50 ms by the time such a transaction ends (sqlite3.c,
# sqliteDefaultBusyCallback): it must find the lock free once.
BREATH_SECONDS = 0.06
# Fewer new invoices hardly change what the planner counted.
MANY = 1_000
IMPORTER = Actor(ActorKind.COMMAND, "import", is_admin=True)


@dataclass(slots=True)
class _Import:
    """What the passes hand to each other."""

    ctx: Context
    actor: Actor
    path: Path
    options: ImportOptions
    staging: Staging
    problems: Problems = field(default_factory=Problems)
    skipped: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0

    def tell(self, stage: str, lines: int) -> None:
        """Report progress, if somebody listens."""
        if self.options.progress is not None:
            self.options.progress(stage, lines)


async def import_file(
    ctx: Context, path: Path, *, actor: Actor = IMPORTER, options: ImportOptions | None = None
) -> ImportReport:
    """Import invoices from a CSV file. The file's name is only ever read as given.

    Raises NotAllowedError, and ImportRefusedError naming every bad line; nothing was saved then.
    """
    actor.require_admin()
    with Staging() as staging:
        work = _Import(ctx, actor, path, options or ImportOptions(), staging)
        codec, layout = await asyncio.to_thread(_read, work)
        _refuse_if_bad(work)
        await _compare(work, layout)
        _refuse_if_bad(work)
        await _save(work)
    if work.created > MANY:
        await ctx.database.tidy()
    return ImportReport(
        created=work.created,
        changed=work.changed,
        unchanged=work.unchanged,
        encoding=shown_name(codec),
        ignored_columns=layout.ignored,
        skipped=work.skipped,
        problems=tuple(work.problems.kept),
    )


def _refuse_if_bad(work: _Import) -> None:
    if work.problems.total and not work.options.skip_bad:
        raise work.problems.refusal()


def _read(work: _Import) -> tuple[str, Layout]:
    """First pass: every line is read, and every unreadable one named."""
    codec = detect_encoding(work.path)
    rows = 0
    with open_text(work.path, codec) as text:
        try:
            heading, separator, lines_read = read_heading(text)
            layout = read_layout(heading, separator, work.options.columns)
            for line, cells in data_lines(text, layout, lines_read):
                rows += 1
                invoice = read_invoice(layout, cells, line, work.problems)
                if invoice is None:
                    work.skipped += 1
                else:
                    _stage(work, line, invoice)
                work.tell("lues", rows)
        except BrokenCsvError as error:
            raise ImportRefusedError([*work.problems.kept, Problem(error.line, None, str(error))]) from None
    if not rows:
        raise ImportRefusedError(
            [Problem(None, None, "Le fichier ne contient que des titres, aucune facture.")]
        )
    return codec, layout


def _stage(work: _Import, line: int, invoice: NewInvoice) -> None:
    before = work.staging.add(line, invoice)
    if before is None:
        return
    first_line, same = before
    if same:
        work.unchanged += 1
        return
    work.skipped += 1
    work.problems.add(
        line, None, f"le numéro {invoice.number} est déjà ligne {first_line}, avec un autre contenu"
    )


async def _compare(work: _Import, layout: Layout) -> None:
    """Second pass: what is known already is left out when the same, and named when it contradicts."""
    for batch in work.staging.batches(MOST_ROWS):
        verdict = await compare(
            work.ctx.database, batch, layout, work.ctx.clock(), update=work.options.update
        )
        work.unchanged += len(verdict.unchanged)
        work.skipped += len(verdict.refused)
        for line in verdict.unchanged:
            work.staging.drop(line)
        for line, reason in verdict.refused.items():
            work.problems.add(line, None, reason)
            work.staging.drop(line)
        for line, invoice in verdict.completed.items():
            work.staging.replace(line, invoice)
        await asyncio.sleep(BREATH_SECONDS)


async def _save(work: _Import) -> None:
    """Third pass: save what is left, a short transaction at a time."""
    for batch in work.staging.batches(MOST_ROWS):
        left = list(batch)
        while left:
            left = left[await _save_some(work, left) :]
            work.tell("enregistrées", work.created + work.changed)
            await asyncio.sleep(BREATH_SECONDS)


async def _save_some(work: _Import, rows: Sequence[tuple[int, NewInvoice]]) -> int:
    """Save lines until the time of one transaction is used; give how many."""
    now = work.ctx.clock()
    kinds: list[str] = []
    changed: list[str] = []
    async with work.ctx.database.write() as session:
        until = time.monotonic() + MOST_SECONDS
        while len(kinds) < len(rows) and time.monotonic() < until:
            lines = rows[len(kinds) : len(kinds) + TOGETHER]
            for saved in await _save_together(session, work, lines, now):
                kinds.append("created" if saved is None else saved.kind)
                if saved is not None and saved.kind == "changed":
                    changed.append(saved.invoice.number)
            session.expunge_all()
        for currency in sorted({invoice.currency for _, invoice in rows[: len(kinds)]}):
            await rematching.ask_for_all(session, now, currency=currency)
        if kinds:
            said = {"created": kinds.count("created"), "changed": changed}
            await trace(session, work.actor, "import_invoices", ("file", work.path.name[:255]), now, said)
    work.created += kinds.count("created")
    work.changed += kinds.count("changed")
    work.unchanged += kinds.count("unchanged")
    return len(kinds)


async def _save_together(
    session: AsyncSession, work: _Import, lines: Sequence[tuple[int, NewInvoice]], now: datetime
) -> list[Saved | None]:
    """Save a few lines at once; on a contradiction one by one, to name the line."""
    try:
        async with session.begin_nested():
            return await save_many(session, [invoice for _, invoice in lines], now)
    except InvoiceConflict:
        session.expunge_all()
    alone: list[Saved | None] = []
    for line, invoice in lines:
        try:
            alone.append(await save_invoice(session, invoice, now))
        except InvoiceConflict as conflict:
            raise _too_late(work, line, invoice, conflict) from None
    return alone


def _too_late(work: _Import, line: int, invoice: NewInvoice, conflict: InvoiceConflict) -> ImportRefusedError:
    """Something changed between comparing and saving: say what is saved and that it can be taken up again."""
    problems = [Problem(line, None, f"facture {invoice.number} : {conflict_reason(conflict)}")]
    done = work.created + work.changed
    if done:
        problems.append(
            Problem(
                None, None, f"{done} factures étaient déjà enregistrées : corriger, puis importer à nouveau."
            )
        )
    return ImportRefusedError(problems)
