"""What a talent reads in their own tab, settings and answers, in the language they chose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.locale import en, fr


@dataclass(frozen=True, slots=True)
class TalentWords:
    """One language: how it writes money, days and lists, and the words. ``{}`` are filled by the caller."""

    amount: Callable[[int, str], str]
    day: Callable[[date], str]
    due: Callable[[date, date], str]
    join: Callable[[Sequence[str]], str]
    hour: Callable[[int], str]
    mine: str
    yours: str
    none_yet: str
    my_settings: str
    sums: str
    newest: str
    older: str
    invoiced: str
    paid_so_far: str
    awaited: str
    share: str
    not_invoiced: str
    paid: str
    paid_on: str
    paid_partly: str
    expected: str
    settings: str
    save: str
    cancel: str
    close: str
    when: str
    at_once: str
    daily: str
    never: str
    daily_hour: str
    language: str
    help: str
    for_the_rest: str
    either: str
    admins_only: str
    failed: str
    old_button: str
    old_form_title: str
    old_form: str
    answer_title: str
    link_question: str
    link_why: str
    it_is_me: str
    it_is_not_me: str
    link_confirmed: str
    link_refused: str
    refused: Callable[[str, str], str]


FRENCH = TalentWords(
    amount=fr.amount,
    day=fr.day,
    due=fr.due,
    join=fr.join,
    hour=lambda hour: f"{hour}\u00a0h",
    mine="Mes collaborations",
    yours="Vos collaborations",
    none_yet="Aucune collaboration facturée pour le moment.",
    my_settings="Mes réglages",
    sums="*Attendu*\u00a0: {awaited}\n*Payé*\u00a0: {paid}\n*Facturé*\u00a0: {invoiced}",
    newest="{} collaborations sur {}, les plus récentes.",
    older="et {} plus anciennes",
    invoiced="facturé {}",
    paid_so_far="payé {}",
    awaited="attendu {}",
    share="votre part {}",
    not_invoiced="Pas encore facturée",
    paid="✓ Payée",
    paid_on="payée le {}",
    paid_partly="Payée en partie",
    expected="Attendue",
    settings="Réglages",
    save="Enregistrer",
    cancel="Annuler",
    close="Fermer",
    when="Quand faut-il vous prévenir\u202f?",
    at_once="Dès qu’un client a payé",
    daily="Une fois par jour, à heure fixe",
    never="Jamais",
    daily_hour="Heure, une fois par jour",
    language="Langue",
    help="`/qonto statut` montre vos collaborations et leurs paiements.",
    for_the_rest=(
        "Le reste est réservé aux administrateurs. Pour une question sur un règlement, demandez à {}."
    ),
    either=" ou ",
    admins_only="Seuls les administrateurs peuvent associer un paiement. Demandez à {}.",
    failed=(
        "Une erreur est survenue\u202f; rien n’a peut-être été changé. "
        "Réessayez, puis signalez la référence {} si cela continue."
    ),
    old_button="Ce bouton n’est plus reconnu. Ouvrez la carte à jour du paiement.",
    old_form_title="Fenêtre à rouvrir",
    old_form=(
        "Cette fenêtre n’est plus reconnue, et rien n’a été changé. Fermez-la, puis ouvrez-la à nouveau."
    ),
    answer_title="Rapprochement",
    link_question="Êtes-vous bien {}\u202f?",
    link_why=(
        "{} veut vous prévenir ici quand un client règle l’une de vos collaborations. "
        "Rien n’est montré avant votre réponse."
    ),
    it_is_me="C’est moi",
    it_is_not_me="Ce n’est pas moi",
    link_confirmed="Merci, {}. Les règlements de vos collaborations vous seront annoncés ici.",
    link_refused="C’est noté\u00a0: vous n’êtes pas {}. Rien ne vous sera envoyé.",
    refused=lambda french, _english: french,
)

ENGLISH = TalentWords(
    amount=en.amount,
    day=en.day,
    due=en.due,
    join=en.join,
    hour=lambda hour: f"{hour}:00",
    mine="My collaborations",
    yours="Your collaborations",
    none_yet="No collaboration has been invoiced yet.",
    my_settings="My settings",
    sums="*Expected*: {awaited}\n*Paid*: {paid}\n*Invoiced*: {invoiced}",
    newest="{} of {} collaborations, latest first.",
    older="and {} earlier ones",
    invoiced="invoiced {}",
    paid_so_far="paid {}",
    awaited="expected {}",
    share="your share {}",
    not_invoiced="Not invoiced yet",
    paid="✓ Paid",
    paid_on="paid on {}",
    paid_partly="Partly paid",
    expected="Expected",
    settings="Settings",
    save="Save",
    cancel="Cancel",
    close="Close",
    when="When should we tell you?",
    at_once="As soon as a client has paid",
    daily="Once a day, at a fixed hour",
    never="Never",
    daily_hour="Hour, once a day (Paris time)",
    language="Language",
    help="`/qonto statut` shows your collaborations and what was paid.",
    for_the_rest="The rest is for administrators. About a payment, ask {}.",
    either=" or ",
    admins_only="Only administrators can match a payment. Ask {}.",
    failed=(
        "Something went wrong; maybe nothing was changed. "
        "Try again, then report the reference {} if it goes on."
    ),
    old_button="This button is no longer known. Open the latest message about this payment.",
    old_form_title="Open again",
    old_form="This window is no longer known, and nothing was changed. Close it, then open it again.",
    answer_title="Answer",
    link_question="Are you {}?",
    link_why=(
        "{} wants to tell you here when a client pays for one of your collaborations. "
        "Nothing is shown before you answer."
    ),
    it_is_me="That’s me",
    it_is_not_me="That’s not me",
    link_confirmed="Thank you, {}. Payments for your collaborations will be announced to you here.",
    link_refused="Noted: you are not {}. Nothing will be sent to you.",
    refused=lambda french, english: english or french,
)


def words_in(language: str) -> TalentWords:
    """Give the words of a language; French unless English was chosen."""
    return ENGLISH if language == "en" else FRENCH
