import pytest

from bot.slack.commands.words import NAMES, read_command


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("", "aide"),
        ("AIDE", "aide"),
        ("Synchro", "sync"),
        ("État", "statut"),
        ("paiement", "paiements"),
        ("Factures", "facture"),
        ("fac", "facture"),
        ("clients", "client"),
        ("réglages", "reglages"),
        ("REGLAGE", "reglages"),
        ("stats", "stats"),
        ("exp", "export"),
        ("histo", "historique"),
        ("paramètres", "reglages"),
    ],
)
def test_case_accents_plural_and_abbreviations_do_not_matter(typed: str, name: str) -> None:
    assert read_command(typed).name == name


@pytest.mark.parametrize(
    ("typed", "closest"), [("exprot", "export"), ("factrue", "facture"), ("histroique", "historique")]
)
def test_a_slip_is_answered_with_the_closest_command(typed: str, closest: str) -> None:
    assert read_command(typed) == (None, closest)


@pytest.mark.parametrize("typed", ["x", "zzzz", "<!channel>", "😀", "a" * 10_000])
def test_anything_else_is_no_command(typed: str) -> None:
    assert read_command(typed) == (None, None)


def test_every_name_means_itself() -> None:
    assert {read_command(name).name for name in NAMES} == set(NAMES)
