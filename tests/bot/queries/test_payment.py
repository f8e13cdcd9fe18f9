from bot.queries.payment import TOLD_REASONS, suggestion_view
from store.models import Suggestion

Row = dict[str, object]

CLIENT = {"count": 1, "client": "Océane"}
IBAN: Row = {"code": "iban_once", "params": CLIENT}
ALIAS: Row = {"code": "alias_known", "params": CLIENT}
OTHERS: list[Row] = [
    {"code": "name_same", "params": {"client": "Océane"}},
    {"code": "delay_usual", "params": {}},
    {"code": "credit_note", "params": {}},
    {"code": "disputed", "params": {}},
]


def a_row(*reasons: Row) -> Suggestion:
    return Suggestion(
        id=1,
        allocations=[],
        residual_cents=0,
        residual_reason=None,
        probability=0.9,
        confidence="very_likely",
        reasons=list(reasons),
    )


def test_a_payer_known_by_its_iban_is_not_said_to_be_known_by_its_name_too() -> None:
    view = suggestion_view(a_row(ALIAS, IBAN, OTHERS[0]), {}, [])
    assert view.told == ("IBAN déjà associé 1 fois à Océane", "Nom du payeur\u00a0: Océane")
    assert view.sentences[0] == "Nom de payeur déjà associé 1 fois à Océane"
    assert view.codes == ("alias_known", "iban_once", "name_same")


def test_a_payer_known_by_its_name_alone_is_said_so() -> None:
    view = suggestion_view(a_row(ALIAS, OTHERS[0]), {}, [])
    assert view.told[0] == "Nom de payeur déjà associé 1 fois à Océane"


def test_a_card_has_room_for_four_reasons_and_repeats_no_doubt() -> None:
    view = suggestion_view(a_row(IBAN, *OTHERS), {}, ["Un avoir est déduit"])
    assert len(view.sentences) == 4
    assert view.told == view.sentences
    whole = suggestion_view(a_row(IBAN, *OTHERS), {}, [])
    assert len(whole.sentences) == 5
    assert whole.told == whole.sentences[:TOLD_REASONS]
