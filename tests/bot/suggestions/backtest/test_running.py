"""A whole backtest: JSON lines, French summary, picture."""

import io
import json
import struct
import zlib
from itertools import count
from pathlib import Path

import pytest

from bot.suggestions.backtest import run_backtest
from bot.suggestions.backtest.baselines import compare
from bot.suggestions.backtest.picture import draw_curve
from bot.suggestions.backtest.reading import read_history
from tests.matching.generator.export import export
from tests.matching.generator.generate import make_world


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history")
    export(make_world(203, invoices=300, clients=50, payments=160), path)
    return path


def test_every_payment_gets_one_line_that_adds_up(directory: Path) -> None:
    out = io.StringIO()
    run_backtest(directory, out, io.StringIO())
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    rows = read_history(directory).rows
    assert [line["payment_id"] for line in lines] == [row.payment_id for row in rows]
    for line, row in zip(lines, rows, strict=True):
        assert line["outcome"] in {"auto", "preselect", "suggest", "none"}
        assert len(line["hypotheses"]) <= 3
        for one in line["hypotheses"]:
            parts = [*(part["amount"] for part in one["allocations"]), one["residual"]]
            assert sum(round(float(part) * 100) for part in parts) == row.payment.signed_cents
            assert 0 < one["probability"] <= 1
            assert one["reasons"]


def test_the_summary_says_it_in_french(directory: Path, tmp_path: Path) -> None:
    summary, ticks = io.StringIO(), count()
    picture = tmp_path / "courbe.png"
    figures = run_backtest(
        directory, io.StringIO(), summary, picture=picture, clock=lambda: next(ticks) / 1000
    )
    text = summary.getvalue()
    assert figures is not None
    assert f"{figures.payments} paiements avec réponse connue" in text
    assert "borne basse à 95\u00a0%" in text
    assert "Temps par paiement\u00a0: médiane 1,0\u00a0ms" in text
    for words in (
        "rappel@1",
        "rappel@3",
        "ECE",
        "Suggestions à tort",
        "montant unique",
        "plusieurs factures",
        str(picture),
    ):
        assert words in text
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_without_answers_there_is_no_summary(directory: Path, tmp_path: Path) -> None:
    for name in ("clients.csv", "invoices.csv"):
        (tmp_path / name).write_bytes((directory / name).read_bytes())
    (tmp_path / "payments.csv").write_text(
        "payment_id,currency,amount,settled_on,text\nP1,EUR,10.00,2026-06-20,rien\n", encoding="utf-8"
    )
    out, summary = io.StringIO(), io.StringIO()
    assert run_backtest(tmp_path, out, summary) is None
    assert json.loads(out.getvalue()) == {
        "payment_id": "P1",
        "outcome": "none",
        "hypotheses": [],
        "flags": [],
    }
    assert summary.getvalue() == ""


def test_the_matcher_beats_the_simple_rules(directory: Path) -> None:
    history = read_history(directory)
    figures = run_backtest(directory, io.StringIO(), io.StringIO())
    assert figures is not None
    rules = compare(history, history.rows)
    assert set(rules) == {"montant unique", "mot exact", "numéro contenu dans le texte"}
    assert all(recall.value < figures.recall_1.value - 0.3 for _, recall in rules.values())


@pytest.mark.parametrize("points", [[], [(0.1, 1.0), (0.9, 0.97)], [(0.5, 0.2), (1.0, 0.0)]])
def test_the_picture_is_a_readable_png(points: list[tuple[float, float]]) -> None:
    picture = draw_curve(points)
    width, height = struct.unpack(">II", picture[16:24])
    start = picture.index(b"IDAT") + 4
    size = struct.unpack(">I", picture[start - 8 : start - 4])[0]
    rows = zlib.decompress(picture[start : start + size])
    assert len(rows) == height * (1 + 3 * width)
    assert bytes((38, 92, 200)) in rows or len(points) == 0
