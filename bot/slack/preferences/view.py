"""The modals « Réglages » and « Relier un talent »: pure, state in, view out."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.locale import fr
from bot.messages.preferences import Choices, Notices, Personal
from bot.queries.admin_home import UnlinkedTalent
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Block, button, option, plain_text, section
from bot.slack.blocks.talent_words import FRENCH, TalentWords, words_in
from bot.slack.blocks.text import plain
from bot.slack.preferences.payer_view import memory_entry

View = dict[str, Any]
VALUE = "value"
NO_DIGEST = "none"
HOURS = range(7, 20)
MOST_TALENTS = 100
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
    threshold = fr.typed_amount(choices.threshold_cents) if choices.threshold_cents else None
    return _modal(
        "admin",
        [
            _talents(unlinked),
            memory_entry(),
            section("*Pour l’agence*"),
            _select("digest", "Résumé dans le canal, les jours ouvrés", _digest_hours(), digest),
            _threshold(threshold),
            _radio("partial", "Quand une facture est payée en partie", PARTIAL, _told(choices)),
            _radio("amounts", "Dans les messages aux talents", AMOUNTS, _shown(choices)),
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
    shown = [option(plain(each.name, 75), ids.value(each.id)) for each in talents[:MOST_TALENTS]]
    talent = {
        "type": "static_select",
        "action_id": VALUE,
        "placeholder": plain_text("Choisir un talent"),
        "options": shown,
    }
    person = {"type": "users_select", "action_id": VALUE, "placeholder": plain_text("Choisir une personne")}
    return {
        "type": "modal",
        "callback_id": ids.LINK_TALENT_VIEW,
        "title": plain_text("Relier un talent"),
        "submit": plain_text("Poser la question"),
        "close": plain_text("Annuler"),
        "blocks": [
            section(
                "La personne reçoit une question en message direct. "
                "Aucun montant ne lui est montré avant qu’elle réponde «\u00a0C’est moi\u00a0»."
            ),
            _input("talent", "Talent sans compte Slack", talent),
            _input("person", "Personne dans Slack", person),
        ],
    }


def all_linked() -> View:
    """Say that there is nobody to link."""
    return {
        "type": "modal",
        "title": plain_text("Relier un talent"),
        "close": plain_text("Fermer"),
        "blocks": [section("Chaque talent a son compte Slack. Il n’y a personne à relier.")],
    }


def _modal(who: str, blocks: list[Block], words: TalentWords = FRENCH) -> View:
    return {
        "type": "modal",
        "callback_id": ids.SETTINGS_VIEW,
        "private_metadata": who,
        "title": plain_text(words.settings),
        "submit": plain_text(words.save),
        "close": plain_text(words.cancel),
        "blocks": blocks,
    }


def _talents(unlinked: int) -> Block:
    if not unlinked:
        return section("Chaque talent a son compte Slack.")
    counted = fr.count(
        unlinked, "talent n’a pas de compte Slack relié", "talents n’ont pas de compte Slack relié"
    )
    return section(f"{counted}.", button("Relier un talent", ids.LINK_TALENT, "push"))


def _told(choices: Choices) -> str:
    return "told" if choices.tell_partial else "wait"


def _shown(choices: Choices) -> str:
    return "shown" if choices.show_amounts else "hidden"


def _digest_hours() -> dict[str, str]:
    return {NO_DIGEST: "Aucun résumé"} | {str(hour): f"À {hour}\u00a0h" for hour in HOURS}


def _hour(label: str, chosen: int, words: TalentWords = FRENCH) -> Block:
    hours = {str(hour): words.hour(hour) for hour in sorted({*HOURS, chosen})}
    return _select("hour", label, hours, str(chosen))


def _threshold(typed: str | None) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": VALUE, "placeholder": plain_text("0,00")}
    if typed:
        element["initial_value"] = typed
    block = _input("threshold", "Montant à partir duquel un paiement a sa carte", element)
    hint = "Plus petit, il n’est que dans le résumé et l’accueil. Vide\u00a0: une carte pour chaque paiement."
    return block | {"optional": True, "hint": plain_text(hint)}


def _select(block_id: str, label: str, options: Mapping[str, str], chosen: str) -> Block:
    element = {
        "type": "static_select",
        "action_id": VALUE,
        "options": [option(text, value) for value, text in options.items()],
        "initial_option": option(options[chosen], chosen),
    }
    return _input(block_id, label, element)


def _radio(block_id: str, label: str, options: Mapping[Any, str], chosen: str) -> Block:
    values = {str(value): text for value, text in options.items()}
    kept = str(chosen) if str(chosen) in values else next(iter(values))
    element = {
        "type": "radio_buttons",
        "action_id": VALUE,
        "options": [option(text, value) for value, text in values.items()],
        "initial_option": option(values[kept], kept),
    }
    return _input(block_id, label, element)


def _input(block_id: str, label: str, element: Block) -> Block:
    return {"type": "input", "block_id": block_id, "label": plain_text(label), "element": element}
