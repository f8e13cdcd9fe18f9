"""The modals « Réglages » and « Relier un talent »: pure, state in, view out."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bot.locale import fr
from bot.messages.preferences import Choices, Notices, Personal
from bot.queries.admin_home import UnlinkedTalent
from bot.slack.blocks import ids
from bot.slack.blocks.kit import (
    Block,
    View,
    button,
    element,
    input_block,
    message_modal,
    modal,
    option,
    section,
    select,
)
from bot.slack.blocks.talent_words import FRENCH, TalentWords, words_in
from bot.slack.blocks.text import plain
from bot.slack.preferences.payer_view import memory_entry

VALUE = "value"
NO_DIGEST = "none"
HOURS = range(7, 20)
MOST_TALENTS = 100
LINK_TITLE = "Relier un talent"
# An admin is told at once by the card itself: a second message for each payment would only be noise.
ADMIN_NOTICES = {
    Notices.NOTHING: "Rien de plus, les cartes du canal me suffisent",
    Notices.DIGEST: "Un résumé de ce qui attend, en message direct",
}
PARTIAL = {"told": "Prévenir le talent à chaque paiement", "wait": "Attendre que la facture soit payée"}
AMOUNTS = {"shown": "Montrer les montants", "hidden": "Ne montrer aucun montant"}
LANGUAGES = {"fr": "Français", "en": "English"}


def admin_settings(choices: Choices, personal: Personal, unlinked: int) -> View:
    """Render the agency's choices and the admin's own."""
    digest = NO_DIGEST if choices.digest_hour is None else str(choices.digest_hour)
    digest_hours = {NO_DIGEST: "Aucun résumé"} | {str(hour): f"À {hour}\u00a0h" for hour in HOURS}
    partial = "told" if choices.tell_partial else "wait"
    amounts = "shown" if choices.show_amounts else "hidden"
    return _modal(
        "admin",
        [
            _talents(unlinked),
            memory_entry(),
            section("*Pour l’agence*"),
            _choice(
                "static_select", "digest", "Résumé dans le canal, les jours ouvrés", digest_hours, digest
            ),
            _threshold(choices.threshold_cents),
            _radio("partial", "Quand une facture est payée en partie", PARTIAL, partial),
            _radio("amounts", "Dans les messages aux talents", AMOUNTS, amounts),
            section("*Pour vous*"),
            _radio("notices", "En plus du canal", ADMIN_NOTICES, personal.notices),
            _hour("Heure de votre résumé", personal.digest_hour),
        ],
    )


def talent_settings(personal: Personal) -> View:
    """Render what a talent may choose, in the language they chose."""
    words = words_in(personal.language)
    notices = {
        Notices.IMMEDIATE: words.at_once,
        Notices.DIGEST: words.daily,
        Notices.NOTHING: words.never,
    }
    return _modal(
        "talent",
        [
            _radio("notices", words.when, notices, personal.notices),
            _hour(words.daily_hour, personal.digest_hour, words),
            _radio("language", words.language, LANGUAGES, personal.language),
        ],
        words,
    )


def link_modal(talents: Sequence[UnlinkedTalent]) -> View:
    """Ask which person in Slack a talent is."""
    shown = [option(plain(talent.name, 75), ids.value(talent.id)) for talent in talents[:MOST_TALENTS]]
    blocks = [
        section(
            "La personne reçoit une question en message direct. "
            "Aucun montant ne lui est montré avant qu’elle réponde «\u00a0C’est moi\u00a0»."
        ),
        input_block(
            "talent",
            "Talent sans compte Slack",
            element("static_select", VALUE, "Choisir un talent", options=shown),
        ),
        input_block("person", "Personne dans Slack", element("users_select", VALUE, "Choisir une personne")),
    ]
    return modal(
        LINK_TITLE, blocks, submit="Poser la question", close="Annuler", callback_id=ids.LINK_TALENT_VIEW
    )


def all_linked() -> View:
    """Say that there is nobody to link."""
    return message_modal(LINK_TITLE, "Chaque talent a son compte Slack. Il n’y a personne à relier.")


def _modal(who: str, blocks: list[Block], words: TalentWords = FRENCH) -> View:
    return modal(
        words.settings,
        blocks,
        submit=words.save,
        close=words.cancel,
        callback_id=ids.SETTINGS_VIEW,
        metadata=who,
    )


def _talents(unlinked: int) -> Block:
    if not unlinked:
        return section("Chaque talent a son compte Slack.")
    counted = fr.count(
        unlinked, "talent n’a pas de compte Slack relié", "talents n’ont pas de compte Slack relié"
    )
    return section(f"{counted}.", button(LINK_TITLE, ids.LINK_TALENT, "push"))


def _hour(label: str, chosen: int, words: TalentWords = FRENCH) -> Block:
    hours = {str(hour): words.hour(hour) for hour in sorted({*HOURS, chosen})}
    return _choice("static_select", "hour", label, hours, str(chosen))


def _threshold(cents: int) -> Block:
    hint = "Plus petit, il n’est que dans le résumé et l’accueil. Vide\u00a0: une carte pour chaque paiement."
    typed = fr.typed_amount(cents) if cents else None
    field = element("plain_text_input", VALUE, "0,00", initial_value=typed)
    label = "Montant à partir duquel un paiement a sa carte"
    return input_block("threshold", label, field, hint=hint, optional=True)


def _radio(block_id: str, label: str, options: Mapping[Any, str], chosen: str) -> Block:
    values = {str(value): text for value, text in options.items()}
    return _choice(
        "radio_buttons", block_id, label, values, chosen if chosen in values else next(iter(values))
    )


def _choice(
    kind: Literal["static_select", "radio_buttons"],
    block_id: str,
    label: str,
    options: Mapping[str, str],
    chosen: str,
) -> Block:
    return input_block(block_id, label, select(kind, VALUE, options, chosen))
