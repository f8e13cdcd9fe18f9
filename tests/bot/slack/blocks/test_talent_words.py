from string import Formatter

from bot.slack.blocks.talent_words import ENGLISH, FRENCH, EnglishWords, TalentWords, words_in


def test_every_word_is_in_english_too_with_the_same_gaps() -> None:
    names = [name for name in vars(TalentWords) if not name.startswith("__")]
    assert len(names) > 40
    assert [name for name in names if name not in vars(EnglishWords)] == []
    for name in names:
        french, english = getattr(FRENCH, name), getattr(ENGLISH, name)
        if isinstance(french, str):
            assert gaps(french) == gaps(english), name


def test_whoever_chose_no_english_reads_french() -> None:
    assert words_in("en") is ENGLISH
    assert words_in("fr") is words_in("") is FRENCH


def gaps(template: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(template) if name is not None)
