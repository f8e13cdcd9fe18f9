"""Reasons and doubts in French."""

from datetime import date

import pytest

from matching import Flag, Reason, sentence
from matching.evidence import WEIGHTS
from matching.sentences import SENTENCES

ALL: dict[str, str | int] = {
    "number": "FACT-2026-042", "quoted": "FA 2026 42", "count": 2, "near": 3, "cents": 150_000, "currency": "EUR",
    "equals": 2, "gap": -1_500, "open": 151_500, "client": "NIKE", "days": 97, "date": "2026-01-03",
}  # fmt: skip


def money(cents: int, currency: str) -> str:
    return f"{cents // 100},{cents % 100:02d}\u00a0{ {'EUR': '€'}[currency] }"


def day(when: date) -> str:
    return f"{when.day} janvier"


def written(code: str, **params: str | int) -> str:
    return sentence(Reason(code, params), money, day)


@pytest.mark.parametrize("code", [*WEIGHTS, *SENTENCES])
def test_every_code_has_a_sentence(code: str) -> None:
    text = sentence(Flag(code, ALL), money, day)
    assert text
    assert "{" not in text
    assert not text.endswith(".")
    assert "'" not in text


@pytest.mark.parametrize(
    ("code", "params", "text"),
    [
        (
            "reference_full",
            {"number": "FACT-2026-042", "quoted": "FACT 2026 042"},
            "Numéro FACT-2026-042 lu dans le libellé",
        ),
        (
            "reference_unpadded",
            {"number": "FACT-2026-042", "quoted": "FA 2026 42"},
            "Numéro FACT-2026-042 lu dans le libellé (lu «\u00a0FA 2026 42\u00a0»)",
        ),
        ("reference_full", {"count": 3, "number": "", "quoted": ""}, "3 numéros lus dans le libellé"),
        ("amount_exact", {"cents": 150_000, "currency": "EUR"}, "Montant exact\u00a0: 1500,00\u00a0€"),
        (
            "amount_fee",
            {"gap": -1_500, "currency": "EUR"},
            "Écart \u221215,00\u00a0€\u00a0: frais bancaires probables",
        ),
        ("amount_over", {"gap": 1_500, "currency": "EUR"}, "Écart +15,00\u00a0€\u00a0: trop-perçu"),
        ("iban_known", {"count": 3, "client": "NIKE"}, "IBAN déjà associé 3 fois à NIKE"),
        ("sum_solutions", {"count": 41}, "41 combinaisons possibles"),
        (
            "several_equal",
            {"count": 2, "client": "NIKE"},
            "2 factures ouvertes de ce montant chez NIKE, la plus ancienne en premier",
        ),
        (
            "reference_settled",
            {"number": "FACT-2026-020", "date": "2026-01-03"},
            "La facture citée FACT-2026-020 est déjà payée le 3 janvier",
        ),
        (
            "duplicate_suspect",
            {"number": "FACT-2026-020"},
            "La facture citée FACT-2026-020 est déjà payée. Double paiement\u202f?",
        ),
        (
            "foreign_currency",
            {"count": 1, "currency": "USD"},
            "1 facture citée en USD\u00a0: non comparée, faute de taux",
        ),
        (
            "reference_uncovered",
            {"count": 1, "number": "F-2"},
            "La facture F-2, elle aussi ouverte, est citée",
        ),
        (
            "reference_near",
            {"number": "F-2", "quoted": "F-3", "near": 2},
            "Numéro F-2 à une erreur de frappe de «\u00a0F-3\u00a0», comme 1 autre",
        ),
    ],
)
def test_sentences_read_so(code: str, params: dict[str, str | int], text: str) -> None:
    assert written(code, **params) == text
