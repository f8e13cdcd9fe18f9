"""JSON: one reading of a body, exact, and storable."""

import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qonto import NotJson, read_json
from qonto.fields import plain, read_object


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON at byte 0"),
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8 at byte 0"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b"-Infinity", "-Infinity is not JSON"),
        (b'{"a": 1, "a": 2}', "occurs twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5_000, "number too long"),
        (b"1e99999999999999999999", "out of range"),
    ],
)
def test_what_is_not_one_json_value_is_refused_without_quoting_it(body: bytes, reason: str) -> None:
    with pytest.raises(NotJson, match=reason):
        read_json(body)


def test_only_an_object_is_an_object() -> None:
    assert read_object(b'{"a": 1.10}') == {"a": Decimal("1.10")}
    with pytest.raises(NotJson, match="not a JSON object"):
        read_object(b"[]")


def test_nul_and_lone_surrogates_are_replaced_and_pairs_are_kept() -> None:
    read = read_json(rb'{"a\u0000": ["\ud800", "\ud83d\ude00", "\u00e9", 1]}')
    assert read == {"a\N{REPLACEMENT CHARACTER}": ["\N{REPLACEMENT CHARACTER}", "😀", "é", 1]}


def test_a_kept_decimal_is_a_number_where_that_is_exact_and_a_text_where_not() -> None:
    kept = plain({"a": (Decimal("50.01"), Decimal("1e400"), Decimal("0.10000000000000000001"), None, 3)})
    assert json.dumps(kept) == '{"a": [50.01, "1E+400", "0.10000000000000000001", null, 3]}'


@given(st.lists(st.integers() | st.decimals(-(10**20), 10**20, places=20)))
def test_what_is_kept_can_be_written_and_holds_the_same_numbers(numbers: list[int | Decimal]) -> None:
    kept = json.loads(json.dumps(plain(numbers)))
    assert [Decimal(str(number)) for number in kept] == numbers


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(NotJson):
        json.dumps(plain(read_json(body)))
