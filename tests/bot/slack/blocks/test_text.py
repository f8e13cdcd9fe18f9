import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks.text import clean, escape, plain, short


def test_a_label_cannot_ping_a_channel_or_fake_a_link() -> None:
    assert escape("<!channel> & <https://evil.example|clic>") == (
        "&lt;!channel&gt; &amp; &lt;https://evil.example|clic&gt;"
    )


def test_controls_and_bidi_overrides_are_removed() -> None:
    assert clean("100 €\u202e00 051\x00\x1b[31m\nfin") == "100 €00 051[31m fin"


def test_a_cut_never_leaves_an_accent_behind() -> None:
    assert short("ete\u0301 long", 4) == "et…"
    assert short("court", 5) == "court"


def test_nothing_is_shown_as_a_dash() -> None:
    assert plain(None) == "—"
    assert plain(" \u200b ") == "—"


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_any_text_is_cut_within_its_limit(text: str, limit: int) -> None:
    assert 1 <= len(plain(text, limit)) <= limit
    assert "<" not in escape(text, limit)
    assert ">" not in escape(text, limit)


NONCHARACTERS = [0xFDD0, 0xFDEF, *(plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF))]


def test_what_no_font_shows_is_removed_whole_kinds_at_a_time() -> None:
    kinds = {"Cn", "Co", "Cs"}
    unshown = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in kinds]
    assert set(map(chr, NONCHARACTERS)) <= set(unshown)
    assert {"\ue000", "\uf8ff", "\U000f0000", "\ud800", "\u0378"} <= set(unshown)
    assert clean("a" + "".join(unshown) + "b") == "ab"


@pytest.mark.parametrize(
    "text",
    [
        "e\u0301te\u0301",
        "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-5}",
        "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
        "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}",
        "\N{REGIONAL INDICATOR SYMBOL LETTER F}\N{REGIONAL INDICATOR SYMBOL LETTER R}",
        "شركة النور",
        "می\N{ZERO WIDTH NON-JOINER}خواهم",
        "株式会社東京",
        "한국",
        "हिन्दी",
        "\N{REPLACEMENT CHARACTER} 10\N{NO-BREAK SPACE}€",
        "\U00020000",
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert clean(text) == text
