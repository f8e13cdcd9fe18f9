"""Who paid."""

from dataclasses import replace

import pytest

from matching import Client, ClientId, Link, Memory, PastPayment, Payer, PayerClass, PaymentId, gather, match
from matching.payers.recognition import (
    name_tokens,
    name_words,
    normal_name,
    payer_of,
    similarity,
    wanted_tokens,
)
from tests.matching.builders import DAY, DOLMEN, DOLMEN_IBAN, NIKE, NIKE_IBAN, a_payment, an_index, an_invoice


def likeness(payer: str, client: str) -> float:
    return similarity(payer, client, {}, 200)


@pytest.mark.parametrize(
    ("payer", "client"),
    [
        ("NIKE FRANCE SAS", "Nike France"), ("SAS NIKE FRANCE", "Nike France"), ("L.V.M.H.", "LVMH"),
        ("MAISONDOLMEN", "Maison Dolmen"), ("CREMERIE DE L EST", "Crémerie de l’Est"),
    ],
)  # fmt: skip
def test_the_same_name_in_other_clothes(payer: str, client: str) -> None:
    assert likeness(payer, client) >= 0.95


@pytest.mark.parametrize(
    ("payer", "client"),
    [
        ("NIKE", "Nike France"),
        ("DOLMENN MAISON", "Maison Dolmen"),
        ("COMPAGNIE VERVEINE INTERNATIO", "Compagnie Verveine Internationale"),
    ],
)
def test_a_close_name(payer: str, client: str) -> None:
    assert likeness(payer, client) >= 0.85


@pytest.mark.parametrize(
    ("payer", "client"),
    [("SAS", "Nike France"), ("GROUPE FRANCE", "Nike France"), ("", "Nike"), ("HALO SPORT", "Galet Voyages")],
)
def test_common_words_and_legal_forms_identify_nobody(payer: str, client: str) -> None:
    assert likeness(payer, client) < 0.70


def test_a_legal_form_alone_stays_a_name() -> None:
    assert name_words("SAS") == ("SAS",)
    assert normal_name("Sté Dolmen SARL") == "DOLMEN"


def test_an_acronym_is_found_by_its_initials_and_stays_weak() -> None:
    assert "@CVI" in name_tokens("Compagnie Verveine Internationale")
    assert "@CVI" in wanted_tokens("CVI")
    assert likeness("CVI", "Compagnie Verveine Internationale") == pytest.approx(0.7)


def test_two_names_as_close_identify_nobody() -> None:
    clients = (Client(id=ClientId(1), name="Halo Studio"), Client(id=ClientId(2), name="Halo Studio"))
    payment = a_payment(payer_name="HALO STUDIO")
    view = payer_of(payment, gather(payment, an_index(clients=clients)))
    assert view.named is None
    assert not view.identifies(ClientId(1))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("EUROFACTOR", PayerClass.FACTOR), ("STRIPE PAYMENTS", PayerClass.PLATFORM), ("DGFIP", PayerClass.NOT_CLIENT),
     ("NIKE", PayerClass.CLIENT)],
)  # fmt: skip
def test_a_payer_is_classed_by_its_name(name: str, expected: PayerClass) -> None:
    payment = a_payment(payer_name=name)
    assert payer_of(payment, gather(payment, an_index())).payer_class is expected


@pytest.mark.parametrize(
    ("clients", "expected"), [(1, PayerClass.CLIENT), (3, PayerClass.GROUP), (6, PayerClass.MANY)]
)
def test_an_iban_is_classed_by_how_many_clients_it_paid_for(clients: int, expected: PayerClass) -> None:
    links = tuple(Link(client_id=ClientId(one), confirmations=2) for one in range(1, clients + 1))
    payment = a_payment()
    index = an_index(memory=Memory(ibans={NIKE_IBAN: Payer(links=links)}))
    assert payer_of(payment, gather(payment, index)).payer_class is expected


def test_an_admins_word_wins() -> None:
    payer = Payer(links=(Link(client_id=NIKE.id, confirmations=9),), declared=PayerClass.FACTOR)
    payment = a_payment()
    index = an_index(memory=Memory(ibans={NIKE_IBAN: payer}))
    assert payer_of(payment, gather(payment, index)).payer_class is PayerClass.FACTOR


def test_a_contradicted_link_counts_for_nobody() -> None:
    payer = Payer(links=(Link(client_id=NIKE.id, confirmations=1, contradictions=1),))
    payment = a_payment(payer_name="")
    index = an_index(memory=Memory(ibans={NIKE_IBAN: payer}))
    assert payer_of(payment, gather(payment, index)).ibans == {}


def test_our_own_account_is_no_client() -> None:
    index = an_index(an_invoice(1))
    index.own_ibans = frozenset({NIKE_IBAN})
    outcome = match(a_payment(), index)
    assert outcome.proposals == ()
    assert [flag.code for flag in outcome.flags] == ["payer_own"]


def test_a_learnt_name_is_evidence() -> None:
    memory = Memory(aliases={"TRESORERIE CENTRALE": Payer(links=(Link(client_id=NIKE.id, confirmations=3),))})
    outcome = match(
        a_payment(123_456, payer_name="Trésorerie Centrale", payer_iban=None),
        an_index(an_invoice(1, 123_456), memory=memory),
    )
    assert outcome.proposals[0].evidence["alias_known"] == 1


def test_a_parent_company_may_pay_for_its_brands() -> None:
    parent = replace(NIKE, pays_for=(DOLMEN.id,))
    memory = Memory(ibans={NIKE_IBAN: Payer(links=(Link(client_id=NIKE.id, confirmations=2),))})
    invoice = an_invoice(1, client_id=DOLMEN.id)
    outcome = match(
        a_payment(text="FACT-2026-001"), an_index(invoice, memory=memory, clients=(parent, DOLMEN))
    )
    assert "iban_other" not in outcome.proposals[0].evidence
    assert "name_other" not in outcome.proposals[0].evidence


def test_a_payer_said_not_to_be_a_client_raises_the_bar() -> None:
    memory = Memory(ibans={DOLMEN_IBAN: Payer(not_client_count=1)})
    payment = a_payment(payer_iban=DOLMEN_IBAN, payer_name="M PETIT")
    outcome = match(payment, an_index(an_invoice(1), memory=memory))
    assert "payer_not_client" in {flag.code for flag in outcome.flags}


def test_the_same_payment_again_is_a_suspected_duplicate() -> None:
    paid = an_invoice(1, status="paid", open_cents=0)
    earlier = PastPayment(payment=a_payment(id=PaymentId(7)), allocations=())
    index = an_index(paid)
    outcome = match(a_payment(text="FACT-2026-001", settled_on=DAY), index)
    assert earlier.payment.payer_iban == NIKE_IBAN
    assert [flag.code for flag in outcome.flags] == ["duplicate_suspect", "reference_settled"]
