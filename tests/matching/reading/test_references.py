"""Reading keys out of texts."""

import time

import pytest

from matching import KeyKind, reference_keys
from matching.case import near_readings
from matching.reading.keys import TEXT_LIMIT, compact, fold, scheme_key
from matching.reading.readings import Strength
from matching.reading.references import MASK, mask, read


def keys_of(text: str) -> dict[str, Strength]:
    found: dict[str, Strength] = {}
    for one in read(text).readings:
        found[one.key] = max(one.strength, found.get(one.key, one.strength))
    return found


@pytest.mark.parametrize(
    ("number", "keys"),
    [
        ("FACT-2026-042", {"FACT2026042", "2026042", "2026/42", "#42"}),
        ("F26-0042", {"F260042", "260042", "2026/42", "#42"}),
        ("F26042", {"F26042", "26042", "2026/42", "F:26042", "#42"}),
        ("42-2026", {"422026", "2026/42", "#42"}),
        ("FA-0042", {"FA0042", "FA:42", "#42"}),
        ("2026-01-0042", {"2026010042", "2026/1-42", "#42"}),
        ("4217", {"4217", "#4217"}),
        ("ABC", {"ABC"}),
    ],
)
def test_an_invoice_can_be_quoted_under_these_keys(number: str, keys: set[str]) -> None:
    assert {key for key, _ in reference_keys(number)} == keys


def test_other_references_have_their_own_kind() -> None:
    keys = dict(reference_keys("F-1", ("RF18 5390 0754 7034", "PO-77812", "été", "A1")))
    assert keys["RF18539007547034"] is KeyKind.STRUCTURED
    assert keys["PO77812"] is KeyKind.OTHER
    assert not {"ETE", "A1"} & keys.keys()


@pytest.mark.parametrize(
    "reference",
    ["RF18 5390 0754 7034", "090/9337/55493", "21 00000 00003 13947 14300 09017"],
)
def test_structured_references_are_known_by_their_check_digits(reference: str) -> None:
    key = compact(reference)
    assert scheme_key(key) == key
    assert scheme_key(key[:-1] + str((int(key[-1]) + 1) % 10)) is None


@pytest.mark.parametrize(
    "text", ["+++090/9337/55493+++ merci", "***090/9337/55493***", "210000000003139471430009017"]
)
def test_belgian_and_swiss_references_are_read(text: str) -> None:
    assert Strength.STRUCTURED in keys_of(text).values()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("FACT-2026-040, 041 et 042", "2026/41"),
        ("FACT-2026-040/041", "2026/41"),
        ("FACT-2026-040 à 043", "2026/42"),
        ("2026040, 041", "2026/41"),
        ("FACT-2026-040 041 042", "2026/42"),
        ("factures 7, 8 et 9", "#9"),
        ("factures n° 7 à 9", "#8"),
        ("factures 4217 et 4218", "4218"),
    ],
)
def test_lists_and_ranges_carry_the_year_or_the_cue(text: str, key: str) -> None:
    assert key in keys_of(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("FACT-2026-040 à 400", "2026/200"),
        ("FACT-2026-042 15 jours", "2026/15"),
        ("FACT-2026-042 150", "2026/150"),
        ("FACT-2026-042 041", "2026/41"),
        ("1814", "14"),
        ("12/03/2026", "2026/3"),
        ("2026-03-12", "2026/3"),
        ("06 12 34 56 78", "1234"),
        ("periode 09/2026", "2026/9"),
        ("99 2026 12 31 77", "2026/77"),
    ],
)
def test_what_is_no_quotation_gives_no_key(text: str, key: str) -> None:
    assert key not in keys_of(text)


def test_the_number_of_another_document_is_only_another_reference() -> None:
    kinds = {kind for one in read("devis 2026-008").readings if one.key == "2026008" for kind in one.kinds}
    assert kinds == {KeyKind.OTHER}


def test_glued_numbers_are_cut_into_parts_that_make_the_whole() -> None:
    parts = {one.key for one in read("20260402026041").readings if one.run}
    assert {"2026040", "2026041"} <= parts


def test_lookalikes_are_weaker_than_clean_numbers() -> None:
    assert keys_of("FACT-2O26-O42")["FACT2026042"] is Strength.REPAIRED
    assert keys_of("FACT-2026-042")["FACT2026042"] is Strength.FULL


@pytest.mark.parametrize(
    "foreign",
    [
        "FR7630006000011234567890189", "FR76 3000 6000 0112 3456 7890 189", "732 829 320 00074", "SIREN 732829320",
        "FR 44 732829320", "CEPAFRPP751", "1 500,00", "1.500,00 €", "1500 EUR", "NOTPROVIDED",
    ],
)  # fmt: skip
def test_foreign_numbers_are_masked_whole(foreign: str) -> None:
    masked = mask(fold(f"a {foreign} b"))
    assert masked.startswith("A ")
    assert masked.endswith(" B")
    assert MASK in masked
    assert not any(char.isdigit() for char in masked)


def test_words_after_an_iban_stay() -> None:
    assert mask("FR7630006000011234567890189 FACT-2026-042").endswith(" FACT-2026-042")


@pytest.mark.parametrize(
    ("text", "retried"),
    [("FA-25-009", ["25009"]), ("F2026-2101", ["20262101"]), ("09-2026", []), ("devis 2025-103", [])],
)
def test_only_what_looks_like_an_invoice_number_is_retried_as_a_typing_error(
    text: str, retried: list[str]
) -> None:
    assert [one.key for one in near_readings(read(text))] == retried


def test_folding_removes_what_cannot_be_seen() -> None:
    assert fold("F\u200bA\u202eC\u0301T\u00a042\u2011７") == "FACT 42-7"


@pytest.mark.parametrize(
    "text",
    ["1 " * 5000, "2026" * 900, "A1" * 4000, "FR76 " * 2000, "RF18 " * 2000, "+++" * 3000, "\u0301" * 9000,
     "FACT-2026-040 " * 400, "\ufdfa" * 9000, "9" * 9000, "1,00 " * 2000],
)  # fmt: skip
def test_hostile_texts_are_read_in_bounded_time(text: str) -> None:
    start = time.process_time()
    parsed = read(text)
    assert time.process_time() - start < 1
    assert parsed.capped == (len(text) > TEXT_LIMIT)
    assert len(parsed.readings) < 5000
