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
