"""``model.json``: used when it is a model, never in the way when it is not."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot.context import Context
from bot.suggestions.propose import propose_due
from bot.suggestions.weights import FILE, load_model
from matching import Model, to_json
from store.suggestions.rounds import current_round
from tests.support.store_rows import add_invoice, add_payment


def test_without_a_file_the_shipped_model_is_used(tmp_path: Path) -> None:
    assert load_model(tmp_path) == Model()


def test_a_fitted_model_is_read(tmp_path: Path) -> None:
    fitted = replace(Model(), version="agence-1", previous_version="shipped", decisions=120)
    (tmp_path / FILE).write_text(to_json(fitted), encoding="utf-8")
    assert load_model(tmp_path) == fitted


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"format": 99}'])
def test_what_is_no_model_is_said_and_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    (tmp_path / FILE).write_bytes(body)
    with caplog.at_level(logging.WARNING):
        assert load_model(tmp_path) == Model()
    assert "the shipped model is" in caplog.text


async def test_a_suggestion_keeps_the_version_that_made_it(ctx: Context) -> None:
    async with ctx.database.write() as session:
        payment = (await add_payment(session)).id
        await add_invoice(session)
    await propose_due(replace(ctx, model=lambda: replace(Model(), version="agence-1")))
    async with ctx.database.read() as session:
        current = await current_round(session, payment)
    assert current is not None
    assert {each.model_version for each in current.suggestions} == {"agence-1"}
