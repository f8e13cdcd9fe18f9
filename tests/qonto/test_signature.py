"""The signature of a delivery: the matrix W1 to W10, and the documented vectors."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qonto import InvalidSignature, verify_signature

OLD, NEW = "old-secret-0123456789abcdef0123456789", "new-secret-0123456789abcdef0123456789"
BODY = b'{"id":"evt-1","type":"v1/transactions"}'
NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)
T = str(int(NOW.timestamp()))
TOLERANCE = timedelta(minutes=5)


def signature(timestamp: str = T, body: bytes = BODY, secret: str = NEW) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def header(timestamp: str = T, secret: str = NEW) -> str:
    return f"t={timestamp},v1={signature(timestamp, secret=secret)}"


def check(
    *headers: str,
    body: bytes = BODY,
    secrets: tuple[str, ...] = (OLD, NEW),
    now: datetime = NOW,
    tolerance: timedelta | None = TOLERANCE,
) -> int:
    return verify_signature(body, headers, secrets, now, tolerance)


def reason(*headers: str, body: bytes = BODY, secrets: tuple[str, ...] = (OLD, NEW)) -> str:
    with pytest.raises(InvalidSignature) as caught:
        check(*headers, body=body, secrets=secrets)
    return caught.value.reason


def test_w1_a_missing_header_is_refused() -> None:
    assert reason() == "missing"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "missing"),
        ("   ", "missing"),
        (f"t={T}", "malformed"),
        (f"v1={signature()}", "malformed"),
        ("t=,v1=", "malformed"),
        (f"t=,v1={signature('')}", "malformed"),
        (f"t={T},v1=", "malformed"),
        (",,,", "malformed"),
        (signature(), "malformed"),
    ],
)
def test_w2_an_incomplete_header_is_refused(value: str, why: str) -> None:
    assert reason(value) == why


@pytest.mark.parametrize(
    "digest",
    [
        signature()[:8],
        signature()[:63],
        signature() + "0",
        signature().upper(),
        " " + signature(),
        signature() + "\n",
        "g" * 64,
        "１" * 64,
    ],
)
def test_w3_a_digest_that_is_not_64_lower_case_hex_digits_is_refused(digest: str) -> None:
    assert reason(f"t={T},v1={digest}") == "malformed"


def test_w4_a_wrong_secret_is_refused() -> None:
    assert reason(header(secret="another-secret")) == "mismatch"


@pytest.mark.parametrize("body", [BODY + b" ", json.dumps(json.loads(BODY)).encode(), b""])
def test_w5_another_body_is_refused(body: bytes) -> None:
    assert reason(header(), body=body) == "mismatch"


@pytest.mark.parametrize("other", ["t=1,v1=0", "", header()])
def test_w6_a_header_sent_twice_is_refused_even_if_one_is_good(other: str) -> None:
    assert reason(header(), other) == "duplicate"
    assert reason(other, header()) == "duplicate"


@pytest.mark.parametrize(
    "value",
    [
        f"t={T},v1={'0' * 64},v1={signature()}",
        f"t={T},v1={signature()},v1={'0' * 64}",
        f"t={T},v0={'0' * 64},v1={signature()},v2=whatever,x",
        f"v1={signature()},t={T}",
        f"t={T},v1=short,v1={signature()}",
    ],
)
def test_w7_one_good_v1_among_several_is_enough_and_other_schemes_are_ignored(value: str) -> None:
    assert check(value) == 1


@pytest.mark.parametrize("scheme", ["v0", "v2", "V1", " v1", "v1 "])
def test_w7_another_scheme_never_counts(scheme: str) -> None:
    assert reason(f"t={T},{scheme}={signature()}") == "malformed"


def test_two_timestamps_are_refused() -> None:
    assert reason(f"t={T},t={T},v1={signature()}") == "duplicate"


@pytest.mark.parametrize(("age", "why"), [(301, "stale"), (-301, "clock")])
def test_w8_w9_a_genuine_delivery_outside_the_window_is_told_apart(age: int, why: str) -> None:
    assert reason(header(str(int(T) - age))) == why


@pytest.mark.parametrize("age", [300, 0, -300])
def test_the_window_includes_its_ends(age: int) -> None:
    assert check(header(str(int(T) - age))) == 1


def test_a_forged_delivery_outside_the_window_is_a_mismatch_not_stale() -> None:
    assert reason(f"t=1,v1={'0' * 64}") == "mismatch"


def test_without_a_tolerance_age_does_not_matter() -> None:
    assert check(header("0"), tolerance=None) == 1
    assert check(header("9" * 12), tolerance=None) == 1


def test_w10_both_secrets_are_accepted_during_a_change_and_the_index_tells_which() -> None:
    assert check(header(secret=OLD)) == 0
    assert check(header(secret=NEW)) == 1
    assert reason(header(secret=OLD), secrets=(NEW,)) == "mismatch"


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_w11_without_a_secret_nothing_is_accepted(secrets: tuple[str, ...]) -> None:
    assert reason(header(secret=""), secrets=secrets) == "mismatch"


@pytest.mark.parametrize(
    "timestamp",
    ["+5", "1_0", "١", "-1", "1.5", " 1", "1 ", "0x1", "1e3", "01", "1" * 13, "１７", "nan", "abc"],
)
def test_a_timestamp_is_plain_ascii_digits(timestamp: str) -> None:
    signed = f"t={timestamp},v1={signature(timestamp)}"
    assert reason(signed) == "malformed"


def test_a_naive_clock_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="aware"):
        check(header(), now=datetime(2026, 9, 10, 12))  # noqa: DTZ001 (naive on purpose)


def test_the_documented_vectors_verify_and_their_variants_do_not(samples: Path) -> None:
    vectors = json.loads((samples / "webhook-signature-test-vectors.json").read_text())
    for case in vectors["valid"]:
        assert (
            check(case["header"], body=case["raw_body"].encode(), secrets=(case["secret"],), tolerance=None)
            == 0
        )
    for case in vectors["invalid"]:
        assert reason(case["wrong_header"], body=case["raw_body"].encode(), secrets=(case["secret"],))


def test_a_refusal_quotes_nothing() -> None:
    with pytest.raises(InvalidSignature) as caught:
        check(header(secret="another"))
    assert str(caught.value) == "signature refused: mismatch"


@given(st.lists(st.text(), max_size=3), st.binary())
def test_any_header_is_refused_and_nothing_else_happens(headers: list[str], body: bytes) -> None:
    assert reason(*headers, body=body) in {"missing", "malformed", "mismatch", "duplicate"}


@given(st.text(alphabet="tv10=,9abcdef \ud800é"))
def test_headers_that_look_right_are_refused_too(value: str) -> None:
    assert reason(value)


@given(st.binary(), st.text(min_size=1), st.integers(0, 10**12 - 1))
def test_what_is_signed_is_accepted(body: bytes, secret: str, timestamp: int) -> None:
    value = f"t={timestamp},v1={signature(str(timestamp), body, secret)}"
    assert check(value, body=body, secrets=(secret,), tolerance=None) == 0
