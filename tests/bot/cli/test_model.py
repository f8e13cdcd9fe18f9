"""``qonto-bot model``: what an operator reads, fits and takes back in a terminal, on real decisions."""

import asyncio
import json
import random
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.suggestions.weights import ModelFile
from matching import Model
from matching.learning.log import Weighing, weighing_to_json
from matching.values import Allocation as Applied
from matching.values import InvoiceId
from store.books.audit import check_chain
from store.db.engine import open_database
from store.models import AuditEntry, Transaction, WeighedRound
from store.types import PaymentState
from tests.bot.cli.support import Shell
from tests.support.store_rows import NOW, add_invoice, add_payment, associate, later

QUOTED = {"reference_full": 1.0, "amount_partial": 1.0}
AMOUNT = {"amount_exact": 3.0}
NONE = {"none": 1.0}


def test_the_weights_are_fitted_on_the_agencys_decisions_and_taken_back(
    shell: Shell, sqlite_url: str
) -> None:
    data = shell.folder / "data"
    running = ModelFile(data)
    assert running.current() == Model()
    told = shell("model", "report").out
    assert "Poids en service : la table livrée (shipped-1).\n" in told
    assert "Aucune décision n’est encore notée" in told

    asyncio.run(decide(sqlite_url, 10))
    assert "Trop peu de décisions pour ajuster les poids\u00a0: 10 sur les 50" in shell.refused(
        "model", "refit"
    )

    asyncio.run(decide(sqlite_url, 90, start=10))
    assert "Poids agence-1 en service." in shell("model", "refit").out
    assert running.current().version == "agence-1"
    assert running.current().weights["none"] < Model().weights["none"]
    told = shell("model", "report").out
    assert "agence-1, ajustés le" in told
    assert "décisions tenues à l’écart" in told
    assert "  « aucune », au départ : +6,2 → +" in told
    assert "Fiabilité sur 100\u00a0décisions notées :" in told

    assert "Poids agence-2 en service." in shell("model", "refit").out
    assert "Poids agence-1 en service." in shell("model", "rollback").out
    assert running.current().version == "agence-1"
    assert "Poids shipped-1 en service." in shell("model", "rollback", "--shipped").out
    assert running.current() == Model()
    assert "il n’y a rien à défaire" in shell.refused("model", "rollback")
    assert sorted(file.name for file in (data / "models").iterdir()) == ["agence-1.json", "agence-2.json"]
    assert asyncio.run(traces(sqlite_url)) == [
        "refit_model",
        "refit_model",
        "rollback_model",
        "rollback_model",
    ]


def test_weights_that_do_worse_on_the_latest_decisions_are_refused(shell: Shell, sqlite_url: str) -> None:
    asyncio.run(decide(sqlite_url, 70))
    asyncio.run(decide(sqlite_url, 30, start=70, quoted_is_right=1.0))
    refused = shell.refused("model", "refit")
    assert "Les poids ajustés ne font pas mieux : shipped-1 reste en service." in refused
    assert "bonne réponse en premier" in refused
    assert not (shell.folder / "data" / "model.json").exists()


def test_a_file_written_by_hand_is_told_without_its_story(shell: Shell) -> None:
    file: Path = shell.folder / "data" / "model.json"
    file.parent.mkdir(exist_ok=True)
    body = {"format": 1, "version": "main", "previous_version": "", "decisions": 3, "ceiling_cents": 5}
    thresholds = {"auto": 0.95, "preselect": 0.85, "margin": 0.25}
    file.write_text(json.dumps(body | {"thresholds": thresholds, "weights": {"none": 9}}), encoding="utf-8")
    told = shell("model", "report").out
    assert "Poids en service : main, ajustés sur 3\u00a0décisions" in told
    assert "« aucune », au départ : +6,2 → +9,0" in told


async def decide(url: str, count: int, *, start: int = 0, quoted_is_right: float = 0.0) -> None:
    """Decisions on payments whose number pointed at one invoice and whose amount at another."""
    rng = random.Random(start)  # a repeatable choice, no secret
    database = open_database(url)
    async with database.write() as session:
        for n in range(start, start + count):
            quoted, equal = [await add_invoice(session, f"{kind}-{n}") for kind in "QE"]
            row = await add_payment(session, f"t-{n}")
            hypotheses = (
                ((Applied(InvoiceId(quoted.id), 150_000),), QUOTED),
                ((Applied(InvoiceId(equal.id), 150_000),), AMOUNT),
            )
            text = weighing_to_json(Weighing(hypotheses, NONE))
            moment = NOW - timedelta(hours=1)
            session.add(WeighedRound(transaction_id=row.id, round=1, weighing=text, created_at=moment))
            right = quoted if rng.random() < quoted_is_right else equal
            decision = await associate(session, row.id, (right.id, 150_000))
            assert decision.decided_at == NOW < later(1)
    await database.close()


async def traces(url: str) -> list[str]:
    database = open_database(url)
    async with database.read() as session:
        rows = await session.scalars(
            select(AuditEntry).where(AuditEntry.object_type == "model").order_by(AuditEntry.seq)
        )
        assert not await check_chain(session)
        waiting = await session.scalars(
            select(Transaction).where(Transaction.state == PaymentState.UNMATCHED)
        )
        assert all(row.needs_matching for row in waiting)
        found = [row.action for row in rows]
    await database.close()
    return found
