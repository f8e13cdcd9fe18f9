"""The modal « Mémoire des payeurs »: what decisions taught about who pays for whom. State in, view out."""

from collections.abc import Iterator, Mapping

from bot.locale import fr
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Block, View, actions, button, confirm, context, section, select
from bot.slack.blocks.search_modal import paging, search_modal, search_text
from bot.slack.blocks.text import escape, plain
from bot.suggestions.payers import DECLARABLE, Memory, shown_key
from matching import Link, normal_name
from store.candidates.payers import Learnt
from store.types import PayerKeyKind

GUESSED = "guessed"
MOST_LINKS = 5

CLASSES: Mapping[str, str] = {GUESSED: "Déduit des paiements"} | {
    str(code): label for code, label in DECLARABLE.items()
}
_FORGET = {PayerKeyKind.IBAN: ids.MEMORY_FORGET_IBAN, PayerKeyKind.ALIAS: ids.MEMORY_FORGET_NAME}
_CLASS = {PayerKeyKind.IBAN: ids.MEMORY_CLASS_IBAN, PayerKeyKind.ALIAS: ids.MEMORY_CLASS_NAME}
_WORDS = {PayerKeyKind.IBAN: "IBAN", PayerKeyKind.ALIAS: "Nom"}


def memory_entry() -> Block:
    """Lead to the modal from « Réglages »."""
    text = "Ce que vos décisions ont appris\u00a0: qui paie pour quel client."
    return section(text, button("Mémoire des payeurs", ids.MEMORY, "v1:1"))


def memory_modal(memory: Memory, typed: str, *, said: str | None = None) -> View:
    """List payers, the latest first; « Chercher » applies the text. ``said``: what just happened."""
    blocks = [section(f":white_check_mark: {escape(said, 300)}")] if said else []
    blocks += [
        search_text(ids.MEMORY_TEXT, "Nom du payeur ou du client", typed),
        context("Les associations faites et l’historique restent, quoi qu’on oublie ici."),
    ]
    if not memory.payers:
        blocks.append(section("Aucun payeur ne correspond." if typed else "Rien n’a encore été appris."))
    for learnt in memory.payers:
        blocks += _payer(learnt, memory.clients)
    blocks += paging(
        ids.MEMORY_NEWER if memory.offset else None, ids.MEMORY_OLDER if memory.has_more else None
    )
    return search_modal(ids.MEMORY_VIEW, "Mémoire des payeurs", memory.offset, blocks)


def _payer(learnt: Learnt, clients: Mapping[int, str]) -> list[Block]:
    value = ids.value(learnt.transaction_id)
    shown = f"{_WORDS[learnt.kind]} {shown_key(learnt.kind, learnt.key)}"
    forget = button(
        "Oublier",
        _FORGET[learnt.kind],
        value,
        style="danger",
        confirm=confirm(
            "Oublier ce payeur\u202f?",
            "Ses paiements passés n’aideront plus à reconnaître ses clients. Les associations restent.",
            "Oublier",
            "Garder",
        ),
        spoken=f"Oublier {plain(shown, 60)}",
    )
    block_id = f"{learnt.kind}-{learnt.transaction_id}"
    bears_another_name = learnt.name and normal_name(learnt.name) != learnt.key
    bearer = f" · {escape(learnt.name, 80)}" if bears_another_name else ""
    lines = [f"*{escape(shown, 120)}*{bearer}", *_facts(learnt, clients)]
    return [section("\n".join(lines)), actions([_classes(learnt), forget], block_id)]


def _facts(learnt: Learnt, clients: Mapping[int, str]) -> Iterator[str]:
    links = sorted(learnt.payer.links, key=lambda link: (-link.confirmations, link.client_id))
    for link in links[:MOST_LINKS]:
        yield f"→ {escape(clients.get(int(link.client_id), ''), 80)}\u00a0: {', '.join(_counts(link))}"
    if len(links) > MOST_LINKS:
        yield f"→ et {fr.count(len(links) - MOST_LINKS, 'autre client', 'autres clients')}"
    if learnt.payer.not_client_count:
        aside = fr.count(learnt.payer.not_client_count, "paiement écarté", "paiements écartés")
        yield f"→ pas un client\u00a0: {aside}"


def _counts(link: Link) -> Iterator[str]:
    """Say how often a pair was confirmed and contradicted."""
    last = f", la dernière le {fr.day(link.last_date)}" if link.last_date else ""
    yield fr.count(link.confirmations, "confirmation") + last
    if link.contradictions:
        yield fr.count(link.contradictions, "annulation")
    if link.refused_date:
        yield f"refusé pour un paiement du {fr.day(link.refused_date)}"
    if link.blocked:
        yield "jamais associé seul"


def _classes(learnt: Learnt) -> Block:
    value = ids.value(learnt.transaction_id)
    declared = str(learnt.payer.declared or GUESSED)
    options = {ids.folded(code, value): label for code, label in CLASSES.items()}
    chosen = ids.folded(declared if declared in CLASSES else GUESSED, value)
    return select("static_select", _CLASS[learnt.kind], options, chosen, "Genre de payeur")
